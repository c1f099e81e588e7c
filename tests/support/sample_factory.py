"""A small factory's metrics, made up: four jobs, of which one is unwell, and two years of hours.

For what draws and asks, not for what counts: nothing here comes out of a ledger. Every metric of
`rpafabrik_api.telemetry` is told, and no other.
"""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector, CollectorRegistry

from rpafabrik_api import telemetry
from rpafabrik_api.telemetry import Metric
from rpafabrik_dashboards import temporal_sdk

HOUR = 3600
DAY = 24 * HOUR
_NAMESPACE = "ekonomi"
_YEAR_SHARE = 0.89
"""How much of the year has gone."""


@dataclass(frozen=True, slots=True)
class Job:
    """One job, and how it goes."""

    name: str
    title: str
    department: str
    hours: float
    target: float
    automation: float
    failed: int = 0

    @property
    def key(self) -> tuple[str, str, str]:
        return _NAMESPACE, self.name, self.department


_ECONOMY, _HR, _HOUSES = "Regionservice ekonomi", "Regionservice HR", "Västfastigheter"
JOBS = (
    Job("e-paminnelser", "E-påminnelser för fakturor", _ECONOMY, 2100, 2100, 0.91),
    Job("kassaavstamning", "Kassaavstämning vårdcentraler", _ECONOMY, 1700, 1700, 0.83),
    Job("arsinkomst", "Beräkning av årsinkomst", _HR, 546, 600, 0.97),
    Job("lev-fakturor", "Avstämning av leverantörsfakturor", _HOUSES, 100, 100, 1, failed=3),
)
_WORKERS = {"ekonomi": (1, 2, 0, 0, 0), "hr": (1, 1, 4, 35, 1), "fastighet": (0, 0, 12, 1200, 4)}
"""Healthy, pollers, backlog, its age, robots lost each hour."""
_WELL = (1, 2, 1, 4, 0)
_KINDS = {"WorkerJob": 2.0, "DigitalWorker": 0.3}
_SOMEWHERE = {telemetry.Source.EACH_ROBOT, telemetry.Source.EACH}
"""What they tell, Prometheus gives the namespace that they are in."""
Samples = list[tuple[tuple[str, ...], float]]


class Factory(Collector):
    """Tells all metrics as they are at a moment; before `unwell` all is well."""

    def __init__(self, clock: Callable[[], float] = time.time, unwell: float = 0) -> None:
        self._clock = clock
        self._unwell = unwell

    def collect(self) -> Iterator[Family]:
        now = self._clock()
        well = now < self._unwell
        told = (
            _saved(now)
            | _goals()
            | _runs(now, well=well)
            | _robots(now, well=well)
            | _platform(now)
        )
        assert told.keys() | {telemetry.RECONCILE_SECONDS} == set(telemetry.METRICS)
        for metric, samples in told.items():
            place = {"namespace": _NAMESPACE} if metric.source in _SOMEWHERE else {}
            counter = metric.type is telemetry.Type.COUNTER
            family = (CounterMetricFamily if counter else GaugeMetricFamily)(
                metric.name, metric.meaning, labels=(*place, *metric.labels)
            )
            for labels, value in samples:
                family.add_metric((*place.values(), *labels), value)
            yield family
        yield _histogram(telemetry.RECONCILE_SECONDS.name, "kind", _KINDS, now)
        yield from _temporal(now)


def registry() -> CollectorRegistry:
    """Return what a process of the factory would serve."""
    made = CollectorRegistry(auto_describe=False)
    made.register(Factory())
    return made


def _saved(now: float) -> dict[Metric, Samples]:
    measures = (("gross", 1.0), ("net", 0.96))
    periods = (("year_to_date", _YEAR_SHARE), ("month_to_date", 0.055), ("previous_month", 0.085))
    seconds = [
        ((*job.key, measure), job.hours * HOUR * part) for job in JOBS for measure, part in measures
    ]
    return {
        telemetry.SAVED_SECONDS: [(key, value * 1.9) for key, value in seconds],
        telemetry.PERIOD_SAVED_SECONDS: [
            ((*key, period), value * part) for key, value in seconds for period, part in periods
        ],
        telemetry.MONTH_SAVED_SECONDS: _spread(
            [f"{day:%Y-%m}" for day in _days(now, 24, 30.4)], 1 / 12
        ),
        telemetry.WEEK_SAVED_SECONDS: _spread(
            [f"{day:%G-W%V}" for day in _days(now, 26, 7)], 1 / 52
        ),
    }


def _days(now: float, count: int, apart: float) -> list[date]:
    today = datetime.fromtimestamp(now, UTC).date()
    return [today - timedelta(days=apart * back) for back in reversed(range(count))]


def _spread(spans: list[str], part: float) -> Samples:
    found: dict[tuple[str, ...], float] = {}
    for job in JOBS:
        for at, span in enumerate(dict.fromkeys(spans)):
            seconds = job.hours * HOUR * part * (0.5 + at / len(spans)) * (1 + math.sin(at) / 6)
            for measure, kept in (("gross", 1.0), ("net", 0.96)):
                key = (job.department, measure, span)
                found[key] = found.get(key, 0) + round(seconds * kept)
    return list(found.items())


def _goals() -> dict[Metric, Samples]:
    year = "year_to_date"
    return {
        telemetry.PLANNED_SECONDS: [
            ((*job.key, year), job.target * HOUR * _YEAR_SHARE) for job in JOBS
        ],
        telemetry.REALISED_SECONDS: [
            ((*job.key, year), job.hours * HOUR * 0.6) for job in JOBS[:2]
        ],
        telemetry.AUTOMATION_RATIO: [(job.key, job.automation) for job in JOBS],
        telemetry.AUTOMATION_TARGET_RATIO: [(job.key, 0.85) for job in JOBS[:3]],
        telemetry.ON_TIME_RATIO: [(job.key, 0.9 + job.automation / 20) for job in JOBS],
        telemetry.LEAD_TIME_TARGET: [(job.key, DAY) for job in JOBS],
    }


def _runs(now: float, *, well: bool) -> dict[Metric, Samples]:
    morning = now - now % DAY - DAY + 5 * HOUR
    late = 0 if well else DAY * 2
    outcomes = (("Completed", 11.0), ("Reviewed", 1.2), ("BusinessException", 0.4))
    return {
        telemetry.ITEMS: [
            ((*job.key, outcome), int(now / DAY * job.hours * share / 365))
            for job in JOBS
            for outcome, share in outcomes
        ],
        telemetry.RUNS: [
            ((*job.key, result), int(now / DAY))
            for job in JOBS
            for result in ("Succeeded", "CompletedWithErrors")
        ],
        telemetry.LAST_RUN: [(job.key, morning - late * bool(job.failed)) for job in JOBS],
        telemetry.EXPECTED_RUN: [(job.key, morning) for job in JOBS],
        telemetry.LAST_SUCCESS: [(job.key, morning + 900 - late * job.failed) for job in JOBS],
        telemetry.NEXT_RUN: [(job.key, morning + DAY) for job in JOBS],
        telemetry.FAILED_RUNS: [(job.key, job.failed * _trouble(job, well=well)) for job in JOBS],
        telemetry.SUCCESS_RATIO: [(job.key, 1 - 0.15 * job.failed) for job in JOBS],
        telemetry.VOLUME_DEVIATION: [(job.key, -2500 * _trouble(job, well=well)) for job in JOBS],
        telemetry.OLDEST_OPEN_ITEM: [(job.key, 1800 * job.failed) for job in JOBS],
        telemetry.HUMAN_TASKS_OPEN: [
            ((*job.key, "ekonomi-handlaggare"), int(job.hours / 300)) for job in JOBS[:2]
        ],
        telemetry.JOB_INFO: [((*job.key, job.title, "Production", "ekonomi"), 1) for job in JOBS],
        telemetry.JOB_READY: [
            ((*job.key, "WorkerUnavailable" if job.failed else "Ready"), not job.failed)
            for job in JOBS
        ],
    }


def _trouble(job: Job, *, well: bool) -> bool:
    return bool(job.failed) and not well


def _robots(now: float, *, well: bool) -> dict[Metric, Samples]:
    metrics = (
        telemetry.WORKER_HEALTHY,
        telemetry.WORKER_POLLERS,
        telemetry.WORKER_BACKLOG,
        telemetry.WORKER_BACKLOG_AGE,
    )
    systems = (("ekonomisystem", 1), ("lonesystem", 1), ("fakturaportal", well))
    return {
        **{
            metric: [
                ((_NAMESPACE, worker), (_WELL if well else told)[at])
                for worker, told in _WORKERS.items()
            ]
            for at, metric in enumerate(metrics)
        },
        telemetry.WORKER_LOST: [
            ((_NAMESPACE, worker), int(told[-1] * now / HOUR)) for worker, told in _WORKERS.items()
        ],
        telemetry.TARGET_SYSTEM_HEALTHY: [((name,), up) for name, up in systems],
        telemetry.CREDENTIAL_EXPIRY: [
            (("temporal-client",), now + 9.5 * DAY),
            (("ledger-client",), now + 180 * DAY),
        ],
    }


def _platform(now: float) -> dict[Metric, Samples]:
    return {
        telemetry.LEDGER_UP: [((), 1)],
        telemetry.LEDGER_READER: [((), 1)],
        telemetry.LEDGER_READ: [((), now - 20)],
        telemetry.LEDGER_READ_SECONDS: [((), 0.42)],
        telemetry.TEMPORAL_UP: [((), 1)],
        telemetry.LEADER: [((), 1)],
        telemetry.RECONCILE_ERRORS: [(("WorkerJob", "conflict"), now * 0.02)],
    }


def _temporal(now: float) -> Iterator[Family]:
    """What Temporal's SDK tells, as far as the boards ask for it."""
    queue = ("task_queue", {"rpafabrik-platform": 3.0, "ekonomi": 1.5, "hr": 0.4})
    steps = ("activity_type", {"fetch_payments": 1.2, "list_cash_reports": 0.1})
    asked = ("operation", {"RespondWorkflowTaskCompleted": 4.0, "StartWorkflowExecution": 0.8})
    labels = {
        temporal_sdk.REQUEST_SECONDS: asked,
        temporal_sdk.WORKFLOW_TASK_WAIT: queue,
        temporal_sdk.ACTIVITY_WAIT: queue,
        temporal_sdk.ACTIVITY_SECONDS: steps,
    }
    for name, (label, often) in labels.items():
        yield _histogram(name, label, often, now)
    for name, share in ((temporal_sdk.SLOTS_USED, 4), (temporal_sdk.SLOTS_AVAILABLE, 16)):
        slots = GaugeMetricFamily(name, "", labels=("task_queue", "worker_type"))
        for at, one in enumerate(queue[1]):
            slots.add_metric((one, "ActivityWorker"), share + at + math.sin(now / HOUR + at))
        yield slots
    failed = CounterMetricFamily(temporal_sdk.ACTIVITY_FAILURES, "", labels=("activity_type",))
    failed.add_metric(("fetch_payments",), now * 0.004)
    yield failed
    refused = CounterMetricFamily(
        temporal_sdk.REQUEST_FAILURES, "", labels=("operation", "status_code")
    )
    refused.add_metric(("StartWorkflowExecution", "ALREADY_EXISTS"), now * 0.01)
    yield refused


def _histogram(name: str, label: str, often: Mapping[str, float], now: float) -> Family:
    """A duration of something that happens so many times a second."""
    family = HistogramMetricFamily(name, "", labels=(label,))
    for one, rate in often.items():
        count = round(rate * now)
        shares = (("0.05", 0.6), ("0.1", 0.9), ("0.5", 0.99), ("+Inf", 1.0))
        buckets = [(bound, round(share * count)) for bound, share in shares]
        family.add_metric((one,), buckets, sum_value=count * 0.06)
    return family
