"""How a job is: what is due begins and succeeds, runs seldom fail, no item grows old. Pure.

Messages name points in time and never ages, so a condition is written when its truth changes and
not with every figure. What comes true by time alone says when to look again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from rpafabrik_api import contract, health, volume
from rpafabrik_api.reasons import ConditionType, Reason
from rpafabrik_api.resource import ConditionStatus
from rpafabrik_api.workerjob import Stage, WorkerJob
from rpafabrik_operator.planning import due, world
from rpafabrik_operator.planning.conditions import Wanted, timestamp


@dataclass(frozen=True, slots=True)
class Judged:
    """A condition, and when it may be otherwise though nothing happens."""

    wanted: Wanted
    until: datetime | None = None


TOLD = (
    ConditionType.ON_SCHEDULE,
    ConditionType.RUNS_SUCCEEDING,
    ConditionType.ITEMS_ON_TIME,
    ConditionType.VOLUME_AS_EXPECTED,
)
"""The conditions that are judged here."""


def judged(job: WorkerJob, schedule: world.Schedule | None, now: datetime) -> Iterator[Judged]:
    """How the job is, by its status as it is now and by its schedule in Temporal."""
    yield _on_schedule(job, schedule, now)
    yield _runs_succeeding(job)
    yield _items_on_time(job, schedule, now)
    yield from _volume(job)


def _on_schedule(job: WorkerJob, schedule: world.Schedule | None, now: datetime) -> Judged:
    declared, since = due.schedule(job), due.since(job)
    if declared is None or since is None:
        return _holds(ConditionType.ON_SCHEDULE, Reason.NOTHING_DUE)
    begun = due.after(declared, _latest(since, *_begun(job, schedule)))
    succeeded = due.after(declared, _latest(since, job.status.last_successful_time))
    if begun is None or succeeded is None:
        return _holds(ConditionType.ON_SCHEDULE, Reason.NOTHING_DUE)
    if begun + health.MISSED_AFTER <= now:
        runs = _running_since(job, schedule) is not None
        busy = "; the run before is still under way" if runs else ""
        message = f"a run was due at {timestamp(begun)}, and none has begun{busy}"
        return _fails(ConditionType.ON_SCHEDULE, Reason.RUN_MISSED, message)
    if succeeded + health.SILENT_AFTER <= now:
        message = f"a run was due at {timestamp(succeeded)}, and none has succeeded since"
        return _fails(ConditionType.ON_SCHEDULE, Reason.SILENT, message)
    until = min(begun + health.MISSED_AFTER, succeeded + health.SILENT_AFTER)
    return _holds(ConditionType.ON_SCHEDULE, Reason.ON_SCHEDULE, until)


def _begun(job: WorkerJob, schedule: world.Schedule | None) -> Iterator[datetime | None]:
    """When runs began last, by the schedule and by anybody."""
    last = job.status.last_run
    yield schedule.last_begun if schedule else None
    yield last.start_time if last else None


def _latest(first: datetime, *others: datetime | None) -> datetime:
    return max((first, *filter(None, others)))


def _runs_succeeding(job: WorkerJob) -> Judged:
    kind, runs = ConditionType.RUNS_SUCCEEDING, job.status.recent_runs
    if runs is None or not runs.succeeded + runs.failed:
        return Judged(Wanted(kind, ConditionStatus.UNKNOWN, Reason.NO_RUN_YET))
    if runs.failed_in_a_row >= health.FAILURES_IN_A_ROW:
        last = job.status.last_successful_time
        message = (
            f"no run has succeeded since {timestamp(last)}" if last else "no run has succeeded"
        )
        return _fails(kind, Reason.FAILING_IN_A_ROW, message)
    if health.is_low(runs.succeeded, runs.failed):
        message = (
            f"less than {health.SUCCESS_PERCENT} percent of the last runs succeeded;"
            " status.recentRuns tells how many"
        )
        return _fails(kind, Reason.FAILING_OFTEN, message)
    return _holds(kind, Reason.RUNS_SUCCEED)


def _items_on_time(job: WorkerJob, schedule: world.Schedule | None, now: datetime) -> Judged:
    kind = ConditionType.ITEMS_ON_TIME
    opened = (_running_since(job, schedule), job.status.oldest_open_item_time)
    since = min(filter(None, opened), default=None)
    if since is None or job.spec.stage == Stage.RETIRED:
        return _holds(kind, Reason.ITEMS_ON_TIME)
    at_most = _open_at_most(job)
    if since + at_most > now:
        return _holds(kind, Reason.ITEMS_ON_TIME, since + at_most)
    hours = at_most / timedelta(hours=1)
    message = f"an item is open since {timestamp(since)}, and {hours:g} hours are promised"
    return _fails(kind, Reason.OLDEST_ITEM_OLD, message)


def _open_at_most(job: WorkerJob) -> timedelta:
    targets = job.spec.benefit.targets if job.spec.benefit else None
    seconds = targets.lead_time_seconds if targets else None
    return timedelta(seconds=seconds) if seconds else health.OPEN_AT_MOST


def _running_since(job: WorkerJob, schedule: world.Schedule | None) -> datetime | None:
    """When the schedule's run began that is under way; Temporal may hear late that it ended."""
    last = job.status.last_run
    if schedule is None or (last and last.workflow_id == schedule.last_run_id):
        return None
    return schedule.running_since


def _volume(job: WorkerJob) -> Iterator[Judged]:
    kind, told = ConditionType.VOLUME_AS_EXPECTED, job.status.volume
    if told is None:
        return
    listed = contract.Volume(listed=told.listed, minimum=told.min, maximum=told.max)
    reason, message = volume.judged(listed)
    if reason is Reason.VOLUME_AS_EXPECTED:
        yield _holds(kind, reason)
    else:
        yield _fails(kind, reason, message)


def _holds(kind: ConditionType, reason: Reason, until: datetime | None = None) -> Judged:
    return Judged(Wanted(kind, ConditionStatus.TRUE, reason), until)


def _fails(kind: ConditionType, reason: Reason, message: str) -> Judged:
    return Judged(Wanted(kind, ConditionStatus.FALSE, reason, message))
