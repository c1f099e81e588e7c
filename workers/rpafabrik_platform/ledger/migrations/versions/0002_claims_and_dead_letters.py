"""Claims on references, what runs skipped, dead letters and their re-queuing, expected volumes."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables, and widen those that are there."""
    op.add_column("runs", sa.Column("listed", sa.BigInteger))
    op.add_column("runs", sa.Column("expected_min", sa.BigInteger))
    op.add_column("runs", sa.Column("expected_max", sa.BigInteger))
    op.add_column("items", sa.Column("step", sa.String(64)))
    op.add_column("items", sa.Column("attempts", sa.Integer))
    _make_claims()
    _make_skips()
    _make_payloads()
    _make_requeues()


def _make_claims() -> None:
    op.create_table(
        "claims",
        sa.Column("job_uid", sa.String(100), nullable=False),
        sa.Column("reference", sa.String(500), nullable=False),
        sa.Column("run_id", sa.String(1000), nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("job_uid", "reference", name="pk_claims"),
    )


def _make_skips() -> None:
    op.create_table(
        "skips",
        sa.Column("run_id", sa.String(1000), nullable=False),
        sa.Column("reference", sa.String(500), nullable=False),
        sa.Column("done_in", sa.String(1000), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "reference", name="pk_skips"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name="fk_skips_run_id"),
    )


def _make_payloads() -> None:
    op.create_table(
        "payloads",
        sa.Column("job_uid", sa.String(100), nullable=False),
        sa.Column("reference", sa.String(500), nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("payload", sa.Text),
        sa.PrimaryKeyConstraint("job_uid", "reference", name="pk_payloads"),
    )


def _make_requeues() -> None:
    op.create_table(
        "requeues",
        sa.Column("job_uid", sa.String(100), nullable=False),
        sa.Column("reference", sa.String(500), nullable=False),
        sa.Column("run_id", sa.String(1000), nullable=False),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_on", sa.Date, nullable=False),
        sa.Column("person_seconds", sa.Integer, nullable=False, server_default="0"),
        sa.Column("step", sa.String(64)),
        sa.Column("attempts", sa.Integer),
        sa.Column("code", sa.String(64)),
        sa.Column("message", sa.String(2000)),
        sa.Column("requeued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requeued_by", sa.String(200), nullable=False),
        sa.Column("because", sa.String(2000), nullable=False),
        sa.PrimaryKeyConstraint("job_uid", "reference", "run_id", name="pk_requeues"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name="fk_requeues_run_id"),
        sa.CheckConstraint(
            "outcome IN ('BusinessException', 'ApplicationException', 'Abandoned')",
            name="ck_requeues_dead_letter",
        ),
    )
    op.create_index("ix_requeues_run_id", "requeues", ["run_id"])
