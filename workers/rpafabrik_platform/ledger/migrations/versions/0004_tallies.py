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
        sa.Column("superseded", sa.BigInteger, nullable=False),
        sa.Column("units", sa.BigInteger, nullable=False),
        sa.Column("person_seconds", sa.BigInteger, nullable=False),
        sa.Column("with_target", sa.BigInteger, nullable=False),
        sa.Column("within_target", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "day", "outcome", "baseline", name="pk_tallies"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name="fk_tallies_run_id"),
    )
    seconds = {
        "postgresql": "floor(extract(epoch FROM completed_at))"
        " - floor(extract(epoch FROM arrived_at))",
        "sqlite": "CAST(strftime('%s', completed_at) AS INTEGER)"
        " - CAST(strftime('%s', arrived_at) AS INTEGER)",
    }[op.get_bind().dialect.name]
    op.execute(sa.text(_COUNT.replace("LEAD_SECONDS", seconds).replace(":", "\\:")))


_COUNT = """
INSERT INTO tallies (run_id, day, outcome, baseline, items, superseded, units, person_seconds,
                     with_target, within_target)
SELECT run_id, day, outcome, COALESCE(baseline, 0),
       CAST(SUM(items) AS BIGINT), CAST(SUM(superseded) AS BIGINT), CAST(SUM(units) AS BIGINT),
       CAST(SUM(person_seconds) AS BIGINT), CAST(SUM(with_target) AS BIGINT),
       CAST(SUM(within_target) AS BIGINT)
FROM (
    SELECT items.run_id, items.completed_on AS day, outcome, items.baseline, COUNT(*) AS items,
           0 AS superseded,
           SUM(CASE WHEN items.baseline IS NOT NULL AND unit IS NULL THEN 1 ELSE 0 END) AS units,
           SUM(person_seconds) AS person_seconds,
           SUM(CASE WHEN LEAD_SECONDS <= lead_target_seconds OR LEAD_SECONDS > lead_target_seconds
               THEN CASE WHEN outcome = 'Abandoned' THEN 0 ELSE 1 END ELSE 0 END) AS with_target,
           SUM(CASE WHEN LEAD_SECONDS <= lead_target_seconds
               THEN CASE WHEN outcome = 'Abandoned' THEN 0 ELSE 1 END ELSE 0 END) AS within_target
    FROM items JOIN runs ON runs.run_id = items.run_id
    GROUP BY items.run_id, items.completed_on, outcome, items.baseline
    UNION ALL
    SELECT run_id, completed_on, outcome, NULL, 0, COUNT(*), 0, SUM(person_seconds), 0, 0
    FROM requeues GROUP BY run_id, completed_on, outcome
    UNION ALL
    SELECT run_id, completed_on, outcome, baseline, 0, 0, 1, 0, 0, 0
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
