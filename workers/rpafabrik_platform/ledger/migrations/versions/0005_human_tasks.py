"""What people are asked, and their answers."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "human_tasks",
        sa.Column("task_id", sa.String(64), nullable=False),
        sa.Column("workflow_id", sa.String(1000), nullable=False),
        sa.Column("run_id", sa.String(1000), nullable=False),
        sa.Column("reference", sa.String(500), nullable=False),
        sa.Column("step", sa.String(64), nullable=False),
        sa.Column("group_name", sa.String(63), nullable=False),
        sa.Column("instruction", sa.String(2000)),
        sa.Column("outcomes", sa.String(1000), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("answer_id", sa.String(64)),
        sa.Column("outcome", sa.String(64)),
        sa.Column("answered_by", sa.String(200)),
        sa.Column("because", sa.String(2000)),
        sa.Column("person_seconds", sa.Integer, nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("task_id", name="pk_human_tasks"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name="fk_human_tasks_run_id"),
        sa.CheckConstraint(
            "(answer_id IS NULL) = (outcome IS NULL)"
            " AND (outcome IS NULL OR closed_at IS NOT NULL)",
            name="ck_human_tasks_answered_whole",
        ),
        sa.CheckConstraint("person_seconds >= 0", name="ck_human_tasks_person_seconds_bounds"),
    )
    op.create_index("ix_human_tasks_run_id", "human_tasks", ["run_id"])
    op.create_index("ix_human_tasks_closed_at", "human_tasks", ["closed_at"])
