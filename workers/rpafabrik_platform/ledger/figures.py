"""What the ledger is asked: each figure a COUNT or SUM over its rows, as one SQL statement.

One statement sees one state of the database, so a figure never mixes before and after.
"""

import sqlalchemy as sa

from rpafabrik_api import contract
from rpafabrik_platform.ledger import schema

_items, _runs = schema.items.c, schema.runs.c


def savings(where: sa.ColumnElement[bool]) -> sa.Select[int | None, int | None, int, int]:
    """Baseline (`manual_seconds`, `per`; null for what saves nothing), units, person seconds.

    Per item, each row that holds a claim is one. Per unit, the rows of a unit in a successful run
    are one together, and the last of them, which completed the unit, gives the baseline.
    """
    rank_in_unit = sa.func.row_number().over(
        partition_by=(_items.run_id, _items.basis, _items.unit),
        order_by=(_items.completed_at.desc(), _items.manual_seconds.desc(), _items.per),
    )
    units = sa.case(
        (_items.basis == contract.Basis.PER_ITEM.value, 1),
        (
            sa.and_(
                _items.basis == contract.Basis.PER_UNIT.value,
                _runs.result == contract.RunResult.SUCCEEDED.value,
                rank_in_unit == 1,
            ),
            1,
        ),
        else_=0,
    )
    row = (
        sa.select(_items.manual_seconds, _items.per, _items.person_seconds, units.label("units"))
        .join(schema.runs)
        .where(where)
        .subquery()
    )
    return sa.select(
        row.c.manual_seconds, row.c.per, sa.func.sum(row.c.units), sa.func.sum(row.c.person_seconds)
    ).group_by(row.c.manual_seconds, row.c.per)


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
