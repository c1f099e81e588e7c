"""Units of which items were re-queued: in which run they count. Statements, as `figures` has them.

A re-queued item belongs to the run that it ended in first, its origin. What an origin had of a unit
counts once, however many runs it took: in the origin itself if anything counts there, else in the
run that did some of it again and was the first to end.
"""

from typing import Any

import sqlalchemy as sa

from rpafabrik_platform.ledger import schema
from rpafabrik_platform.ledger.scope import Scope

_items, _requeues, _runs = schema.items.c, schema.requeues.c, schema.runs.c
_was_requeued = sa.and_(
    _requeues.job_uid == _items.job_uid, _requeues.reference == _items.reference
)


def units(scope: Scope, successful: sa.ColumnElement[bool]) -> sa.CompoundSelect[Any]:
    """The last items of each unit and day that count in their run, if it is successful."""
    again = _again(*scope.of_items(_items)).cte("again")
    at_once = _at_once(*scope.of_items(_items)).subquery("at_once")
    # As a set to be found in: SQLite would join the two row by row.
    place = sa.tuple_(again.c.origin, again.c.unit, again.c.run_id)
    counts = place.in_(_counting(again, successful))
    # The last of each day first: what is left to be put in order is one row per unit.
    return sa.union_all(_last(at_once.c), _last(again.c).where(counts))


def sharing(run_id: str) -> sa.Select[str]:
    """The runs that did again what the run had of a unit, or what was its origin's as well."""
    origins = sa.union(
        sa.select(sa.literal(run_id)),
        sa.select(_requeues.run_id)
        .join_from(schema.items, schema.requeues, _was_requeued)
        .where(_items.run_id == run_id, _items.unit.is_not(None)),
    )
    return (
        sa.select(_items.run_id)
        .join_from(schema.requeues, schema.items, _was_requeued)
        .where(_items.unit.is_not(None), _requeues.run_id.in_(origins))
        .distinct()
    )


def _at_once(*which: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Items of units that were never re-queued."""
    return sa.select(schema.items).where(
        _items.unit.is_not(None), ~sa.exists().where(_was_requeued), *which
    )


def _again(*which: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Items of units that were re-queued, with their origins."""
    earlier = schema.requeues.alias("earlier").c
    is_first = ~sa.exists().where(
        earlier.job_uid == _requeues.job_uid,
        earlier.reference == _requeues.reference,
        sa.tuple_(earlier.completed_at, earlier.requeued_at, earlier.run_id)
        < sa.tuple_(_requeues.completed_at, _requeues.requeued_at, _requeues.run_id),
    )
    return (
        sa.select(schema.items, _requeues.run_id.label("origin"))
        .join_from(schema.items, schema.requeues, _was_requeued)
        .where(_items.unit.is_not(None), is_first, *which)
    )


def _counting(again: sa.CTE, successful: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Origin, unit, and the run that the two count in."""
    origins = sa.select(again.c.origin)
    there = _at_once(_items.run_id.in_(origins)).subquery("there").c
    later = _again(_requeues.run_id.in_(origins)).subquery("later").c
    had = sa.union(
        sa.select(there.run_id.label("origin"), there.unit, there.run_id),
        sa.select(later.origin, later.unit, later.run_id),
    ).subquery("had")
    order = sa.case((had.c.run_id == had.c.origin, 0), else_=1), _runs.finished_at, _runs.run_id
    place = sa.func.row_number().over(partition_by=(had.c.origin, had.c.unit), order_by=order)
    ranked = (
        sa.select(had, place.label("place"))
        .join_from(had, schema.runs, had.c.run_id == _runs.run_id)
        .where(successful)
        .subquery("ranked")
    )
    return sa.select(ranked.c.origin, ranked.c.unit, ranked.c.run_id).where(ranked.c.place == 1)


def _last(found: Any) -> sa.Select[Any]:
    """When the last of the items of a unit ended, by day, outcome and baseline."""
    by = found.run_id, found.unit, found.completed_on, found.outcome, found.baseline
    return sa.select(*by, sa.func.max(found.completed_at).label("completed_at")).group_by(*by)
