"""Figures of jobs, read from the cache at each scrape: what is gone from it is told no more."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rpafabrik.runtime import exposition
from rpafabrik_api import resource, telemetry
from rpafabrik_api.reasons import ConditionType, Reason
from rpafabrik_api.resource import ConditionStatus
from rpafabrik_api.workerjob import WorkerJob
from rpafabrik_operator.gateways.cache import Cache
from rpafabrik_operator.planning import due
from rpafabrik_operator.reconcile import ports

_NEVER = timedelta(days=1)
"""How long it is believed that a schedule is never due."""


@dataclass(slots=True)
class Jobs:
    """All WorkerJobs that the operator has seen: none where it stands by."""

    cache: Cache
    clock: ports.Clock
    _known: dict[tuple[str, str], tuple[datetime, due.Due]] = field(default_factory=dict)
    """By cron expression and time zone: until when it holds, and what."""

    def __call__(self) -> bytes:
        """What each job is, whether it is ready, and when it is due; a `telemetry.Source`."""
        info: list[exposition.Sample] = []
        ready: list[exposition.Sample] = []
        last: list[exposition.Sample] = []
        coming: list[exposition.Sample] = []
        now, before, self._known = self.clock(), self._known, {}
        for job in self._jobs():
            spec = job.spec
            labels = (job.metadata.namespace, job.metadata.name, spec.department)
            info.append(((*labels, spec.title, spec.stage, spec.worker_ref.name), 1))
            reason, is_ready = _ready(job)
            ready.append(((*labels, reason), is_ready))
            found = self._due(job, now, before)
            if found.last and found.last > (due.since(job) or found.last - _NEVER):
                last.append((labels, found.last.timestamp()))
            if found.next:
                coming.append((labels, found.next.timestamp()))
        told = (
            (telemetry.JOB_INFO, info),
            (telemetry.JOB_READY, ready),
            (telemetry.EXPECTED_RUN, last),
            (telemetry.NEXT_RUN, coming),
        )
        return "".join(exposition.text(*one) for one in told).encode()

    def _jobs(self) -> Iterator[WorkerJob]:
        return (
            found
            for found in self.cache.resources("WorkerJob", None)
            if isinstance(found, WorkerJob)
        )

    def _due(
        self,
        job: WorkerJob,
        now: datetime,
        before: dict[tuple[str, str], tuple[datetime, due.Due]],
    ) -> due.Due:
        """When the job is due: worked out once per schedule, each time that it is due."""
        schedule = due.schedule(job)
        if schedule is None:
            return due.NEVER
        key = (schedule.cron, schedule.time_zone)
        known = self._known.get(key) or before.get(key)
        if known is None or known[0] <= now:
            found = due.times(*key, now)
            known = (found.next or now + _NEVER, found)
        self._known[key] = known
        return known[1]


def _ready(job: WorkerJob) -> tuple[str, bool]:
    told = resource.condition(job.status.conditions, ConditionType.READY)
    if told is None:
        return Reason.RECONCILING, False
    return told.reason, told.status == ConditionStatus.TRUE
