"""What people can do about a trouble: a command, wherever there is one. Pure."""

from rpafabrik_api import names
from rpafabrik_api.jobrun import JobRun
from rpafabrik_api.reasons import Reason
from rpafabrik_api.workerjob import WorkerJob
from rpafabrik_cli.status.facts import Laptop
from rpafabrik_cli.status.view import LastRun

PLATFORM = "kubectl get pods -A -l app.kubernetes.io/part-of=rpafabrik"
_IN_LOGS = frozenset(
    {
        Reason.RUN_MISSED,
        Reason.SILENT,
        Reason.FAILING_IN_A_ROW,
        Reason.FAILING_OFTEN,
        Reason.OLDEST_ITEM_OLD,
    }
)
_ITEMS = frozenset({Reason.FAILURE_LIMIT_EXCEEDED, Reason.ITEM_FAILED})


def of_job(job: WorkerJob, reason: str, laptop: Laptop | None) -> str:
    """What to do about a job that is not as it should be."""
    if laptop:
        return _of_job_on_laptop(job, reason, laptop)
    name, where = job.metadata.name, f"-n {job.metadata.namespace}"
    schedule = job.status.schedule_id
    known: dict[str, str] = {
        Reason.WORKER_UNAVAILABLE: pods(job.metadata.namespace, job.spec.worker_ref.name),
        Reason.TEMPORAL_UNAVAILABLE: PLATFORM,
        Reason.STOPPED_ON_FAILURES: f"rpafabrik resume {name} {where} --who … --why …",
        Reason.HELD: f"rpafabrik release {name} {where}",
        Reason.SUSPENDED_AND_HELD: f"rpafabrik release {name} {where}",
        Reason.SUSPENDED: "set spec.suspend to false where the job's YAML is kept",
        Reason.PAUSED_IN_TEMPORAL: "temporal schedule toggle --unpause --reason …"
        f" --schedule-id {schedule}",
    }
    return known.get(reason, f"kubectl describe wj/{name} {where}")


def of_failure(job: WorkerJob, last: LastRun, laptop: Laptop | None) -> str:
    """What to do about a run that has failed: its items tell why, or else the run itself."""
    if last.failed_items or last.reason in _ITEMS:
        key = f"{job.metadata.namespace}/{job.metadata.name}"
        return f"rpafabrik items list {key} --run {last.workflow_id}"
    if laptop:
        return f"see {laptop.state}/logs/platform.log"
    return f"temporal workflow show --workflow-id {last.workflow_id}"


def of_run(run: JobRun, reason: str, laptop: Laptop | None) -> str:
    """What to do about a run that does not get on."""
    name, where = run.metadata.name, f"-n {run.metadata.namespace}"
    if laptop:
        return restart(laptop)
    if reason == Reason.STOPPED_ON_FAILURES:
        return f"rpafabrik resume {run.spec.job_ref.name} {where} --who … --why …"
    if reason == Reason.TEMPORAL_UNAVAILABLE:
        return PLATFORM
    return f"kubectl describe jr/{name} {where}"


def of_worker(namespace: str, name: str, laptop: Laptop | None) -> str:
    """What to do about robots that do not answer."""
    if laptop:
        return f"see {laptop.state}/logs/worker-{namespace}-{name}.log"
    return pods(namespace, name)


def pods(namespace: str, worker: str) -> str:
    """How to see the robots of a digital worker."""
    return f"kubectl get pods -n {namespace} -l {names.WORKER_LABEL}={worker}"


def restart(laptop: Laptop) -> str:
    """How to go on where `rpafabrik dev` is not at work."""
    return f"rpafabrik dev PATH… --state {laptop.state}"


def _of_job_on_laptop(job: WorkerJob, reason: str, laptop: Laptop) -> str:
    if reason == Reason.WORKER_UNAVAILABLE:
        return of_worker(job.metadata.namespace, job.spec.worker_ref.name, laptop)
    if reason == Reason.TEMPORAL_UNAVAILABLE:
        return f"see {laptop.state}/logs/temporal.log"
    if reason == Reason.STOPPED_ON_FAILURES:
        return restart(laptop)
    if reason in _IN_LOGS:
        return f"see {laptop.state}/logs"
    return f"mend the job's file, then {restart(laptop)}"
