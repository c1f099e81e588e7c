"""The items of closed runs, counted once."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the table, and count the runs that are closed already."""
    op.create_table(
        "tallies",
        sa.Column("run_id", sa.String(1000), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("baseline", _KEY, nullable=False, autoincrement=False),
        sa.Column("items", sa.BigInteger, nullable=False),
        sa.Column("units", sa.BigInteger, nullable=False),
        sa.Column("person_seconds", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "day", "outcome", "baseline", name="pk_tallies"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name="fk_tallies_run_id"),
    )
    op.execute(_COUNT)


_COUNT = """
INSERT INTO tallies (run_id, day, outcome, baseline, items, units, person_seconds)
SELECT run_id, day, outcome, COALESCE(baseline, 0),
       CAST(SUM(items) AS BIGINT), CAST(SUM(units) AS BIGINT), CAST(SUM(person_seconds) AS BIGINT)
FROM (
    SELECT run_id, completed_on AS day, outcome, baseline, COUNT(*) AS items,
           SUM(CASE WHEN baseline IS NOT NULL AND unit IS NULL THEN 1 ELSE 0 END) AS units,
           SUM(person_seconds) AS person_seconds
    FROM items GROUP BY run_id, completed_on, outcome, baseline
    UNION ALL
    SELECT run_id, completed_on, outcome, NULL, 0, 0, SUM(person_seconds)
    FROM requeues GROUP BY run_id, completed_on, outcome
    UNION ALL
    SELECT run_id, completed_on, outcome, baseline, 0, 1, 0
    FROM (
        SELECT items.run_id, items.completed_on, outcome, items.baseline,
               ROW_NUMBER() OVER (
                   PARTITION BY items.run_id, unit
                   ORDER BY completed_at DESC, items.baseline, outcome
               ) AS place
        FROM items JOIN runs ON runs.run_id = items.run_id
        WHERE unit IS NOT NULL AND result IN ('Succeeded', 'CompletedWithErrors')
    ) AS last_of_unit
    WHERE place = 1
) AS counted
WHERE run_id IN (SELECT run_id FROM runs WHERE finished_at IS NOT NULL)
GROUP BY run_id, day, outcome, COALESCE(baseline, 0)
"""
"""In the shape of this revision, whatever the code makes of it later."""
