"""How each job is, and why. Pure: each check looks at one thing that may be wrong."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from rpafabrik_api import contract, health, reports, resource
from rpafabrik_api.jobrun import JobRun
from rpafabrik_api.reasons import ConditionType, Reason
from rpafabrik_api.resource import Condition, ConditionStatus
from rpafabrik_api.workerjob import SavedTime, Stage, WorkerJob
from rpafabrik_cli.status import endings, remedies, view
from rpafabrik_cli.status.facts import Facts
from rpafabrik_cli.status.view import LastRun, Level, Trouble
from rpafabrik_operator.planning import due, mapping, wellbeing

GRACE = timedelta(minutes=2)
"""What the operator gets to look at something new."""
_OVERDUE = timedelta(minutes=15)
"""The operator looks at a job again within 8 minutes, unless it is told to look less often."""
_PASSING = (Reason.RECONCILING, Reason.DRAINING)
_STOPPED_BY_PEOPLE = (contract.RunResult.CANCELLED, Reason.CANCELLED, Reason.TERMINATED)
_WANTED: dict[str, str] = {
    Reason.SUSPENDED: "Suspended",
    Reason.HELD: "Held",
    Reason.SUSPENDED_AND_HELD: "Held",
    Reason.PAUSED_IN_TEMPORAL: "Paused",
}
"""Why a job may rest because somebody wants it so, and the state's word."""


def views(facts: Facts) -> tuple[view.Job, ...]:
    """A row for each job."""
    runs: dict[tuple[str, str], list[JobRun]] = {}
    for run in facts.resources.runs:
        runs.setdefault((run.metadata.namespace, run.spec.job_ref.name), []).append(run)
    return tuple(
        _view(job, runs.get((job.metadata.namespace, job.metadata.name), ()), facts)
        for job in facts.resources.jobs
    )


def _view(job: WorkerJob, runs: Iterable[JobRun], facts: Facts) -> view.Job:
    last = endings.last(job, runs)
    troubles = view.worst(
        _unseen(job, facts),
        _unready(job, facts),
        _stopped(job, facts),
        _failed(job, last, facts),
        *_unwell(job, facts),
        _overdue(job, facts),
        _missed(job, last, facts),
        _resting(job, facts),
    )
    saved = _saved(job, facts)
    return view.Job(
        name=job.metadata.name,
        namespace=job.metadata.namespace,
        state=_state(job, troubles),
        level=view.level(troubles),
        troubles=troubles,
        title=job.spec.title,
        worker=job.spec.worker_ref.name,
        last=last,
        next_run=job.status.next_run_time,
        saved_seconds=saved.net_seconds,
        saved_hours=saved.hours,
    )


def _saved(job: WorkerJob, facts: Facts) -> SavedTime:
    """What the ledger says now, where it was asked, or else what the status does."""
    told = facts.ledger.saved.get(job.metadata.uid) if facts.ledger else None
    return reports.saved(told) if told else job.status.saved


def _state(job: WorkerJob, troubles: tuple[Trouble, ...]) -> str:
    if troubles:
        return _WANTED.get(troubles[0].reason, troubles[0].reason)
    ready = _condition(job, ConditionType.READY)
    return "Ready" if ready else "New"


def _unseen(job: WorkerJob, facts: Facts) -> Trouble | None:
    """The operator has not looked at the job as it is."""
    if facts.laptop:
        return None
    if _condition(job, ConditionType.READY):
        return _outdated(job)
    made = job.metadata.creation_timestamp
    late = made is not None and facts.now - made > GRACE
    return Trouble(
        level=Level.UNWELL if late else Level.ATTENTION,
        reason=Reason.RECONCILING,
        message="no operator has looked at the job",
        since=made,
        remedy=remedies.PLATFORM,
    )


def _outdated(job: WorkerJob) -> Trouble | None:
    if job.status.observed_generation >= job.metadata.generation:
        return None
    return Trouble(
        level=Level.ATTENTION,
        reason=Reason.RECONCILING,
        message="what is told is of the job as it was before it was changed last",
        since=None,
        remedy=remedies.PLATFORM,
    )


def _unready(job: WorkerJob, facts: Facts) -> Trouble | None:
    ready = _condition(job, ConditionType.READY)
    if ready is None or ready.status == ConditionStatus.TRUE:
        return None
    level = Level.ATTENTION if ready.reason in _PASSING else Level.UNWELL
    return _trouble(level, ready, remedies.of_job(job, ready.reason, facts.laptop))


def _stopped(job: WorkerJob, facts: Facts) -> Trouble | None:
    stopped = _condition(job, ConditionType.STOPPED)
    if stopped is None or stopped.status != ConditionStatus.TRUE:
        return None
    return _trouble(Level.UNWELL, stopped, remedies.of_job(job, stopped.reason, facts.laptop))


def _failed(job: WorkerJob, last: LastRun | None, facts: Facts) -> Trouble | None:
    """The last run did not do its work."""
    if last is None or job.spec.stage == Stage.RETIRED:
        return None
    if last.result in {one.value for one in contract.RunResult if one.successful}:
        return None
    by_people = last.result in _STOPPED_BY_PEOPLE or last.reason in _STOPPED_BY_PEOPLE
    return Trouble(
        level=Level.ATTENTION if by_people else Level.UNWELL,
        reason=last.reason or last.result,
        message=last.message or f"the last run ended as {last.result}",
        since=last.ended,
        remedy=remedies.of_failure(job, last, facts.laptop),
    )


def _unwell(job: WorkerJob, facts: Facts) -> Iterator[Trouble]:
    """What the operator tells of the job's health."""
    for kind in wellbeing.TOLD:
        told = _condition(job, kind)
        if told is not None and told.status == ConditionStatus.FALSE:
            level = Level.ATTENTION if told.reason == Reason.FAILING_OFTEN else Level.UNWELL
            yield _trouble(level, told, remedies.of_job(job, told.reason, facts.laptop))


def _overdue(job: WorkerJob, facts: Facts) -> Trouble | None:
    """The time of the next run has gone by: Temporal tells of a later one, once it is asked."""
    due = job.status.next_run_time
    if due is None or facts.now - due < _OVERDUE or _rests(job):
        return None
    return Trouble(
        level=Level.UNWELL,
        reason="Overdue",
        message="the next run was due then, and nothing has been heard of the job since",
        since=due,
        remedy=remedies.restart(facts.laptop) if facts.laptop else remedies.PLATFORM,
    )


def _missed(job: WorkerJob, last: LastRun | None, facts: Facts) -> Trouble | None:
    """A run was due, and none has begun, and the operator has not told of it."""
    schedule, told = due.schedule(job), _condition(job, ConditionType.ON_SCHEDULE)
    if told is not None and told.reason == Reason.RUN_MISSED:
        return None
    if schedule is None or facts.temporal is None or facts.temporal.away:
        return None
    was_due = due.times(schedule.cron, schedule.time_zone, facts.now).last
    if (
        was_due is None
        or facts.now - was_due < health.MISSED_AFTER
        or was_due <= (due.since(job) or was_due)
    ):
        return None
    begun = last is not None and last.started is not None and last.started >= was_due
    prefix = mapping.schedule_id(job)
    if begun or any(one.workflow_id.startswith(prefix) for one in facts.temporal.running):
        return None
    return Trouble(
        level=Level.UNWELL,
        reason=Reason.RUN_MISSED,
        message="a run was due then, and none has begun since",
        since=was_due,
        remedy=f"see {facts.laptop.state}/logs"
        if facts.laptop
        else f"temporal schedule describe --schedule-id {prefix}",
    )


def _resting(job: WorkerJob, facts: Facts) -> Trouble | None:
    """Somebody wants the job to rest."""
    suspended = _rests(job)
    if suspended is None or suspended.reason not in _WANTED:
        return None
    if facts.laptop and suspended.reason == Reason.SUSPENDED and not job.spec.suspend:
        return None  # schedules rest where `rpafabrik dev` does not follow them
    remedy = remedies.of_job(job, suspended.reason, facts.laptop)
    return _trouble(Level.ATTENTION, suspended, remedy)


def _rests(job: WorkerJob) -> Condition | None:
    suspended = _condition(job, ConditionType.SUSPENDED)
    return suspended if suspended and suspended.status == ConditionStatus.TRUE else None


def _condition(job: WorkerJob, kind: ConditionType) -> Condition | None:
    return resource.condition(job.status.conditions, kind)


def _trouble(level: Level, condition: Condition, remedy: str) -> Trouble:
    return Trouble(
        level=level,
        reason=condition.reason,
        message=condition.message,
        since=condition.last_transition_time,
        remedy=remedy,
    )
