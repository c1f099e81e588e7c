"""When a job's runs are due by its schedule. Pure; what became of them is the ledger's to say."""

import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import cronsim

from rpafabrik_api import resource
from rpafabrik_api.reasons import ConditionType
from rpafabrik_api.resource import ConditionStatus
from rpafabrik_api.workerjob import Schedule, WorkerJob
from rpafabrik_operator.planning import mapping


@dataclass(frozen=True, slots=True)
class Due:
    """The times on either side of now. None: there is none."""

    last: datetime | None
    """The latest that has come."""
    next: datetime | None


NEVER = Due(None, None)


def times(cron: str, time_zone: str, now: datetime) -> Due:
    """When a schedule is due, by the clocks of its time zone.

    As in Temporal, a time that the clocks leave out in spring is not made up for.
    """
    try:
        zone = zoneinfo.ZoneInfo(time_zone)
        here = now.astimezone(zone)
        # In the hour that comes twice, the clocks have shown what is still ahead on them.
        shown = here.replace(tzinfo=None) + timedelta(hours=here.fold)
        back = _real(cronsim.CronSim(cron, shown.replace(microsecond=1), reverse=True), zone)
        return Due(
            last=next((one for one in back if one <= now), None),
            next=_next(cron, zone, now),
        )
    # Nobody has looked at the job yet: condition Ready is going to say what is wrong.
    except (cronsim.CronSimError, zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return NEVER


def after(declared: Schedule, moment: datetime) -> datetime | None:
    """The first time after a moment at which the schedule is due."""
    try:
        return _next(declared.cron, zoneinfo.ZoneInfo(declared.time_zone), moment)
    except (cronsim.CronSimError, zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None


def schedule(job: WorkerJob) -> Schedule | None:
    """The schedule that starts the job's runs; None while nothing does."""
    told = resource.condition(job.status.conditions, ConditionType.SUSPENDED)
    stands_still = job.spec.suspend or job.held or job.deleting or not mapping.is_scheduled(job)
    if stands_still or (told is not None and told.status == ConditionStatus.TRUE):
        return None
    return job.spec.schedule


def since(job: WorkerJob) -> datetime | None:
    """From when on runs were due as they are now; None where nothing tells."""
    told = resource.condition(job.status.conditions, ConditionType.SUSPENDED)
    times = (
        job.metadata.creation_timestamp,
        job.status.scheduled_since,
        told.last_transition_time if told else None,
    )
    return max(filter(None, times), default=None)


def _next(cron: str, zone: zoneinfo.ZoneInfo, moment: datetime) -> datetime | None:
    here = moment.astimezone(zone).replace(tzinfo=None)
    ahead = _real(cronsim.CronSim(cron, here), zone)
    return next((one for one in ahead if one > moment), None)


def _real(shown: cronsim.CronSim, zone: zoneinfo.ZoneInfo) -> Iterator[datetime]:
    """Moments at which the clocks show these times."""
    for one in shown:
        moment = one.replace(tzinfo=zone).astimezone(UTC)
        if moment.astimezone(zone).replace(tzinfo=None) == one:
            yield moment
