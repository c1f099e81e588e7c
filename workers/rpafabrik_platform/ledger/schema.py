"""The ledger's tables. `migrations` makes them; a test holds the two against each other.

Rows outlive what they tell of: a deleted job or a renamed department keeps its rows as they
were. A reference may be personal data: it stands in columns of that name, and nowhere else.
"""

from datetime import UTC, datetime

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

Key = sa.BigInteger().with_variant(sa.Integer, "sqlite")
"""A key of 63 bits; in SQLite only an INTEGER can be the row's own id."""


class Signed(sa.BigInteger):
    """A whole number that may be below zero."""


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An aware point in time, in UTC in every database; SQLite itself knows no zones."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002 - the signature is SQLAlchemy's
        """To UTC; `rows` refuses a value without a zone, which would be local time here."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002 - the signature is SQLAlchemy's
        """Back to an aware value."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


baselines = sa.Table(
    "baselines",
    metadata,
    sa.Column("id", Key, primary_key=True, autoincrement=False),
    sa.Column("basis", sa.String(32), nullable=False),
    sa.Column("period", sa.String(32)),
    sa.Column("manual_seconds", sa.BigInteger, nullable=False),
    sa.Column("per", sa.BigInteger, nullable=False),
    sa.Column("valid_from", sa.Date, nullable=False),
    sa.Column("source", sa.String(32)),
    sa.Column("approved_by", sa.String(200)),
    sa.CheckConstraint("manual_seconds >= 0 AND per >= 1", name="bounds"),
)
"""Every baseline that something was counted by, for good; the id is made of the content."""

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("run_id", sa.String(1000), primary_key=True),
    sa.Column("job_uid", sa.String(100), nullable=False, index=True),
    sa.Column("namespace", sa.String(63), nullable=False),
    sa.Column("job", sa.String(253), nullable=False),
    sa.Column("title", sa.String(200)),
    sa.Column("department", sa.String(200), nullable=False),
    sa.Column("benefit_class", sa.String(32)),
    sa.Column("automation_target_percent", sa.Integer),
    sa.Column("lead_target_seconds", sa.Integer),
    sa.Column("purpose", sa.String(32), nullable=False),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("finished_at", UtcDateTime),
    sa.Column("completed_on", sa.Date),
    sa.Column("result", sa.String(32)),
    sa.Column("skipped", sa.Integer, nullable=False, server_default="0"),
    sa.Column("listed", sa.BigInteger),
    sa.Column("expected_min", sa.BigInteger),
    sa.Column("expected_max", sa.BigInteger),
    sa.Column("baseline", Key),
    sa.Column("period", sa.String(32)),
    sa.CheckConstraint("(result IS NULL) = (finished_at IS NULL)", name="closed_whole"),
)
"""One row per run: as its job was when the run began, and how the run ended.

`listed` is what the source gave, null when it was not listed to its end; `expected_min` and
`expected_max` are what the job said of it. `completed_on` is the date in the job's time zone.
`baseline` and `period` are the run's own claim, null when it saves nothing by itself.
"""

items = sa.Table(
    "items",
    metadata,
    sa.Column("job_uid", sa.String(100), primary_key=True),
    sa.Column("reference", sa.String(500), primary_key=True),
    sa.Column("run_id", sa.String(1000), sa.ForeignKey("runs.run_id"), nullable=False, index=True),
    sa.Column("outcome", sa.String(32), nullable=False),
    sa.Column("arrived_at", UtcDateTime),
    sa.Column("completed_at", UtcDateTime, nullable=False),
    sa.Column("completed_on", sa.Date, nullable=False),
    sa.Column("baseline", Key, sa.ForeignKey("baselines.id")),
    sa.Column("unit", sa.String(200)),
    sa.Column("person_seconds", sa.Integer, nullable=False, server_default="0"),
    sa.Column("code", sa.String(64)),
    sa.Column("message", sa.String(2000)),
    sa.Column("step", sa.String(64)),
    sa.Column("attempts", sa.Integer),
    sa.CheckConstraint("outcome <> 'Skipped'", name="outcome_final"),
    sa.CheckConstraint(
        "baseline IS NULL OR outcome IN ('Completed', 'Reviewed')", name="claim_earned"
    ),
    sa.CheckConstraint("unit IS NULL OR baseline IS NOT NULL", name="claim_whole"),
    sa.CheckConstraint("person_seconds >= 0", name="person_seconds_bounds"),
)
"""One final row per item of a job. Where it happened (namespace, job, department) is its run's.

`completed_on` is the date in the job's time zone. `baseline` and `unit` are the item's claim, null
when it saves nothing by itself; a unit is there exactly where the baseline is per unit. `step` is
where it failed, `attempts` how often that was tried.
"""

tallies = sa.Table(
    "tallies",
    metadata,
    sa.Column("run_id", sa.String(1000), sa.ForeignKey("runs.run_id"), primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("outcome", sa.String(32), primary_key=True),
    sa.Column("baseline", Key, primary_key=True, autoincrement=False),
    sa.Column("items", sa.BigInteger, nullable=False),
    sa.Column("superseded", sa.BigInteger, nullable=False),
    sa.Column("units", sa.BigInteger, nullable=False),
    sa.Column("person_seconds", sa.BigInteger, nullable=False),
    sa.Column("with_target", sa.BigInteger, nullable=False),
    sa.Column("within_target", sa.BigInteger, nullable=False),
)
"""The items of a closed run, counted: derived, and written anew with whatever changes them.

`baseline` is 0 where there is none. `items` are final rows, `superseded` endings that were
re-queued, `person_seconds` those of both; `units` is what counts of the baseline; `with_target` are
the items that had a lead time and a target for it, `within_target` those that kept it.
"""

claims = sa.Table(
    "claims",
    metadata,
    sa.Column("job_uid", sa.String(100), primary_key=True),
    sa.Column("reference", sa.String(500), primary_key=True),
    sa.Column("run_id", sa.String(1000), nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
)
"""References that a run under way has taken; a run's claims go when it closes.

`position` is how many items the run had listed before the page that claimed the reference: a
page that asks again gets its own claims back, and another page of the run does not.
"""

skips = sa.Table(
    "skips",
    metadata,
    sa.Column("run_id", sa.String(1000), sa.ForeignKey("runs.run_id"), primary_key=True),
    sa.Column("reference", sa.String(500), primary_key=True),
    sa.Column("done_in", sa.String(1000), nullable=False),
)
"""What a run skipped, and the run that did it or has it; a run names so many, and counts all."""

payloads = sa.Table(
    "payloads",
    metadata,
    sa.Column("job_uid", sa.String(100), primary_key=True),
    sa.Column("reference", sa.String(500), primary_key=True),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.Column("payload", sa.Text),
)
"""Dead letters as the source gave them, as JSON; personal data may stand here and nowhere else.

A payload that is too large to keep is null, and `bytes` tells how large it was.
"""

requeues = sa.Table(
    "requeues",
    metadata,
    sa.Column("job_uid", sa.String(100), primary_key=True),
    sa.Column("reference", sa.String(500), primary_key=True),
    sa.Column(
        "run_id", sa.String(1000), sa.ForeignKey("runs.run_id"), primary_key=True, index=True
    ),
    sa.Column("outcome", sa.String(32), nullable=False),
    sa.Column("completed_at", UtcDateTime, nullable=False),
    sa.Column("completed_on", sa.Date, nullable=False),
    sa.Column("person_seconds", sa.Integer, nullable=False, server_default="0"),
    sa.Column("step", sa.String(64)),
    sa.Column("attempts", sa.Integer),
    sa.Column("code", sa.String(64)),
    sa.Column("message", sa.String(2000)),
    sa.Column("requeued_at", UtcDateTime, nullable=False),
    sa.Column("requeued_by", sa.String(200), nullable=False),
    sa.Column("because", sa.String(2000), nullable=False),
    sa.CheckConstraint(
        "outcome IN ('BusinessException', 'ApplicationException', 'Abandoned')",
        name="dead_letter",
    ),
)
"""Endings that somebody superseded: the final row as it was, and who re-queued the item and why.

An item that was re-queued and has no final row waits for the next run.
"""

human_tasks = sa.Table(
    "human_tasks",
    metadata,
    sa.Column("task_id", sa.String(64), primary_key=True),
    sa.Column("workflow_id", sa.String(1000), nullable=False),
    sa.Column("run_id", sa.String(1000), sa.ForeignKey("runs.run_id"), nullable=False, index=True),
    sa.Column("reference", sa.String(500), nullable=False),
    sa.Column("step", sa.String(64), nullable=False),
    sa.Column("group_name", sa.String(63), nullable=False),
    sa.Column("instruction", sa.String(2000)),
    sa.Column("outcomes", sa.String(1000), nullable=False),
    sa.Column("opened_at", UtcDateTime, nullable=False),
    sa.Column("due_at", UtcDateTime, nullable=False),
    sa.Column("closed_at", UtcDateTime, index=True),
    sa.Column("answer_id", sa.String(64)),
    sa.Column("outcome", sa.String(64)),
    sa.Column("answered_by", sa.String(200)),
    sa.Column("because", sa.String(2000)),
    sa.Column("person_seconds", sa.Integer, nullable=False, server_default="0"),
    sa.CheckConstraint(
        "(answer_id IS NULL) = (outcome IS NULL) AND (outcome IS NULL OR closed_at IS NOT NULL)",
        name="answered_whole",
    ),
    sa.CheckConstraint("person_seconds >= 0", name="person_seconds_bounds"),
)
"""What people are asked: a row per task, open until `closed_at`. One that is closed and has no
outcome was withdrawn, for its item ended otherwise.

`workflow_id` is the workflow that waits for the answer, `outcomes` the words to choose among, as a
JSON list. Personal data may stand in `instruction`, which goes when the task is closed.
"""

trial_items = sa.Table(
    "trial_items",
    metadata,
    sa.Column("run_id", sa.String(1000), sa.ForeignKey("runs.run_id"), primary_key=True),
    sa.Column("reference", sa.String(500), primary_key=True),
    sa.Column("outcome", sa.String(32), nullable=False),
    sa.Column("arrived_at", UtcDateTime),
    sa.Column("completed_at", UtcDateTime, nullable=False),
    sa.Column("completed_on", sa.Date, nullable=False),
    sa.Column("person_seconds", sa.Integer, nullable=False, server_default="0"),
    sa.Column("code", sa.String(64)),
    sa.Column("message", sa.String(2000)),
    sa.Column("step", sa.String(64)),
    sa.Column("attempts", sa.Integer),
)
"""Items of shadow and dry runs: they are done in no other sense, and no figure knows them."""

plans = sa.Table(
    "plans",
    metadata,
    sa.Column("job_uid", sa.String(100), primary_key=True),
    sa.Column("valid_from", sa.Date, primary_key=True),
    sa.Column("namespace", sa.String(63), nullable=False),
    sa.Column("job", sa.String(253), nullable=False),
    sa.Column("department", sa.String(200), nullable=False),
    sa.Column("benefit_class", sa.String(32)),
    sa.Column("hours_per_year", sa.Integer),
)
"""What was hoped for, from a date until the job's next row; null hours end it."""

realised = sa.Table(
    "realised",
    metadata,
    sa.Column("entry_id", sa.String(64), primary_key=True),
    sa.Column("job_uid", sa.String(100), nullable=False),
    sa.Column("namespace", sa.String(63), nullable=False),
    sa.Column("job", sa.String(253), nullable=False),
    sa.Column("department", sa.String(200), nullable=False),
    sa.Column("benefit_class", sa.String(32)),
    sa.Column("month", sa.Date, nullable=False),
    sa.Column("seconds", Signed, nullable=False),
    sa.Column("entered_at", UtcDateTime, nullable=False),
    sa.Column("entered_by", sa.String(200), nullable=False),
    sa.Column("because", sa.String(1000), nullable=False),
)
"""What people say came true, by month (its first day). A correction is one more row."""
