"""Plans for a JobRun: start it once, follow the emergency stop, tell how it ended."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from rpafabrik_api import checks, resource
from rpafabrik_api.jobrun import JobRun, JobRunStatus
from rpafabrik_api.reasons import ConditionType, Reason
from rpafabrik_api.resource import ConditionStatus
from rpafabrik_api.workerjob import DeletionPolicy, Stage, WorkerJob
from rpafabrik_operator.planning import actions, conditions, mapping, plan, workerjob, world
from rpafabrik_operator.planning.conditions import Wanted
from rpafabrik_operator.planning.workerjob import RETRY_SECONDS

JOB_RETRY_SECONDS = 30
"""How soon to look again for a job that is not there, not ready or held."""

_TRANSIENT = (Reason.WORKER_UNAVAILABLE, Reason.TEMPORAL_UNAVAILABLE)
_ENDED_BADLY = {
    world.ExecutionState.FAILED: Reason.FAILED,
    world.ExecutionState.CANCELLED: Reason.CANCELLED,
    world.ExecutionState.TERMINATED: Reason.TERMINATED,
    world.ExecutionState.TIMED_OUT: Reason.TIMED_OUT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What there is of a JobRun: its job in Kubernetes, its execution in Temporal."""

    job: WorkerJob | None = None
    execution: world.Execution | world.Unknown | None = None


def finished(run: JobRun) -> bool:
    """Whether the run has ended and its status says so."""
    succeeded = resource.condition(run.status.conditions, ConditionType.SUCCEEDED)
    return succeeded is not None and succeeded.status != ConditionStatus.UNKNOWN


def make(run: JobRun, observed: Observed, now: datetime) -> plan.Plan:
    """Decide what to do about the run."""
    execution = observed.execution
    if isinstance(execution, world.Unknown):
        return _unavailable(run, now)
    if run.deleting:
        return _deletion(run, execution, observed.job, now)
    if finished(run):
        # What can still be changed in it is its deletion; who waits for it must see it observed.
        seen = {"observed_generation": run.metadata.generation}
        return plan.Plan(outcome=plan.Done(), status=run.status.model_copy(update=seen))
    if execution is None:
        # What Temporal has forgotten is not begun again: nobody knows how far it came.
        return _lost(run, now) if run.status.workflow_id else _start(run, observed.job, now)
    if execution.state == world.ExecutionState.RUNNING:
        return _running(run, execution, observed.job, now)
    return _ended(run, execution, now)


def _unavailable(run: JobRun, now: datetime) -> plan.Plan:
    message = "Temporal does not answer; it is tried again until it does"
    pending = (ConditionStatus.UNKNOWN, Reason.TEMPORAL_UNAVAILABLE, message)
    quiet = run.deleting or finished(run)
    return plan.Plan(
        outcome=plan.Waiting(RETRY_SECONDS, Reason.TEMPORAL_UNAVAILABLE),
        status=None if quiet else _status(run, Wanted(ConditionType.SUCCEEDED, *pending), now),
    )


def _deletion(
    run: JobRun, execution: world.Execution | None, job: WorkerJob | None, now: datetime
) -> plan.Plan:
    policy = run.spec.deletion_policy
    if execution is None or execution.state != world.ExecutionState.RUNNING:
        return plan.Plan(outcome=plan.Done())
    if policy == DeletionPolicy.ORPHAN:
        return plan.Plan(outcome=plan.Done())
    because = f"the run is being deleted, policy {policy}"
    asked = run.metadata.deletion_timestamp or now
    late = now >= asked + timedelta(seconds=run.spec.deletion_timeout_seconds)
    if policy == DeletionPolicy.TERMINATE or late:
        terminate = actions.TerminateRun(mapping.run_id(run), because)
        return plan.Plan(outcome=plan.Done(), actions=(terminate,))
    return plan.Plan(
        outcome=plan.Waiting(RETRY_SECONDS, Reason.DRAINING), actions=_following(job, execution)
    )


def _following(job: WorkerJob | None, execution: world.Execution) -> tuple[actions.Action, ...]:
    """Follow the job; one that is not seen, yet or any more, says nothing: least of all go on."""
    return tuple(workerjob.following(job, execution)) if job else ()


def _start(run: JobRun, job: WorkerJob | None, now: datetime) -> plan.Plan:
    obstacle = _obstacle(run, job)
    if obstacle is not None:
        reason, message = obstacle
        for_ever = reason == Reason.JOB_RETIRED
        status = ConditionStatus.FALSE if for_ever else ConditionStatus.UNKNOWN
        return plan.Plan(
            outcome=plan.Stalled(reason) if for_ever else plan.Waiting(JOB_RETRY_SECONDS, reason),
            status=_status(run, Wanted(ConditionType.SUCCEEDED, status, reason, message), now),
        )
    assert job is not None  # noqa: S101 # a missing job is the first obstacle
    start = actions.StartRun(
        mapping.run_id(run), mapping.run_request(run, job), "the JobRun asks for it"
    )
    return plan.Plan(
        outcome=plan.Waiting(RETRY_SECONDS, Reason.PENDING),
        actions=(start,),
        status=_status(
            run, Wanted(ConditionType.SUCCEEDED, ConditionStatus.UNKNOWN, Reason.PENDING), now
        ),
    )


def _obstacle(run: JobRun, job: WorkerJob | None) -> tuple[Reason, str] | None:
    """Why the run cannot start yet, or ever."""
    name = run.spec.job_ref.name
    if job is None or job.deleting:
        return Reason.UNKNOWN_JOB, f"spec.jobRef.name: must be a WorkerJob, and {name!r} is none"
    if job.spec.stage == Stage.RETIRED:
        return Reason.JOB_RETIRED, f"spec.jobRef.name: the stage of {name!r} is Retired"
    if job.held:
        return Reason.HELD, f"the job is held: {job.held}"
    ready = resource.condition(job.status.conditions, ConditionType.READY)
    if ready is None or ready.observed_generation != job.metadata.generation:
        wrong = [str(finding) for finding in checks.findings(job.spec)[:1]]
    else:  # it has been checked as it is
        bad = ready.status == ConditionStatus.FALSE and ready.reason not in _TRANSIENT
        wrong = [ready.message] if bad else []
    if wrong:
        return Reason.JOB_NOT_READY, f"the job {name!r} is not ready: {wrong[0]}"
    return None


def _running(
    run: JobRun, execution: world.Execution, job: WorkerJob | None, now: datetime
) -> plan.Plan:
    reason, message = Reason.RUNNING, ""
    if job and job.held:
        reason, message = Reason.HELD, f"the job is held: {job.held}"
    elif job is None and execution.held:
        name = run.spec.job_ref.name
        reason, message = Reason.HELD, f"held, and no WorkerJob {name!r} is seen to release it"
    elif execution.stopped:
        reason, message = Reason.STOPPED_ON_FAILURES, execution.stopped
    wanted = Wanted(ConditionType.SUCCEEDED, ConditionStatus.UNKNOWN, reason, message)
    status = _status(run, wanted, now).model_copy(
        update={
            "workflow_id": execution.workflow_id,
            # A run that continued as new began before its execution did.
            "start_time": run.status.start_time or execution.started_at,
        }
    )
    outcome = plan.Waiting(JOB_RETRY_SECONDS, reason) if execution.stopped else plan.Done()
    return plan.Plan(outcome=outcome, actions=_following(job, execution), status=status)


def _lost(run: JobRun, now: datetime) -> plan.Plan:
    message = "Temporal has no such run any more; what its items came to, the ledger tells"
    lost = Wanted(ConditionType.SUCCEEDED, ConditionStatus.FALSE, Reason.LOST, message)
    return plan.Plan(outcome=plan.Done(), status=_status(run, lost, now))


def _ended(run: JobRun, execution: world.Execution, now: datetime) -> plan.Plan:
    if execution.summary is not None:
        report = actions.ReportRun(execution.summary, "the run's own report did not arrive")
        return plan.Plan(outcome=plan.Done(), actions=(report,))
    reason = _ENDED_BADLY.get(execution.state, Reason.FAILED)
    message = execution.failure or f"the workflow ended as {execution.state}"
    wanted = Wanted(ConditionType.SUCCEEDED, ConditionStatus.FALSE, reason, message)
    status = _status(run, wanted, now).model_copy(
        update={
            "workflow_id": execution.workflow_id,
            "start_time": execution.started_at,
            "completion_time": execution.closed_at,
        }
    )
    return plan.Plan(outcome=plan.Done(), status=status)


def _status(run: JobRun, wanted: Wanted, now: datetime) -> JobRunStatus:
    generation = run.metadata.generation
    stopped = wanted.reason == Reason.STOPPED_ON_FAILURES
    stalled = stopped or wanted.status == ConditionStatus.FALSE
    told = conditions.standing(wanted, stalled=stalled)
    return run.status.model_copy(
        update={
            "observed_generation": generation,
            "conditions": conditions.settle(told, run.status.conditions, generation, now),
        }
    )
