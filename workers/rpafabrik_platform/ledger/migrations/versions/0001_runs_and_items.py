"""Runs, and one final row per item."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make both tables."""
    _make_runs()
    _make_items()


def _make_runs() -> None:
    op.create_table(
        "runs",
        sa.Column("run_id", sa.String(1000), nullable=False),
        sa.Column("job_uid", sa.String(100), nullable=False),
        sa.Column("namespace", sa.String(63), nullable=False),
        sa.Column("job", sa.String(253), nullable=False),
        sa.Column("department", sa.String(200), nullable=False),
        sa.Column("purpose", sa.String(32), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("result", sa.String(32)),
        sa.Column("skipped", sa.Integer, nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("run_id", name="pk_runs"),
        sa.CheckConstraint("(result IS NULL) = (finished_at IS NULL)", name="ck_runs_closed_whole"),
    )
    op.create_index("ix_runs_job_uid", "runs", ["job_uid"])


def _make_items() -> None:
    op.create_table(
        "items",
        sa.Column("job_uid", sa.String(100), nullable=False),
        sa.Column("reference", sa.String(500), nullable=False),
        sa.Column("run_id", sa.String(1000), nullable=False),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_on", sa.Date, nullable=False),
        sa.Column("basis", sa.String(32)),
        sa.Column("manual_seconds", sa.BigInteger),
        sa.Column("per", sa.BigInteger),
        sa.Column("unit", sa.String(200)),
        sa.Column("person_seconds", sa.Integer, nullable=False, server_default="0"),
        sa.Column("code", sa.String(64)),
        sa.Column("message", sa.String(2000)),
        sa.PrimaryKeyConstraint("job_uid", "reference", name="pk_items"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name="fk_items_run_id"),
        sa.CheckConstraint("outcome <> 'Skipped'", name="ck_items_outcome_final"),
        sa.CheckConstraint(
            "basis IS NULL OR outcome IN ('Completed', 'Reviewed')", name="ck_items_claim_earned"
        ),
        sa.CheckConstraint(
            "(basis IS NULL) = (manual_seconds IS NULL) AND (basis IS NULL) = (per IS NULL)"
            " AND (basis IS NOT NULL AND basis = 'PerUnit') = (unit IS NOT NULL)",
            name="ck_items_claim_whole",
        ),
        sa.CheckConstraint("manual_seconds >= 0 AND per >= 1", name="ck_items_claim_bounds"),
        sa.CheckConstraint("person_seconds >= 0", name="ck_items_person_seconds_bounds"),
    )
    op.create_index("ix_items_run_id", "items", ["run_id"])
