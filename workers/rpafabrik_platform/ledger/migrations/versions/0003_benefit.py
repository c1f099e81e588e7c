"""Baselines of their own, what runs and periods count for, trials, plans and what came true."""

import hashlib
from datetime import UTC
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TIME = sa.DateTime(timezone=True)
_ZONE = ZoneInfo("Europe/Stockholm")
"""Older rows of runs do not tell their job's time zone; this is the default."""


def upgrade() -> None:
    """Make the tables, and put what there is into their shape."""
    _make_baselines()
    _widen_runs()
    _make_items_anew()
    _make_trial_items()
    _make_plans()
    _make_realised()


def _make_baselines() -> None:
    op.create_table(
        "baselines",
        sa.Column("id", _KEY, nullable=False, autoincrement=False),
        sa.Column("basis", sa.String(32), nullable=False),
        sa.Column("period", sa.String(32)),
        sa.Column("manual_seconds", sa.BigInteger, nullable=False),
        sa.Column("per", sa.BigInteger, nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("source", sa.String(32)),
        sa.Column("approved_by", sa.String(200)),
        sa.PrimaryKeyConstraint("id", name="pk_baselines"),
        sa.CheckConstraint("manual_seconds >= 0 AND per >= 1", name="ck_baselines_bounds"),
    )


def _widen_runs() -> None:
    op.add_column("runs", sa.Column("title", sa.String(200)))
    op.add_column("runs", sa.Column("benefit_class", sa.String(32)))
    op.add_column("runs", sa.Column("automation_target_percent", sa.Integer))
    op.add_column("runs", sa.Column("lead_target_seconds", sa.Integer))
    op.add_column("runs", sa.Column("completed_on", sa.Date))
    op.add_column("runs", sa.Column("baseline", _KEY))
    op.add_column("runs", sa.Column("period", sa.String(32)))
    connection = op.get_bind()
    runs = sa.table(
        "runs",
        sa.column("run_id"),
        sa.column("finished_at", _TIME),
        sa.column("completed_on", sa.Date),
    )
    ended = sa.select(runs.c.run_id, runs.c.finished_at).where(runs.c.finished_at.is_not(None))
    for run_id, at in connection.execute(ended).all():
        aware = at if at.tzinfo else at.replace(tzinfo=UTC)
        day = aware.astimezone(_ZONE).date()
        connection.execute(sa.update(runs).where(runs.c.run_id == run_id).values(completed_on=day))


def _make_items_anew() -> None:
    """Names of keys and indices are the schema's own in PostgreSQL, so they go first."""
    op.drop_index("ix_items_run_id", "items")
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("pk_items", "items")
    op.rename_table("items", "items_0002")
    _make_items()
    _take_over_items(op.get_bind())
    op.drop_table("items_0002")


def _make_items() -> None:
    op.create_table(
        "items",
        sa.Column("job_uid", sa.String(100), nullable=False),
        sa.Column("reference", sa.String(500), nullable=False),
        sa.Column("run_id", sa.String(1000), nullable=False),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("arrived_at", _TIME),
        sa.Column("completed_at", _TIME, nullable=False),
        sa.Column("completed_on", sa.Date, nullable=False),
        sa.Column("baseline", _KEY),
        sa.Column("unit", sa.String(200)),
        sa.Column("person_seconds", sa.Integer, nullable=False, server_default="0"),
        sa.Column("code", sa.String(64)),
        sa.Column("message", sa.String(2000)),
        sa.Column("step", sa.String(64)),
        sa.Column("attempts", sa.Integer),
        sa.PrimaryKeyConstraint("job_uid", "reference", name="pk_items"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name="fk_items_run_id"),
        sa.ForeignKeyConstraint(["baseline"], ["baselines.id"], name="fk_items_baseline"),
        sa.CheckConstraint("outcome <> 'Skipped'", name="ck_items_outcome_final"),
        sa.CheckConstraint(
            "baseline IS NULL OR outcome IN ('Completed', 'Reviewed')",
            name="ck_items_claim_earned",
        ),
        sa.CheckConstraint("unit IS NULL OR baseline IS NOT NULL", name="ck_items_claim_whole"),
        sa.CheckConstraint("person_seconds >= 0", name="ck_items_person_seconds_bounds"),
    )
    op.create_index("ix_items_run_id", "items", ["run_id"])


def _make_trial_items() -> None:
    op.create_table(
        "trial_items",
        sa.Column("run_id", sa.String(1000), nullable=False),
        sa.Column("reference", sa.String(500), nullable=False),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("arrived_at", _TIME),
        sa.Column("completed_at", _TIME, nullable=False),
        sa.Column("completed_on", sa.Date, nullable=False),
        sa.Column("person_seconds", sa.Integer, nullable=False, server_default="0"),
        sa.Column("code", sa.String(64)),
        sa.Column("message", sa.String(2000)),
        sa.Column("step", sa.String(64)),
        sa.Column("attempts", sa.Integer),
        sa.PrimaryKeyConstraint("run_id", "reference", name="pk_trial_items"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name="fk_trial_items_run_id"),
    )


def _make_plans() -> None:
    op.create_table(
        "plans",
        sa.Column("job_uid", sa.String(100), nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("namespace", sa.String(63), nullable=False),
        sa.Column("job", sa.String(253), nullable=False),
        sa.Column("department", sa.String(200), nullable=False),
        sa.Column("benefit_class", sa.String(32)),
        sa.Column("hours_per_year", sa.Integer),
        sa.PrimaryKeyConstraint("job_uid", "valid_from", name="pk_plans"),
    )


def _make_realised() -> None:
    op.create_table(
        "realised",
        sa.Column("entry_id", sa.String(64), nullable=False),
        sa.Column("job_uid", sa.String(100), nullable=False),
        sa.Column("namespace", sa.String(63), nullable=False),
        sa.Column("job", sa.String(253), nullable=False),
        sa.Column("department", sa.String(200), nullable=False),
        sa.Column("benefit_class", sa.String(32)),
        sa.Column("month", sa.Date, nullable=False),
        sa.Column("seconds", sa.BigInteger, nullable=False),
        sa.Column("entered_at", _TIME, nullable=False),
        sa.Column("entered_by", sa.String(200), nullable=False),
        sa.Column("because", sa.String(1000), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name="pk_realised"),
    )


def _take_over_items(connection: sa.Connection) -> None:
    """Copy the rows. Of a baseline, the first day it was claimed on is all that is known."""
    columns = "basis", "manual_seconds", "per"
    old = sa.table("items_0002", *map(sa.column, columns), sa.column("completed_on", sa.Date)).c
    baselines = sa.table(
        "baselines", *map(sa.column, ("id", *columns)), sa.column("valid_from", sa.Date)
    )
    claimed = (
        sa.select(old.basis, old.manual_seconds, old.per, sa.func.min(old.completed_on))
        .where(old.basis.is_not(None))
        .group_by(old.basis, old.manual_seconds, old.per)
    )
    for *content, valid_from in connection.execute(claimed).all():
        digest = hashlib.sha256(repr(content).encode()).digest()
        values = dict(zip(columns, content, strict=True))
        key = int.from_bytes(digest[:8]) >> 1
        connection.execute(sa.insert(baselines).values(id=key, valid_from=valid_from, **values))
    kept = (
        "job_uid, reference, run_id, outcome, completed_at, completed_on, unit, person_seconds,"
        " code, message, step, attempts"
    )
    op.execute(
        f"INSERT INTO items ({kept}, baseline) SELECT {kept}, b.id"  # noqa: S608 - constants
        " FROM items_0002 o LEFT JOIN baselines b ON b.basis = o.basis"
        " AND b.manual_seconds = o.manual_seconds AND b.per = o.per"
    )
