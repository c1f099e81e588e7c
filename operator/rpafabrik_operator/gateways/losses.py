"""Robots that fell silent without a word: killed, or cut off from Temporal.

Temporal forgets a robot some minutes after its last heartbeat, so what was noticed is kept here. An
operator that has just started counts none of those that it finds: its predecessor did.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from temporalio.api.worker.v1 import WorkerHeartbeat

from rpafabrik_api import health

SURE_AFTER = timedelta(seconds=20)
"""Who is silent for so long more is counted: when Temporal was away, all are for a moment."""


@dataclass(frozen=True, slots=True)
class _Silent:
    """A robot that is not heard."""

    queue: str
    since: datetime
    """When it was found so."""
    counted: bool


@dataclass(slots=True)
class Losses:
    """Those of every queue."""

    _lost: dict[str, _Silent] | None = None
    _counted: Counter[str] = field(default_factory=Counter)

    def notice(
        self, alive: Iterable[WorkerHeartbeat], silent: Iterable[WorkerHeartbeat], now: datetime
    ) -> None:
        """Take in who lives and who is silent now; who lives again was not lost."""
        first, before = self._lost is None, self._lost or {}
        found = {
            one.worker_instance_key: before.get(one.worker_instance_key)
            or _Silent(one.task_queue, now, counted=first)
            for one in silent
        }
        lives = {one.worker_instance_key for one in alive}
        forgotten = {
            key: one
            for key, one in before.items()
            if key not in lives and now - one.since <= health.LOST_WITHIN
        }
        self._lost = {
            key: self._settled(one, now) if key in found else one
            for key, one in (forgotten | found).items()
        }

    def _settled(self, one: _Silent, now: datetime) -> _Silent:
        if one.counted or now - one.since < SURE_AFTER:
            return one
        self._counted[one.queue] += 1
        return replace(one, counted=True)

    def recent(self) -> Mapping[str, int]:
        """How many of each queue were lost not long ago."""
        return Counter(one.queue for one in (self._lost or {}).values())

    def counted(self) -> Mapping[str, int]:
        """How many of each queue were lost since the operator began to look."""
        return self._counted
