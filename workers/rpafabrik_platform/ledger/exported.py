"""What Prometheus is told of the ledger: statements on a given connection, all of one moment.

They read tallies and runs, not items, so they cost the same however large a run was.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from rpafabrik_api import contract, health, telemetry
from rpafabrik_platform.ledger import figures, lines, plans, portable, schema
from rpafabrik_platform.ledger.answers import Row
from rpafabrik_platform.ledger.figures import total
from rpafabrik_platform.ledger.scope import Scope

MONTHS, WEEKS = 24, 26
_DAYS_A_WEEK = 7

_runs, _baselines = schema.runs.c, schema.baselines.c
_requeues, _payloads, _items = schema.requeues.c, schema.payloads.c, schema.items.c
_BY_JOB = _runs.namespace, _runs.job, _runs.department
_BASELINE = _baselines.manual_seconds, _baselines.per


@dataclass(frozen=True, slots=True)
class Spans:
    """The spans of days that figures are given for."""

    today: date

    @property
    def month(self) -> date:
        """Where the month begins."""
        return self.today.replace(day=1)

    @property
    def previous_month(self) -> date:
        """Where the month before begins."""
        return (self.month - timedelta(days=1)).replace(day=1)

    @property
    def year(self) -> date:
        """Where the year begins."""
        return self.today.replace(month=1, day=1)

    @property
    def first_month(self) -> date:
        """Where the months begin that have a figure each."""
        months = self.today.year * 12 + self.today.month - MONTHS
        return date(months // 12, months % 12 + 1, 1)

    @property
    def first_week(self) -> date:
        """Where the weeks begin that have a figure each."""
        monday = self.today - timedelta(days=self.today.weekday())
        return monday - timedelta(days=_DAYS_A_WEEK * (WEEKS - 1))

    def of(self, period: telemetry.Period) -> tuple[date, date]:
        """First and last day of a period."""
        match period:
            case telemetry.Period.MONTH_TO_DATE:
                return self.month, self.today
            case telemetry.Period.PREVIOUS_MONTH:
                return self.previous_month, self.month - timedelta(days=1)
            case telemetry.Period.YEAR_TO_DATE:
                return self.year, self.today
            case telemetry.Period.YEAR:
                return self.year, self.today.replace(month=12, day=31)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was read."""

    spans: Spans
    work: Sequence[Row]
    """What counts, by job, outcome, baseline and `since`: the latest of the spans' beginnings."""
    months: Sequence[Row]
    weeks: Sequence[Row]
    """What counts, by department, month or week, and baseline."""
    planned: dict[telemetry.Period, Sequence[Row]]
    realised: dict[telemetry.Period, Sequence[Row]]
    results: Sequence[Row]
    """Runs that have ended, by job and result."""
    latest: Sequence[Row]
    """Each job's last run."""
    volumes: Sequence[Row]
    """Each job's last run that listed its items to the end."""
    successes: Sequence[Row]
    """When each job last succeeded, and how many runs have failed since."""
    recent: Sequence[Row]
    """Of each job's last runs, how many succeeded and how many failed."""
    opened: Sequence[Row]
    """Since when each job's oldest item is open."""
    tasks: Sequence[Row]
    """How many tasks wait for people, by job and group."""


def read(connection: sa.Connection, today: date) -> Exported:
    """Ask for everything."""

    def rows(statement: sa.Select[Any] | sa.CompoundSelect[Any]) -> Sequence[Row]:
        return [dict(row) for row in connection.execute(statement).mappings()]

    spans = Spans(today)
    return Exported(
        spans=spans,
        work=rows(_work(spans)),
        months=rows(_by_department(spans.first_month, portable.month_of)),
        weeks=rows(_by_department(spans.first_week, _week_of)),
        planned={
            period: rows(plans.planned(_question(*spans.of(period)))) for period in telemetry.Period
        },
        realised={
            period: rows(plans.realised(_question(*spans.of(period))))
            for period in telemetry.Period
        },
        results=rows(_results()),
        latest=rows(_last(sa.true())),
        volumes=rows(_last(_runs.listed.is_not(None))),
        successes=rows(_successes()),
        recent=rows(_recent()),
        opened=rows(sa.union_all(_in_work(), _waiting())),
        tasks=rows(_tasks()),
    )


def _work(spans: Spans) -> sa.Select[Any]:
    counted = figures.tallied_work(Scope())
    begins = sorted({spans.year, spans.month, spans.previous_month}, reverse=True)
    since = sa.case(*((counted.c.day >= day, sa.literal(day, sa.Date)) for day in begins))
    by = *_BY_JOB, counted.c.outcome, *_BASELINE, since.label("since")
    return (
        sa.select(*by, *(total(counted.c[name]).label(name) for name in figures.TALLIED))
        .select_from(_whole(counted))
        .group_by(*_BY_JOB, counted.c.outcome, *_BASELINE, sa.literal_column("since"))
    )


def _by_department(
    first: date, part_of: Callable[[sa.ColumnElement[date]], sa.ColumnElement[Any]]
) -> sa.Select[Any]:
    counted = figures.tallied_work(Scope(first=first))
    by = _runs.department, part_of(counted.c.day).label("part"), *_BASELINE
    return (
        sa.select(*by, *(total(counted.c[name]).label(name) for name in figures.COUNTED))
        .select_from(_whole(counted))
        .group_by(_runs.department, sa.literal_column("part"), *_BASELINE)
    )


def _week_of(day: sa.ColumnElement[date]) -> sa.ColumnElement[int]:
    """The number of its week since the first Monday of all."""
    return (portable.day_number(day) - 1) // _DAYS_A_WEEK


def _whole(counted: sa.CTE) -> sa.FromClause:
    """What counts, with the run that it is of and the baseline that it rests on."""
    return counted.join(schema.runs, counted.c.run_id == _runs.run_id).outerjoin(
        schema.baselines, counted.c.baseline == _baselines.id
    )


def _question(first: date, last: date) -> lines.Question:
    by = lines.Dimension.DEPARTMENT, lines.Dimension.JOB
    scope = Scope(first=first, last=last)
    return lines.Question(by=by, scope=scope, first=first, last=last)


def _results() -> sa.Select[Any]:
    return (
        sa.select(
            *_BY_JOB,
            _runs.result,
            sa.func.count().label("runs"),
            total(_runs.skipped).label("skipped"),
        )
        .where(_runs.finished_at.is_not(None), figures.real(_runs))
        .group_by(*_BY_JOB, _runs.result)
    )


def _last(condition: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """The last run of each job of those that there are."""
    place = sa.func.row_number().over(
        partition_by=(_runs.namespace, _runs.job), order_by=_runs.started_at.desc()
    )
    wanted = (
        sa.select(schema.runs, place.label("place"))
        .where(figures.real(_runs), condition)
        .subquery("last")
    )
    return sa.select(wanted).where(wanted.c.place == 1)


def _successes() -> sa.Select[Any]:
    """Jobs that never succeeded have a null, and all their failures."""
    success = sa.case((figures.successful(_runs), _runs.finished_at))
    last = (
        sa.select(_runs.namespace, _runs.job, sa.func.max(success).label("finished_at"))
        .where(figures.real(_runs))
        .group_by(_runs.namespace, _runs.job)
        .subquery("last")
    )
    since = sa.or_(last.c.finished_at.is_(None), _runs.finished_at > last.c.finished_at)
    failed = sa.and_(since, _runs.result == contract.RunResult.FAILED.value)
    same = sa.and_(_runs.namespace == last.c.namespace, _runs.job == last.c.job)
    keys = last.c.namespace, last.c.job, last.c.finished_at
    return (
        sa.select(*keys, total(sa.case((failed, 1), else_=0)).label("failed"))
        .select_from(last.join(schema.runs, sa.and_(same, figures.real(_runs))))
        .group_by(*keys)
    )


def _recent() -> sa.Select[Any]:
    place = sa.func.row_number().over(
        partition_by=(_runs.namespace, _runs.job),
        order_by=(_runs.finished_at.desc(), _runs.run_id),
    )
    last = (
        sa.select(
            _runs.namespace,
            _runs.job,
            sa.case((figures.successful(_runs), 1), else_=0).label("succeeded"),
            place.label("place"),
        )
        .where(figures.real(_runs), figures.judged(_runs))
        .subquery("last")
        .c
    )
    return (
        sa.select(
            last.namespace,
            last.job,
            total(last.succeeded).label("succeeded"),
            total(1 - last.succeeded).label("failed"),
        )
        .where(last.place <= health.RECENT_RUNS)
        .group_by(last.namespace, last.job)
    )


def _in_work() -> sa.Select[Any]:
    """The runs under way. One that was terminated never closes; a later one that did tells so."""
    later = schema.runs.alias("later")
    passed = sa.exists().where(
        later.c.namespace == _runs.namespace,
        later.c.job == _runs.job,
        later.c.started_at > _runs.started_at,
        later.c.finished_at.is_not(None),
    )
    return (
        sa.select(_runs.namespace, _runs.job, sa.func.min(_runs.started_at).label("since"))
        .where(_runs.finished_at.is_(None), figures.real(_runs), ~passed)
        .group_by(_runs.namespace, _runs.job)
    )


def _waiting() -> sa.Select[Any]:
    """What was re-queued and is not done."""
    mine = sa.and_(
        _payloads.job_uid == _requeues.job_uid, _payloads.reference == _requeues.reference
    )
    done = sa.exists().where(
        _items.job_uid == _requeues.job_uid, _items.reference == _requeues.reference
    )
    # Whoever re-queued it last opened it: before, it had ended.
    opened = (
        sa.select(_runs.namespace, _runs.job, sa.func.max(_requeues.requeued_at).label("at"))
        .select_from(
            schema.requeues.join(schema.payloads, mine).join(
                schema.runs, _requeues.run_id == _runs.run_id
            )
        )
        .where(_payloads.payload.is_not(None), ~done)
        .group_by(_runs.namespace, _runs.job, _requeues.job_uid, _requeues.reference)
        .subquery("opened")
        .c
    )
    by = opened.namespace, opened.job
    return sa.select(*by, sa.func.min(opened.at).label("since")).group_by(*by)


def _tasks() -> sa.Select[Any]:
    tasks = schema.human_tasks.c
    by = _runs.namespace, _runs.job, tasks.group_name
    return (
        sa.select(*by, sa.func.count().label("open"))
        .select_from(schema.human_tasks.join(schema.runs, tasks.run_id == _runs.run_id))
        .where(tasks.closed_at.is_(None), figures.real(_runs))
        .group_by(*by)
    )
