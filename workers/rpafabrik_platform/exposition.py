"""The ledger's figures as Prometheus reads them. Pure: what was read goes in, text comes out.

Sums are kept as fractions and each figure is rounded once, as everywhere. A job's gauges carry the
department that it belongs to now; what was saved carries the one that it was saved for.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

import prometheus_client as prometheus
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from rpafabrik_api import contract, health, telemetry
from rpafabrik_api.telemetry import Measure, Metric, Period
from rpafabrik_platform import benefit
from rpafabrik_platform.ledger.answers import Row
from rpafabrik_platform.ledger.exported import Exported, Spans

_HOUR = 3_600
_PERCENT = 100
_DAYS_A_WEEK = 7

Key = tuple[str, ...]
Samples = dict[Metric, dict[Key, float]]
"""What each metric says, by the values of its labels."""


def text(read: Exported, seconds: float, now: float) -> bytes:
    """The metrics of what was read, which took so many seconds."""
    told = samples(read)
    told[telemetry.LEDGER_READ] = {(): now}
    told[telemetry.LEDGER_READ_SECONDS] = {(): seconds}
    told[telemetry.OLDEST_OPEN_ITEM] = dict(_ages(read, now))
    registry = prometheus.CollectorRegistry(auto_describe=False)
    registry.register(_Told(told))
    return prometheus.generate_latest(registry)


def samples(read: Exported) -> Samples:
    """Every figure that needs no clock."""
    jobs: dict[Key, Key] = {_job(row)[:-1]: _job(row) for row in read.latest}
    told: Samples = {}
    told |= _saved(read)
    told |= _by_department(read)
    told |= _items(read)
    told |= _targets(read, jobs)
    told |= _runs(read, jobs)
    told[telemetry.HUMAN_TASKS_OPEN] = {
        (*jobs[row["namespace"], row["job"]], row["group_name"]): row["open"] for row in read.tasks
    }
    return told


def _job(row: Row) -> Key:
    return row["namespace"], row["job"], row["department"]


class _Sum:
    """Time saved, exact."""

    def __init__(self) -> None:
        self.gross = Fraction()
        self.person_seconds = 0

    def add(self, row: Row) -> None:
        """Count what rests on one baseline, or on none."""
        self.person_seconds += row["person_seconds"] or 0
        if row["manual_seconds"] is not None and row["units"]:
            self.gross += Fraction(row["units"] * row["manual_seconds"], row["per"])

    def measures(self) -> Iterator[tuple[str, int]]:
        """Gross and net, as `benefit.saved` rounds them."""
        gross = benefit.half_up(self.gross)
        yield Measure.GROSS, gross
        yield Measure.NET, gross - self.person_seconds


def _measured(sums: Mapping[Key, _Sum]) -> dict[Key, float]:
    return {
        (*key, measure): seconds for key, one in sums.items() for measure, seconds in one.measures()
    }


def _saved(read: Exported) -> Samples:
    ever: defaultdict[Key, _Sum] = defaultdict(_Sum)
    spans: defaultdict[Key, _Sum] = defaultdict(_Sum)
    for row in read.work:
        job = _job(row)
        ever[job].add(row)
        for period in telemetry.SO_FAR:
            # A job that has ever saved something has its figure in every period, if only 0.
            span = spans[(*job, period)]
            if _within(read.spans, period, row["since"]):
                span.add(row)
    return {
        telemetry.SAVED_SECONDS: _measured(ever),
        telemetry.PERIOD_SAVED_SECONDS: {
            (*job, measure, period): seconds
            for (*job, period, measure), seconds in _measured(spans).items()
        },
    }


def _within(spans: Spans, period: Period, since: date | str | None) -> bool:
    """Whether what counts since a span's beginning is in the period."""
    if since is None:
        return False
    day = date.fromisoformat(since) if isinstance(since, str) else since
    first, last = spans.of(period)
    return first <= day <= last


def _by_department(read: Exported) -> Samples:
    told: Samples = {}
    for metric, rows, name in (
        (telemetry.MONTH_SAVED_SECONDS, read.months, str),
        (telemetry.WEEK_SAVED_SECONDS, read.weeks, _week),
    ):
        sums: defaultdict[Key, _Sum] = defaultdict(_Sum)
        for row in rows:
            sums[row["department"], name(row["part"])].add(row)
        told[metric] = {
            (department, measure, part): seconds
            for (department, part, measure), seconds in _measured(sums).items()
        }
    return told


def _week(number: int) -> str:
    """The week by ISO 8601, of its number since the first Monday of all."""
    year, week, _ = date.fromordinal(int(number) * _DAYS_A_WEEK + 1).isocalendar()
    return f"{year}-W{week:02}"


def _items(read: Exported) -> Samples:
    outcomes: defaultdict[Key, float] = defaultdict(float)
    for row in read.work:
        if row["outcome"] is not None:
            outcomes[(*_job(row), row["outcome"])] += row["items"] + row["superseded"]
    for row in read.results:
        outcomes[(*_job(row), contract.Outcome.SKIPPED)] += row["skipped"]
        for outcome in contract.Outcome:
            outcomes[(*_job(row), outcome)] += 0  # so that the first of its kind is an increase
    return {telemetry.ITEMS: dict(outcomes)}


def _targets(read: Exported, jobs: Mapping[Key, Key]) -> Samples:
    """Automation rate and lead time of the year, and what was hoped for."""
    completed: defaultdict[Key, int] = defaultdict(int)
    eligible: defaultdict[Key, int] = defaultdict(int)
    aimed: defaultdict[Key, int] = defaultdict(int)
    on_time: defaultdict[Key, int] = defaultdict(int)
    for row in read.work:
        if not _within(read.spans, Period.YEAR_TO_DATE, row["since"]):
            continue
        job = jobs.get((row["namespace"], row["job"]), _job(row))
        aimed[job] += row["with_target"]
        on_time[job] += row["within_target"]
        if row["outcome"] in benefit.ELIGIBLE_OUTCOMES:
            eligible[job] += row["items"]
        if row["outcome"] == contract.Outcome.COMPLETED:
            completed[job] += row["items"]
    return {
        telemetry.AUTOMATION_RATIO: _ratios(completed, eligible),
        telemetry.ON_TIME_RATIO: _ratios(on_time, aimed),
        telemetry.AUTOMATION_TARGET_RATIO: {
            _job(row): row["automation_target_percent"] / _PERCENT
            for row in read.latest
            if row["automation_target_percent"] is not None
        },
        telemetry.LEAD_TIME_TARGET: {
            _job(row): row["lead_target_seconds"]
            for row in read.latest
            if row["lead_target_seconds"] is not None
        },
        telemetry.PLANNED_SECONDS: {
            key: benefit.half_up(seconds) for key, seconds in _planned(read).items()
        },
        telemetry.REALISED_SECONDS: {
            (*_job(row), period): row["seconds"]
            for period in telemetry.SO_FAR
            for row in read.realised[period]
        },
    }


def _planned(read: Exported) -> dict[Key, Fraction]:
    planned: defaultdict[Key, Fraction] = defaultdict(Fraction)
    for period, rows in read.planned.items():
        for row in rows:
            planned[(*_job(row), period)] += Fraction(
                row["hours_per_year"] * row["days"] * _HOUR, row["days_in_year"]
            )
    return planned


def _ratios(part: Mapping[Key, int], whole: Mapping[Key, int]) -> dict[Key, float]:
    return {key: part[key] / count for key, count in whole.items() if count}


def _runs(read: Exported, jobs: Mapping[Key, Key]) -> Samples:
    return {
        telemetry.RUNS: dict(_results(read.results)),
        telemetry.LAST_RUN: {_job(row): row["started_at"].timestamp() for row in read.latest},
        telemetry.LAST_SUCCESS: {
            jobs[row["namespace"], row["job"]]: row["finished_at"].timestamp()
            for row in read.successes
            if row["finished_at"] is not None
        },
        telemetry.FAILED_RUNS: {
            jobs[row["namespace"], row["job"]]: row["failed"] for row in read.successes
        },
        telemetry.SUCCESS_RATIO: {
            jobs[row["namespace"], row["job"]]: row["succeeded"]
            / (row["succeeded"] + row["failed"])
            for row in read.recent
            if row["succeeded"] + row["failed"] >= health.LEAST_RUNS
        },
        telemetry.VOLUME_DEVIATION: {
            jobs[row["namespace"], row["job"]]: _deviation(row)
            for row in read.volumes
            if (row["expected_min"], row["expected_max"]) != (None, None)
        },
    }


def _results(rows: Iterable[Row]) -> Iterator[tuple[Key, float]]:
    counted = {(*_job(row), row["result"]): float(row["runs"]) for row in rows}
    for job in {key[:-1] for key in counted}:
        for result in contract.RunResult:
            yield (*job, result), counted.get((*job, result), 0.0)


def _deviation(row: Row) -> int:
    listed: int = row["listed"]
    least, most = row["expected_min"], row["expected_max"]
    if least is not None and listed < least:
        return listed - int(least)
    return max(0, listed - int(most)) if most is not None else 0


def _ages(read: Exported, now: float) -> Iterator[tuple[Key, float]]:
    oldest = {_job(row): 0.0 for row in read.latest}
    jobs = {key[:-1]: key for key in oldest}
    for row in read.opened:
        if (job := jobs.get((row["namespace"], row["job"]))) is not None:
            oldest[job] = max(oldest[job], now - row["since"].timestamp())
    yield from oldest.items()


class _Told(Collector):
    """What is told, as families of Prometheus."""

    def __init__(self, told: Samples) -> None:
        self._told = told

    def collect(self) -> Iterator[Family]:
        """Each metric with its samples."""
        for metric, found in self._told.items():
            family = _family(metric)
            for labels, value in found.items():
                family.add_metric(labels, value)
            yield family


def _family(metric: Metric) -> Any:
    kind = CounterMetricFamily if metric.type is telemetry.Type.COUNTER else GaugeMetricFamily
    return kind(metric.name, metric.meaning, labels=metric.labels)
