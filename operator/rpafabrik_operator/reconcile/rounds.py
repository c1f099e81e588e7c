"""The round: asks Temporal about the queue of every digital worker, over and over.

One call says which robots there are, and one per queue what waits on it, few at a time. What was
seen is kept for scrapes and looks; a digital worker is looked at when its conditions may change.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from rpafabrik.logs import log
from rpafabrik_api import names
from rpafabrik_api.workerjob import Stage, WorkerJob
from rpafabrik_operator.planning import polling, world
from rpafabrik_operator.reconcile import ports
from rpafabrik_operator.reconcile.ports import Key

EVERY_SECONDS = 15.0
PAUSE_SECONDS = 0.05
"""Between two calls: at most twenty a second, however many queues there are."""
LOST_AFTER = 3
"""Rounds without an answer, after which what was seen no longer counts."""

Worker = tuple[str, str]
"""Namespace and name of a digital worker."""


class Queues(Protocol):
    """What the round asks of Temporal."""

    async def robots(self) -> Mapping[str, world.Robots] | None:
        """The robots of each queue; None where the server counts none."""
        ...

    async def queue(self, name: str, robots: Mapping[str, world.Robots] | None) -> world.Queue:
        """A queue, given what `robots` said."""
        ...


@dataclass(slots=True)
class Rounds:
    """What was seen of each queue in use, and how it is seen."""

    cluster: ports.Cluster
    temporal: Queues
    plan_visit: Callable[[Key], None]
    pause_seconds: float = PAUSE_SECONDS
    seen: dict[Worker, world.Queue] = field(default_factory=dict)
    _failures: int = 0

    def of(self, namespace: str, name: str) -> world.Queue | world.Unknown | None:
        """The queue of a digital worker; None before it was first asked about."""
        if self._failures >= LOST_AFTER:
            return world.UNAVAILABLE
        return self.seen.get((namespace, name))

    async def run(self, every_seconds: float) -> None:
        """Go round until cancelled."""
        while True:
            try:
                await self.go()
            except Exception:  # noqa: BLE001 # the next round may fare better
                log.exception("round_failed")
            await asyncio.sleep(every_seconds)

    async def go(self) -> None:
        """Ask about every queue once; stop at the first that has no answer."""
        workers = self._in_use()
        for gone in self.seen.keys() - workers:
            del self.seen[gone]
        try:
            robots = await self.temporal.robots()
            for worker in sorted(workers):
                queue = await self.temporal.queue(names.worker_queue(*worker), robots)
                self._see(worker, queue)
                await asyncio.sleep(self.pause_seconds)
        except ports.TemporalUnavailableError:
            self._failures += 1
            if self._failures == LOST_AFTER:
                self.seen.clear()
                for worker in workers:
                    self._tell(worker)

    def _in_use(self) -> set[Worker]:
        jobs = {
            (job.metadata.namespace, job.spec.worker_ref.name)
            for job in self.cluster.list("WorkerJob")
            if isinstance(job, WorkerJob) and job.spec.stage != Stage.RETIRED
        }
        pools = self.cluster.list("DigitalWorker")
        return jobs | {(one.metadata.namespace, one.metadata.name) for one in pools}

    def _see(self, worker: Worker, queue: world.Queue) -> None:
        before = self.seen.get(worker)
        self.seen[worker] = queue
        self._failures = 0
        if before is None or polling.depends_on(before) != polling.depends_on(queue):
            self._tell(worker)

    def _tell(self, worker: Worker) -> None:
        if self.cluster.get("DigitalWorker", *worker) is not None:
            self.plan_visit(("DigitalWorker", *worker))
