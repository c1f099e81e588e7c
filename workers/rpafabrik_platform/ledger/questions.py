"""What a report asks of the ledger: one statement per kind of figure, by department, job, month.

Each statement gives the figure itself in its last columns, rounded as a report shows it, so that
whoever runs it in psql or sqlite3 sees what the report says. The report reckons with the columns
before, which are whole numbers.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from rpafabrik_api import contract
from rpafabrik_platform import benefit
from rpafabrik_platform.ledger import figures, lead_times, lines, plans, portable, schema
from rpafabrik_platform.ledger.figures import total

Statement = sa.Select[Any] | sa.CompoundSelect[Any]

_items, _runs = schema.items.c, schema.runs.c


def statements(question: lines.Question) -> Mapping[str, Statement]:
    """The statements of a report, by what they tell."""
    told: dict[str, Statement] = {
        "saved": _saved(question),
        "items": _outcomes(question),
        "runs": _runs_by_result(question),
        "lead_time": lead_times.lead_times(question),
        "planned": plans.planned(question),
        "realised": plans.realised(question),
    }
    if lines.Dimension.JOB in question.by:
        told["titles"] = _titles(question)
    return told


def _saved(question: lines.Question) -> sa.Select[Any]:
    """Gross and net, by the baselines that they rest on."""
    work, baselines = figures.work(question.scope), schema.baselines.c
    by = lines.by(question, _runs, portable.month_of(work.c.day))
    rests_on = (
        baselines.basis,
        baselines.period,
        baselines.valid_from,
        baselines.source,
        baselines.approved_by,
        baselines.manual_seconds,
        baselines.per,
    )
    units, person_seconds = total(work.c.units), total(work.c.person_seconds)
    seconds = sa.func.coalesce(1.0 * units * baselines.manual_seconds / baselines.per, 0)
    return (
        sa.select(
            *by,
            *rests_on,
            units.label("units"),
            person_seconds.label("person_seconds"),
            lines.hours(lines.in_all(seconds, by)).label("gross_hours"),
            lines.hours(lines.in_all(seconds - person_seconds, by)).label("net_hours"),
        )
        .select_from(
            work.join(schema.runs, work.c.run_id == _runs.run_id).outerjoin(
                schema.baselines, work.c.baseline == baselines.id
            )
        )
        .group_by(*by, *rests_on)
    )


def _outcomes(question: lines.Question) -> sa.Select[Any]:
    """Items by outcome, and of those that the robot had its try at, how many needed nobody."""
    scope = question.scope
    tally = (
        sa.select(
            _items.run_id,
            _items.completed_on.label("day"),
            _items.outcome,
            sa.func.count().label("items"),
        )
        .where(*scope.of_items(_items), *scope.of_days(_items.completed_on))
        .group_by(_items.run_id, _items.completed_on, _items.outcome)
        .cte("tally")
    )
    by = lines.by(question, _runs, portable.month_of(tally.c.day))
    counts = {
        _snake(outcome): _items_of(tally, tally.c.outcome == outcome.value)
        for outcome in contract.Outcome
        if outcome is not contract.Outcome.SKIPPED
    }
    is_eligible = tally.c.outcome.in_([outcome.value for outcome in benefit.ELIGIBLE_OUTCOMES])
    eligible = _items_of(tally, is_eligible)
    target = _runs.automation_target_percent
    aimed = sa.and_(is_eligible, target.is_not(None))
    rate = sa.func.round(
        lines.numeric(100.0 * counts["completed"] / sa.func.nullif(eligible, 0)), 1
    )
    return (
        sa.select(
            *by,
            *(count.label(name) for name, count in counts.items()),
            eligible.label("eligible"),
            _items_of(tally, aimed).label("with_target"),
            total(sa.case((aimed, tally.c["items"] * target), else_=0)).label("target_points"),
            rate.label("automation_rate_percent"),
        )
        .select_from(tally.join(schema.runs, tally.c.run_id == _runs.run_id))
        .group_by(*by)
    )


def _runs_by_result(question: lines.Question) -> sa.Select[Any]:
    """Runs that have ended, and the items that they skipped."""
    scope = question.scope
    by = lines.by(question, _runs, portable.month_of(_runs.completed_on))
    return (
        sa.select(
            *by,
            sa.func.count().label("runs"),
            total(sa.case((figures.successful(_runs), 1), else_=0)).label("successful_runs"),
            total(_runs.skipped).label("skipped"),
        )
        .where(
            _runs.completed_on.is_not(None),
            figures.real(_runs),
            *scope.of_runs(_runs),
            *scope.of_days(_runs.completed_on),
        )
        .group_by(*by)
    )


def _titles(question: lines.Question) -> sa.Select[Any]:
    """What each job is called: by its latest run."""
    rank = sa.func.row_number().over(
        partition_by=(_runs.namespace, _runs.job), order_by=_runs.started_at.desc()
    )
    latest = (
        sa.select(_runs.namespace, _runs.job, _runs.title, rank.label("place"))
        .where(*question.scope.of_runs(_runs))
        .subquery("latest")
        .c
    )
    return sa.select(latest.namespace, latest.job, latest.title).where(latest.place == 1)


def _items_of(tally: sa.CTE, condition: sa.ColumnElement[bool]) -> sa.Cast[int]:
    return total(sa.case((condition, tally.c["items"]), else_=0))


def _snake(outcome: contract.Outcome) -> str:
    return outcome.name.lower()
