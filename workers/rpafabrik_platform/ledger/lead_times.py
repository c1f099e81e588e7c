"""How long items took from arrival to outcome: a statement of a report."""

from collections.abc import Sequence
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
    """How many items took so many seconds."""
    scope = question.scope
    seconds = portable.seconds_between(_items.arrived_at, _items.completed_at)
    tally = (
        sa.select(
            _items.run_id,
            _items.completed_on.label("day"),
            seconds.label("seconds"),
            sa.func.count().label("items"),
        )
        .where(
            _items.arrived_at.is_not(None),
            _items.outcome.in_([outcome.value for outcome in benefit.ELIGIBLE_OUTCOMES]),
            *scope.of_items(_items),
            *scope.of_days(_items.completed_on),
        )
        .group_by(_items.run_id, _items.completed_on, seconds)
        .cte("tally")
    )
    by = lines.by(question, _runs, portable.month_of(tally.c.day))
    target = _runs.lead_target_seconds
    return (
        sa.select(
            *by, tally.c.seconds, target.label("target"), total(tally.c["items"]).label("items")
        )
        .select_from(tally.join(schema.runs, tally.c.run_id == _runs.run_id))
        .group_by(*by, tally.c.seconds, target)
        .cte("taken")
    )


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
