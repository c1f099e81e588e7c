"""Names that more than one process must agree on: group, annotations, ids, task queues.

An id is made of kind, namespace, name and uid, so that a resource that is deleted and made again
never meets its predecessor in Temporal. No id holds anything of an item: a reference may be
personal data, so it enters ids only as a digest.
"""

import hashlib

GROUP = "rpafabrik.dev"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"

HOLD_ANNOTATION = f"{GROUP}/hold"
"""Emergency stop: who and why. Owned by the factory's people, never by Git."""
RESUME_ANNOTATION = f"{GROUP}/resume"
"""Who resumes runs that stopped on failures, and why; another text is another resumption."""
FINALIZER = f"{GROUP}/temporal"
WORKER_LABEL = f"{GROUP}/digital-worker"
"""Label of everything that a DigitalWorker owns: the worker's name."""
PLATFORM_QUEUE = "rpafabrik-platform"


def worker_queue(namespace: str, worker: str) -> str:
    """Task queue of a digital worker."""
    return f"rpafabrik-worker/{namespace}/{worker}"


def schedule_id(namespace: str, name: str, uid: str) -> str:
    """Id of a WorkerJob's Temporal Schedule, and the prefix of its runs' workflow ids."""
    return f"workerjob/{namespace}/{name}/{uid}"


def run_id(namespace: str, name: str, uid: str, *, trial: bool = False) -> str:
    """Workflow id of the run that a JobRun resource declares; it tells that a trial is one."""
    return f"{'trialrun' if trial else 'jobrun'}/{namespace}/{name}/{uid}"


def case_id(namespace: str, job: str, uid: str, reference: str) -> str:
    """Workflow id of one item; the same for every run of the job, so two never do one item."""
    return f"case/{namespace}/{job}/{uid}/{_digest(uid, reference)}"


def trial_case_id(namespace: str, job: str, run: str, reference: str) -> str:
    """Workflow id of one item in a trial: no real run's item, nor another trial's."""
    return f"trialcase/{namespace}/{job}/{_digest(run, reference)}"


def claims_owner(job_uid: str, run_id: str, *, trial: bool) -> str:
    """In whose name a run claims references: its job's, or a trial's own, so it takes none away."""
    return _digest(run_id) if trial else job_uid


def is_trial(workflow_id: str) -> bool:
    """Whether the id is that of a trial run, of a case in it, or of a case's child."""
    return workflow_id.startswith(("trialrun/", "trialcase/"))


def entry_id(activity_id: str, run_id: str) -> str:
    """Id of what an activity writes into the ledger, the same however often it is tried."""
    return _digest(activity_id, run_id)


def task_id(workflow_id: str, run_id: str) -> str:
    """Id of the human task that a workflow waits for."""
    return _digest(workflow_id, run_id)


def idempotency_key(case: str, step: str) -> str:
    """Key a step hands to target systems; the same however often the step is tried.

    `case` is the item's `case_id`, whatever mode it runs in; `step` is the step's name.
    """
    return _digest(case, step)


def _digest(*parts: str) -> str:
    """Digest of the parts, each with its length, so that no two lists of parts meet."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode()
        digest.update(len(data).to_bytes(8) + data)
    return digest.hexdigest()[:32]
