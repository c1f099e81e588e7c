"""What the ledger is asked: each figure a COUNT or SUM over its rows, as one SQL statement.

One statement sees one state of the database, so a figure never mixes before and after. `work` reads
every row, as a report does that shows its SQL; `tallied_work` gives the same and reads the tallies
of the runs that are closed, for what is asked again and again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from rpafabrik_api import contract
from rpafabrik_platform import benefit
from rpafabrik_platform.ledger import portable, redone, schema
from rpafabrik_platform.ledger.scope import Scope

_items, _requeues, _runs = schema.items.c, schema.requeues.c, schema.runs.c
_baselines, _tallies = schema.baselines.c, schema.tallies.c


def total(column: sa.ColumnElement[int]) -> sa.Cast[int]:
    """The sum, a whole number in PostgreSQL too, which makes a numeric of it."""
    return sa.cast(sa.func.sum(column), sa.BigInteger)


COUNTED = ("units", "person_seconds")
"""What a report needs of what counts."""
TALLIED = ("items", "superseded", *COUNTED, "with_target", "within_target")
"""What tallies hold; see `schema.tallies`."""


def work(scope: Scope) -> sa.CTE:
    """What counts, by run, day, outcome and baseline: units of the baseline and person seconds.

    The baseline is null where only people worked, the outcome where a run counts.
    """
    branches = (_items_that_count, _superseded, _units, _runs_that_count, _periods)
    return sa.union_all(*(branch(scope, COUNTED) for branch in branches)).cte("work")


def tallied_work(scope: Scope) -> sa.CTE:
    """`work` and whatever else tallies hold, read from those of the runs that are closed."""
    open_runs = replace(scope, open_runs=True)
    return sa.union_all(
        _tallied(scope),
        _items_that_count(open_runs, TALLIED),
        _superseded(open_runs, TALLIED),
        _runs_that_count(scope, TALLIED),
        _periods(scope, TALLIED),
    ).cte("work")


def tallies(run_id: sa.BindParameter[str]) -> sa.Select[Any]:
    """What the tallies of a run must be: its items, what was superseded, and its units."""
    branches = (_items_that_count, _superseded, _units)
    scope = Scope(run_id=run_id)
    found = sa.union_all(*(branch(scope, TALLIED) for branch in branches)).subquery()
    by = found.c.run_id, found.c.day, found.c.outcome, sa.func.coalesce(found.c.baseline, 0)
    return sa.select(*by, *(total(found.c[name]) for name in TALLIED)).group_by(*by)


def savings(scope: Scope) -> sa.Select[Any]:
    """Baseline (`manual_seconds`, `per`; null for what saves nothing), units, person seconds."""
    counted = tallied_work(scope)
    baseline = _baselines.manual_seconds, _baselines.per
    return (
        sa.select(
            *baseline,
            total(counted.c.units).label("units"),
            total(counted.c.person_seconds).label("person_seconds"),
        )
        .select_from(counted.outerjoin(schema.baselines, counted.c.baseline == _baselines.id))
        .group_by(*baseline)
    )


def outcomes(run_id: str) -> sa.CompoundSelect[str, int]:
    """Items of the run by outcome; the skipped ones, which have no row of their own, included."""
    skipped = sa.select(sa.literal(contract.Outcome.SKIPPED.value), _runs.skipped).where(
        _runs.run_id == run_id
    )
    # A run is a trial or it is not; and what was re-queued since has ended in it all the same.
    written = (
        sa.select(table.c.outcome, sa.func.count())
        .where(table.c.run_id == run_id)
        .group_by(table.c.outcome)
        for table in (schema.items, schema.requeues, schema.trial_items)
    )
    return sa.union_all(*written, skipped)


def _tallied(scope: Scope) -> sa.Select[Any]:
    return sa.select(
        _tallies.run_id,
        _tallies.day,
        _tallies.outcome,
        sa.func.nullif(_tallies.baseline, 0).label("baseline"),
        *(_tallies[name] for name in TALLIED),
    ).where(*scope.of_tallies(_tallies), *scope.of_days(_tallies.day))


def _measures(
    wanted: Sequence[str], given: Mapping[str, sa.ColumnElement[int]]
) -> Iterator[sa.Label[int]]:
    """The columns of a branch in the order of all; 0 where it has nothing to say."""
    for name in wanted:
        yield given.get(name, sa.literal(0)).label(name)


def _items_that_count(scope: Scope, wanted: Sequence[str]) -> sa.Select[Any]:
    """Items by outcome; per item, what counts; and what people spent on items of every kind."""
    by = _items.run_id, _items.completed_on.label("day"), _items.outcome, _items.baseline
    counts = sa.and_(_items.baseline.is_not(None), _items.unit.is_(None))
    given = {
        "items": sa.func.count(),
        "units": total(sa.case((counts, 1), else_=0)),
        "person_seconds": total(_items.person_seconds),
    }
    source: sa.FromClause = schema.items
    if "with_target" in wanted:
        source = source.join(schema.runs, _items.run_id == _runs.run_id)
        given |= _lead_times()
    return (
        sa.select(*by, *_measures(wanted, given))
        .select_from(source)
        .where(*scope.of_items(_items), *scope.of_days(_items.completed_on))
        .group_by(*by)
    )


def _lead_times() -> dict[str, sa.ColumnElement[int]]:
    """Of the items that a lead time is known of, and a target."""
    seconds = portable.seconds_between(_items.arrived_at, _items.completed_at)
    target = _runs.lead_target_seconds
    eligible = _items.outcome.in_([outcome.value for outcome in benefit.ELIGIBLE_OUTCOMES])
    known = sa.and_(eligible, _items.arrived_at.is_not(None), target.is_not(None))
    kept = sa.and_(eligible, seconds <= target)
    return {
        "with_target": total(sa.case((known, 1), else_=0)),
        "within_target": total(sa.case((kept, 1), else_=0)),
    }


def _superseded(scope: Scope, wanted: Sequence[str]) -> sa.Select[Any]:
    """What people spent on endings that a re-queue superseded: it was spent all the same."""
    by = _requeues.run_id, _requeues.completed_on.label("day"), _requeues.outcome
    given = {"superseded": sa.func.count(), "person_seconds": total(_requeues.person_seconds)}
    return (
        sa.select(*by, sa.null().label("baseline"), *_measures(wanted, given))
        .where(*scope.of_items(_requeues), *scope.of_days(_requeues.completed_on))
        .group_by(*by)
    )


def _units(scope: Scope, wanted: Sequence[str]) -> sa.Select[Any]:
    """Per unit: once in a successful run, on the day and by the baseline of its last item."""
    found = redone.units(scope, successful(_runs)).subquery("found").c
    # After the time, whatever else changes the figure: the first is the same in every database.
    order = found.completed_at.desc(), found.baseline, found.outcome
    rank = sa.func.row_number().over(partition_by=(found.run_id, found.unit), order_by=order)
    day = found.completed_on.label("day")
    ranked = sa.select(
        found.run_id, day, found.outcome, found.baseline, rank.label("rank")
    ).subquery("units")
    counted = ranked.c.run_id, ranked.c.day, ranked.c.outcome, ranked.c.baseline
    return (
        sa.select(*counted, *_measures(wanted, {"units": sa.func.count()}))
        .join_from(ranked, schema.runs, ranked.c.run_id == _runs.run_id)
        .where(ranked.c.rank == 1, successful(_runs), *scope.of_days(ranked.c.day))
        .group_by(*counted)
    )


def _runs_that_count(scope: Scope, wanted: Sequence[str]) -> sa.Select[Any]:
    """Per run: a run has its claim only if it counts."""
    return sa.select(
        _runs.run_id,
        _runs.completed_on.label("day"),
        sa.null().label("outcome"),
        _runs.baseline,
        *_measures(wanted, {"units": sa.literal(1)}),
    ).where(
        *_counting(_runs),
        _runs.period.is_(None),
        *scope.of_runs(_runs),
        *scope.of_days(_runs.completed_on),
    )


def _periods(scope: Scope, wanted: Sequence[str]) -> sa.Select[Any]:
    """Per period: its first successful run counts, whether or not that one is asked for."""
    order = _runs.finished_at, _runs.run_id
    rank = sa.func.row_number().over(partition_by=(_runs.job_uid, _runs.period), order_by=order)
    asked = schema.runs.alias("asked")
    jobs = sa.select(asked.c.job_uid).where(*scope.of_runs(asked.c))
    ranked = (
        sa.select(schema.runs, rank.label("rank"))
        .where(*_counting(_runs), _runs.period.is_not(None), _runs.job_uid.in_(jobs))
        .subquery("periods")
    )
    return sa.select(
        ranked.c.run_id,
        ranked.c.completed_on.label("day"),
        sa.null().label("outcome"),
        ranked.c.baseline,
        *_measures(wanted, {"units": sa.literal(1)}),
    ).where(ranked.c.rank == 1, *scope.of_runs(ranked.c), *scope.of_days(ranked.c.completed_on))


def successful(runs: Any) -> sa.ColumnElement[bool]:
    """Whether a run has done its work."""
    successful = [result.value for result in contract.RunResult if result.successful]
    condition: sa.ColumnElement[bool] = runs.result.in_(successful)
    return condition


def judged(runs: Any) -> sa.ColumnElement[bool]:
    """Whether a run tells how its job does: one that was cancelled says nothing of it."""
    failed: sa.ColumnElement[bool] = runs.result == contract.RunResult.FAILED.value
    return sa.or_(successful(runs), failed)


def real(runs: Any) -> sa.ColumnElement[bool]:
    """Whether a run is no trial."""
    trials = [purpose.value for purpose in contract.Purpose if purpose.trial]
    condition: sa.ColumnElement[bool] = runs.purpose.not_in(trials)
    return condition


def _counting(runs: Any) -> Iterator[sa.ColumnElement[bool]]:
    """What a run's claim rests on; the claim says it too, and whoever reads the SQL sees it."""
    yield runs.baseline.is_not(None)
    yield successful(runs)
    yield real(runs)
