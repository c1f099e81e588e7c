"""How long items took from arrival to outcome: a statement of a report."""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from rpafabrik_platform import benefit
from rpafabrik_platform.ledger import lines, portable, schema
from rpafabrik_platform.ledger.figures import total

_items, _runs = schema.items.c, schema.runs.c


def lead_times(question: lines.Question) -> sa.CompoundSelect[Any]:
    """The median and the 90th percentile by rank, and how many were in time.

    A row for each of the report's lines, and one, whose `line` is null, for all of them together:
    percentiles do not add up. Equal times are counted before they are put in order, for an order
    of a million rows costs seconds.
    """
    taken = _taken(question)
    names = [column.name for column in lines.by(question, _runs, _items.completed_on)]
    each = _percentiles(taken, names, sa.literal(1).label("line"))
    nothing = [sa.null().label(name) for name in names]
    return sa.union_all(each, _percentiles(taken, [], sa.null().label("line"), *nothing))


def _taken(question: lines.Question) -> sa.CTE:
    """How many items took so many seconds, by line and target.

    Lines are numbered first: a million rows are grouped by two numbers, not by names and times.
    """
    line = _numbered(question)
    seconds = portable.seconds_between(_items.arrived_at, _items.completed_at)
    same = (line.c.run_id == _items.run_id) & (line.c.day == _items.completed_on)
    tally = (
        sa.select(line.c.number, seconds.label("seconds"), sa.func.count().label("items"))
        .join_from(schema.items, line, same)
        .where(*_told(question))
        .group_by(line.c.number, seconds)
        .cte("tally")
    )
    names = [column.name for column in lines.by(question, _runs, _items.completed_on)]
    keys = [line.c[name] for name in names]
    known = sa.select(line.c.number, *keys, line.c.target).distinct().cte("known")
    return (
        sa.select(
            *(known.c[name] for name in names), known.c.target, tally.c.seconds, tally.c["items"]
        )
        .join_from(tally, known, tally.c.number == known.c.number)
        .cte("taken")
    )


def _numbered(question: lines.Question) -> sa.CTE:
    """The line of a report that a run's items of a day belong to, and their target."""
    days = (
        sa.select(_items.run_id, _items.completed_on.label("day"))
        .where(*_told(question))
        .distinct()
        .cte("days")
    )
    by = lines.by(question, _runs, portable.month_of(days.c.day))
    target = _runs.lead_target_seconds
    order = [*(label.element for label in by), target]
    return (
        sa.select(
            days.c.run_id,
            days.c.day,
            *by,
            target.label("target"),
            sa.func.dense_rank().over(order_by=order).label("number"),
        )
        .join_from(days, schema.runs, days.c.run_id == _runs.run_id)
        .cte("line")
    )


def _told(question: lines.Question) -> Iterator[sa.ColumnElement[bool]]:
    """Which items have a lead time that is asked for."""
    scope = question.scope
    yield _items.arrived_at.is_not(None)
    yield _items.outcome.in_([outcome.value for outcome in benefit.ELIGIBLE_OUTCOMES])
    yield from scope.of_items(_items)
    yield from scope.of_days(_items.completed_on)


def _percentiles(
    taken: sa.CTE, names: Sequence[str], line: sa.Label[Any], *nothing: sa.Label[Any]
) -> sa.Select[Any]:
    """One row for each combination of the names."""
    keys = [taken.c[name] for name in names]
    count = taken.c["items"]
    up_to = sa.func.sum(count).over(partition_by=keys, order_by=taken.c.seconds)
    in_all = sa.func.sum(count).over(partition_by=keys)
    ranked = sa.select(taken, up_to.label("up_to"), in_all.label("in_all")).subquery()
    at, keys = ranked.c, [ranked.c[name] for name in names]
    aimed = sa.case((at.target.is_not(None), at["items"]), else_=0)
    return sa.select(
        line,
        *nothing,
        *keys,
        total(at["items"]).label("items"),
        total(sa.case((at.seconds <= at.target, at["items"]), else_=0)).label("within_target"),
        total(aimed).label("with_target"),
        sa.func.min(at.target).label("least_target_seconds"),
        sa.func.max(at.target).label("greatest_target_seconds"),
        sa.func.min(sa.case((at.up_to * 2 >= at.in_all, at.seconds))).label("median_seconds"),
        sa.func.min(sa.case((at.up_to * 10 >= at.in_all * 9, at.seconds))).label("p90_seconds"),
    ).group_by(*keys)
