"""Robots that fell silent without a word: killed, or cut off from Temporal.

Temporal forgets a robot some minutes after its last heartbeat, so what was noticed is kept here. An
operator that has just started counts none of those that it finds: its predecessor did.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from temporalio.api.worker.v1 import WorkerHeartbeat

from rpafabrik_api import health


@dataclass(slots=True)
class Losses:
    """Those of every queue."""

    _lost: dict[str, tuple[str, datetime]] | None = None
    """By robot: its queue, and when it was found silent."""
    _counted: Counter[str] = field(default_factory=Counter)

    def notice(
        self, alive: Iterable[WorkerHeartbeat], silent: Iterable[WorkerHeartbeat], now: datetime
    ) -> None:
        """Take in who lives and who is silent now; who lives again was not lost."""
        lives = {one.worker_instance_key for one in alive}
        before = self._lost or {}
        found = {one.worker_instance_key: one.task_queue for one in silent}
        new = {key: (queue, now) for key, queue in found.items() if key not in before}
        if self._lost is not None:
            self._counted.update(queue for queue, _ in new.values())
        self._lost = {
            key: (queue, since)
            for key, (queue, since) in (before | new).items()
            if key not in lives and (key in found or now - since <= health.LOST_WITHIN)
        }

    def recent(self) -> Mapping[str, int]:
        """How many of each queue were lost not long ago."""
        return Counter(queue for queue, _ in (self._lost or {}).values())

    def counted(self) -> Mapping[str, int]:
        """How many of each queue were lost since the operator began to look."""
        return self._counted
