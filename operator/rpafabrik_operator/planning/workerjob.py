"""Plans for a WorkerJob: its schedule, its two pauses, its end."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from rpafabrik_api import checks, contract, findings, resource
from rpafabrik_api.reasons import ConditionType, Reason
from rpafabrik_api.resource import ConditionStatus
from rpafabrik_api.workerjob import (
    DeletionPolicy,
    OverlapPolicy,
    Stage,
    WorkerJob,
    WorkerJobStatus,
)
from rpafabrik_operator.planning import (
    actions,
    conditions,
    mapping,
    plan,
    wellbeing,
    world,
)
from rpafabrik_operator.planning.conditions import Wanted

RETRY_SECONDS = 15
"""How soon to look again when Temporal was away or runs are draining."""
WORKER_RETRY_SECONDS = 30
"""How soon to look again for a digital worker that did not answer, or lacks what the job names."""
ROLLOUT_SECONDS = 600
"""How long robots may take until those are there that can do what the job names."""

_INVALID, _DRAINING = "invalid", "draining"
_HOLDING = frozenset({"Held", "SuspendedAndHeld"})
_OUTLASTING = (ConditionType.SUSPENDED, *wellbeing.TOLD)
"""Conditions that hold while Temporal is away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What there is of a WorkerJob in Temporal."""

    schedule: world.Schedule | None = None
    running: tuple[world.Execution, ...] = ()
    """Runs of the schedule that are under way; looked up only where `looks_at_runs` says so."""
    last: world.Execution | None = None
    """The schedule's last run, once closed, when the status does not speak of it yet."""
    catalogue: contract.Catalogue | None = None
    """None: no digital worker answered."""


def looks_at_runs(job: WorkerJob, schedule: world.Schedule | None) -> bool:
    """Whether to look up runs under way, which follow the emergency stop and who resumes them.

    Whatever was told of them is no guide, for a run may hear of a stop after its end. Without the
    schedule, which knows of its runs unless they overlap, what was told is all there is.
    """
    told = resource.condition(job.status.conditions, ConditionType.SUSPENDED)
    was_held = (schedule and schedule.pause in _HOLDING) or (told and told.reason in _HOLDING)
    stopped = resource.condition(job.status.conditions, ConditionType.STOPPED) is not None
    resuming = stopped and job.resume is not None
    declared = job.spec.schedule
    under_way = schedule is not None and (
        schedule.running_since is not None
        or (declared is not None and declared.overlap_policy == OverlapPolicy.ALLOW_ALL)
    )
    return bool(job.held) or job.deleting or bool(was_held) or resuming or under_way


def make(job: WorkerJob, observed: Observed | world.Unknown, now: datetime) -> plan.Plan:
    """Decide what to do about the job."""
    match observed:
        case world.Unknown.UNAVAILABLE:
            return _unavailable(job, now)
        case Observed() if job.deleting:
            return _deletion(job, observed, now)
        case Observed():
            return _standing(job, observed, now)


def _unavailable(job: WorkerJob, now: datetime) -> plan.Plan:
    message = "Temporal does not answer; it is tried again until it does"
    wanted = conditions.standing(
        Wanted(ConditionType.READY, ConditionStatus.UNKNOWN, Reason.TEMPORAL_UNAVAILABLE, message)
    )
    told = conditions.settle(wanted, job.status.conditions, job.metadata.generation, now)
    # What else was known holds until Temporal tells better.
    before = tuple(one for one in job.status.conditions if one.type in _OUTLASTING)
    status = job.status.model_copy(update={"conditions": (*told, *before)})
    outcome = plan.Waiting(RETRY_SECONDS, Reason.TEMPORAL_UNAVAILABLE)
    return plan.Plan(outcome=outcome, status=None if job.deleting else status)


def _deletion(job: WorkerJob, observed: Observed, now: datetime) -> plan.Plan:
    policy = job.spec.deletion_policy
    if policy == DeletionPolicy.ORPHAN:
        return plan.Plan(outcome=plan.Done())
    schedule_id = mapping.schedule_id(job)
    because = f"the job is being deleted, policy {policy}"
    gone = plan.Plan(
        outcome=plan.Done(),
        actions=(
            *(actions.TerminateRun(run.workflow_id, because) for run in observed.running),
            *((actions.DeleteSchedule(schedule_id, because),) if observed.schedule else ()),
        ),
    )
    if policy == DeletionPolicy.TERMINATE or not observed.running:
        return gone
    asked = job.metadata.deletion_timestamp or now
    if now >= asked + timedelta(seconds=job.spec.deletion_timeout_seconds):
        return gone
    pause = actions.PauseSchedule(schedule_id, world.NOTE_PREFIX + _DRAINING, because)
    starts = observed.schedule is not None and not observed.schedule.paused
    return plan.Plan(
        outcome=plan.Waiting(RETRY_SECONDS, Reason.DRAINING),
        actions=(*_runs(job, observed), *((pause,) if starts else ())),
        status=_status(
            job,
            observed,
            conditions.standing(
                Wanted(
                    ConditionType.READY,
                    ConditionStatus.FALSE,
                    Reason.DRAINING,
                    f"deletion waits for {len(observed.running)} runs under way",
                )
            ),
            now,
        ),
    )


def _standing(job: WorkerJob, observed: Observed, now: datetime) -> plan.Plan:
    wrong = checks.findings(job.spec)
    lacking = () if wrong else _lacking(job, observed)
    # Robots may be rolling out: no run is lost to that, and each looks for itself before it begins.
    halting = wrong if observed.schedule else wrong + lacking
    todo = _invalid(job, observed) if halting else _schedule(job, observed)
    stalled = bool(wrong) or (bool(lacking) and _rolled_out(job, now))
    wanted = (
        *conditions.standing(_ready(job, observed, wrong + lacking), stalled=stalled),
        _suspended(job, observed, halting),
        _worker(job, observed),
    )
    # Whether runs are due, and since when, depends on the pauses as they are told now.
    told = job.model_copy(update={"status": _status(job, observed, wanted, now)})
    judged = tuple(wellbeing.judged(told, observed.schedule, now))
    wanted += tuple(one.wanted for one in judged)
    until = min(filter(None, (one.until for one in judged)), default=None)
    return plan.Plan(
        outcome=_outcome(wrong, _missing(observed, lacking), until),
        # Runs first: once the schedule is gone, nothing in Temporal tells that they are to be held.
        actions=(*_runs(job, observed), *todo, *_lost_report(job, observed)),
        status=_status(job, observed, wanted, now),
    )


def _lacking(job: WorkerJob, observed: Observed) -> tuple[findings.Finding, ...]:
    """What the job names and its robots cannot do."""
    catalogue = observed.catalogue
    return checks.unknown_activities(job.spec, catalogue) if catalogue is not None else ()


def _rolled_out(job: WorkerJob, now: datetime) -> bool:
    """Whether the robots have lacked something for longer than they take to be replaced."""
    ready = resource.condition(job.status.conditions, ConditionType.READY)
    if ready is None or ready.reason != Reason.UNKNOWN_ACTIVITY:
        return False
    return now >= ready.last_transition_time + timedelta(seconds=ROLLOUT_SECONDS)


def _outcome(
    wrong: tuple[findings.Finding, ...], missing: Reason | None, until: datetime | None
) -> plan.Outcome:
    if wrong:
        return plan.Stalled(wrong[0].reason)
    return plan.Waiting(WORKER_RETRY_SECONDS, missing) if missing else plan.Done(until)


def _missing(observed: Observed, lacking: tuple[findings.Finding, ...]) -> Reason | None:
    """Why the robots are to be asked again soon."""
    if observed.catalogue is None:
        return Reason.WORKER_UNAVAILABLE
    return lacking[0].reason if lacking else None


def _invalid(job: WorkerJob, observed: Observed) -> tuple[actions.Action, ...]:
    """Nothing starts: what was scheduled before stands still until the job is mended."""
    if observed.schedule is None or observed.schedule.paused:
        return ()
    note = world.NOTE_PREFIX + _INVALID
    because = "the job cannot run as it is declared"
    return (actions.PauseSchedule(mapping.schedule_id(job), note, because),)


def _schedule(job: WorkerJob, observed: Observed) -> tuple[actions.Action, ...]:
    desired = mapping.desired_schedule(job, _pause(job))
    existing = observed.schedule
    if desired is None:
        because = "the job asks for no schedule"
        return (actions.DeleteSchedule(mapping.schedule_id(job), because),) if existing else ()
    if existing is None:
        return (actions.CreateSchedule(desired, "the job asks for a schedule"),)
    if existing.digest != desired.digest:
        return (actions.UpdateSchedule(desired, "the schedule is not as declared"),)
    if existing.pause != desired.pause and not existing.paused_by_others:
        because = f"to be paused: {desired.pause}" if desired.pause else "the pause is over"
        return (actions.UpdateSchedule(desired, because),)
    return ()


def _runs(job: WorkerJob, observed: Observed) -> tuple[actions.Action, ...]:
    return tuple(chain.from_iterable(following(job, run) for run in observed.running))


def following(job: WorkerJob, run: world.Execution) -> Iterator[actions.Action]:
    """What lets a run under way follow the job's emergency stop, and those who resume it."""
    if job.held and not run.held:
        yield actions.HoldRun(run.workflow_id, job.held)
    elif run.held and not job.held:
        yield actions.ReleaseRun(run.workflow_id, "the emergency stop is over")
    if job.resume is not None and run.resumes(job.resume):
        yield actions.ResumeRun(run.workflow_id, job.resume)


def _lost_report(job: WorkerJob, observed: Observed) -> tuple[actions.Action, ...]:
    last, told = observed.last, job.status.last_run
    if last is None or last.summary is None:
        return ()
    if told and told.completion_time and told.completion_time >= last.summary.finished_at:
        return ()
    return (actions.ReportRun(last.summary, "the run's own report did not arrive"),)


def _pause(job: WorkerJob) -> str | None:
    reason = _pause_reason(job)
    return str(reason) if reason else None


def _pause_reason(job: WorkerJob) -> Reason | None:
    if job.held:
        return Reason.SUSPENDED_AND_HELD if job.spec.suspend else Reason.HELD
    return Reason.SUSPENDED if job.spec.suspend else None


def _ready(job: WorkerJob, observed: Observed, wrong: tuple[findings.Finding, ...]) -> Wanted:
    if wrong:
        return Wanted(ConditionType.READY, ConditionStatus.FALSE, wrong[0].reason, _told(wrong))
    if observed.catalogue is None:
        return Wanted(
            ConditionType.READY,
            ConditionStatus.FALSE,
            Reason.WORKER_UNAVAILABLE,
            _no_answer(job),
        )
    if mapping.desired_schedule(job, None) is None:
        told = (ConditionStatus.TRUE, Reason.NOT_SCHEDULED, _why_unscheduled(job))
        return Wanted(ConditionType.READY, *told)
    return Wanted(ConditionType.READY, ConditionStatus.TRUE, Reason.RECONCILED)


def _suspended(job: WorkerJob, observed: Observed, wrong: tuple[findings.Finding, ...]) -> Wanted:
    reason = _pause_reason(job)
    if reason:
        parts = ["spec.suspend is true"] if job.spec.suspend else []
        parts += [f"held: {job.held}"] if job.held else []
        message = "; ".join(parts)
        return Wanted(ConditionType.SUSPENDED, ConditionStatus.TRUE, reason, message)
    if observed.schedule and observed.schedule.paused_by_others:
        message = f"paused in Temporal: {observed.schedule.note or 'no note'}"
        return Wanted(
            ConditionType.SUSPENDED, ConditionStatus.TRUE, Reason.PAUSED_IN_TEMPORAL, message
        )
    if wrong:
        message = "nothing starts until the job is as condition Ready says it must be"
        return Wanted(ConditionType.SUSPENDED, ConditionStatus.TRUE, wrong[0].reason, message)
    active = Reason.ACTIVE if mapping.desired_schedule(job, None) else Reason.NOT_SCHEDULED
    return Wanted(ConditionType.SUSPENDED, ConditionStatus.FALSE, active)


def _worker(job: WorkerJob, observed: Observed) -> Wanted:
    if observed.catalogue is None:
        return Wanted(
            ConditionType.WORKER_AVAILABLE,
            ConditionStatus.FALSE,
            Reason.WORKER_UNAVAILABLE,
            _no_answer(job),
        )
    return Wanted(ConditionType.WORKER_AVAILABLE, ConditionStatus.TRUE, Reason.WORKER_AVAILABLE)


def _no_answer(job: WorkerJob) -> str:
    worker = job.spec.worker_ref.name
    return (
        f"no digital worker answers on {mapping.worker_queue(job)};"
        f" the pods of DigitalWorker {worker!r} must be ready"
    )


def _why_unscheduled(job: WorkerJob) -> str:
    if job.spec.stage == Stage.RETIRED:
        return "spec.stage is Retired: nothing runs"
    if job.spec.schedule is None:
        return "spec.schedule is not given: runs by JobRun only"
    return f"spec.stage is {job.spec.stage}: runs by JobRun only"


def _told(wrong: tuple[findings.Finding, ...]) -> str:
    return "; ".join(str(finding) for finding in wrong)


def _status(
    job: WorkerJob, observed: Observed, wanted: Iterable[Wanted], now: datetime
) -> WorkerJobStatus:
    schedule = observed.schedule
    generation = job.metadata.generation
    return job.status.model_copy(
        update={
            "observed_generation": generation,
            "conditions": conditions.settle(wanted, job.status.conditions, generation, now),
            "schedule_id": mapping.schedule_id(job) if schedule else "",
            "scheduled_since": schedule.since if schedule else None,
            "next_run_time": None if schedule is None or schedule.paused else schedule.next_run,
        }
    )
