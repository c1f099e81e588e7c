"""What the ledger is asked: each figure a COUNT or SUM over its rows, as one SQL statement.

One statement sees one state of the database, so a figure never mixes before and after.
"""

import sqlalchemy as sa

from rpafabrik_api import contract
from rpafabrik_platform.ledger import schema

_items, _runs = schema.items.c, schema.runs.c


def savings(
    where: sa.ColumnElement[bool],
) -> sa.CompoundSelect[int | None, int | None, int, int]:
    """Baseline (`manual_seconds`, `per`; null for what saves nothing), units, person seconds."""
    baseline = _items.manual_seconds, _items.per
    per_item = (
        sa.select(
            *baseline,
            sa.func.count().filter(_items.basis == contract.Basis.PER_ITEM.value),
            sa.func.sum(_items.person_seconds),
        )
        .where(where)
        .group_by(*baseline)
    )
    unit = _units(where)
    per_unit = (
        sa.select(unit.c.manual_seconds, unit.c.per, sa.func.count(), sa.literal(0))
        .where(unit.c.rank == 1)
        .group_by(unit.c.manual_seconds, unit.c.per)
    )
    return sa.union_all(per_item, per_unit)


def _units(where: sa.ColumnElement[bool]) -> sa.Subquery:
    """Rows of units in successful runs; the last of a unit, which completed it, has rank 1."""
    # After the time, whatever else changes the figure: rank 1 is the same in every database.
    rank = sa.func.row_number().over(
        partition_by=(_items.run_id, _items.unit),
        order_by=(_items.completed_at.desc(), _items.manual_seconds.desc(), _items.per),
    )
    return (
        sa.select(_items.manual_seconds, _items.per, rank.label("rank"))
        .join(schema.runs)
        .where(
            where,
            _items.basis == contract.Basis.PER_UNIT.value,
            _runs.result.in_([one.value for one in contract.RunResult if one.successful]),
        )
        .subquery()
    )


def outcomes(run_id: str) -> sa.CompoundSelect[str, int]:
    """Items of the run by outcome; the skipped ones, which have no row of their own, included."""
    skipped = sa.select(sa.literal(contract.Outcome.SKIPPED.value), _runs.skipped).where(
        _runs.run_id == run_id
    )
    written = (
        sa.select(_items.outcome, sa.func.count())
        .where(_items.run_id == run_id)
        .group_by(_items.outcome)
    )
    return sa.union_all(written, skipped)
