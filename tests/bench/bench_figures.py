"""A scrape of ten thousand jobs against prometheus_client, which makes objects of every sample.

Each job has a schedule of its own, the worst there is. Both tell the same samples; ours reads them
from the operator's cache besides.

Run by `make bench`, or `python tests/bench/bench_figures.py [JOBS]`.
"""

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import prometheus_client as prometheus
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

sys.path.insert(0, str(Path(__file__).parents[1]))

from rpafabrik_operator.figures.jobs import Jobs
from rpafabrik_operator.gateways.cache import Cache
from support import examples, scrape

ROUNDS = 7
SINCE = "2026-01-01T00:00:00Z"
CONDITIONS = [
    {"type": "Ready", "status": "True", "reason": "Reconciled", "lastTransitionTime": SINCE},
    {"type": "Suspended", "status": "False", "reason": "Active", "lastTransitionTime": SINCE},
]


def job(number: int) -> dict[str, Any]:
    """A job that is due once a day or a week, at a minute of its own."""
    minutes, weekday = number % 1_440, number // 1_440 % 7
    metadata = {"name": f"jobb-{number:05}", "namespace": "bench", "uid": f"uid-{number}"}
    return examples.changed(
        examples.JOB,
        metadata={**metadata, "resourceVersion": str(number + 1), "generation": 1},
        spec__schedule__cron=f"{minutes % 60} {minutes // 60} * * {weekday}",
        status__conditions=CONDITIONS,
    )


class Same(Collector):
    """What a scrape told, as prometheus_client is given it."""

    def __init__(self, told: scrape.Told) -> None:
        self._told = told

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The same samples, made anew as for each scrape."""
        for name, samples in self._told.items():
            family = GaugeMetricFamily(name, name, labels=tuple(samples[0][0]))
            for labels, value in samples:
                family.add_metric(tuple(labels.values()), value)
            yield family


def milliseconds(act: Callable[[], object]) -> float:
    """Processor time of the middle one of some rounds, after one that warms up."""
    act()
    taken = []
    for _ in range(ROUNDS):
        begin = time.process_time()
        act()
        taken.append(time.process_time() - begin)
    return statistics.median(taken) * 1_000


def main(jobs: int) -> None:
    """Measure, and print."""
    cache = Cache()
    for number in range(jobs):
        cache.see(job(number))
    figures = Jobs(cache, lambda: datetime.now(UTC))
    told = scrape.read(figures().decode())
    registry = prometheus.CollectorRegistry(auto_describe=False)
    registry.register(Same(told))
    ours = milliseconds(figures)
    theirs = milliseconds(lambda: prometheus.generate_latest(registry))
    series = sum(map(len, told.values()))
    print(f"{jobs} jobs, {series} series, processor time of a scrape, median of {ROUNDS}:")
    print(f"  prometheus_client {theirs:7.0f} ms   1.00")
    print(f"  from the cache    {ours:7.0f} ms   {ours / theirs:.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
