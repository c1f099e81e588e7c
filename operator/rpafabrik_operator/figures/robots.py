"""Figures of what Temporal says: whether it answers, who asks it for work, and what waits."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from rpafabrik.runtime import telemetry
from rpafabrik_api import telemetry as metrics
from rpafabrik_api.digitalworker import DigitalWorker
from rpafabrik_operator.planning import polling
from rpafabrik_operator.reconcile import ports
from rpafabrik_operator.reconcile.rounds import Rounds


@dataclass(frozen=True, slots=True, eq=False)
class Robots(Collector):
    """The queues that the last round saw; none where Temporal is away."""

    rounds: Rounds
    cluster: ports.Cluster
    answered: Callable[[], bool | None]

    def collect(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        """Figures of each queue, and whether Temporal answers once it was asked."""
        told = metrics.WORKER_POLLERS, metrics.WORKER_BACKLOG, metrics.WORKER_BACKLOG_AGE
        pollers, backlog, age = map(telemetry.gauges, told)
        lost = telemetry.counters(metrics.WORKER_LOST)
        healthy, up = map(telemetry.gauges, (metrics.WORKER_HEALTHY, metrics.TEMPORAL_UP))
        for labels, queue in self.rounds.seen.items():
            pollers.add_metric(labels, queue.robots)
            backlog.add_metric(labels, queue.backlog)
            age.add_metric(labels, queue.backlog_seconds)
            lost.add_metric(labels, queue.losses)
            pool = self.cluster.get("DigitalWorker", *labels)
            worker = pool if isinstance(pool, DigitalWorker) else None
            healthy.add_metric(labels, polling.healthy(worker, queue))
        if (answered := self.answered()) is not None:
            up.add_metric((), answered)
        yield from (pollers, lost, backlog, age, healthy, up)
