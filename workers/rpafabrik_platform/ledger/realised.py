"""What people say came true: which job it is of, and what stands then. On a given connection."""

from datetime import timedelta

import sqlalchemy as sa

from rpafabrik_platform.ledger import entries, errors, figures, schema

_realised, _runs = schema.realised.c, schema.runs.c


def job_of(connection: sa.Connection, told: entries.Realising) -> dict[str, object]:
    """The job as it was in the month, or as near to it as there was a run."""
    following = (told.month + timedelta(days=32)).replace(day=1)
    ended = _runs.completed_on
    later = sa.case((ended < following, 0), else_=1)
    latest = sa.case((ended < following, ended)).desc()
    query = (
        sa.select(_runs.job_uid, _runs.namespace, _runs.job, _runs.department, _runs.benefit_class)
        .where(
            _runs.namespace == told.namespace,
            _runs.job == told.job,
            _runs.completed_on.is_not(None),
            figures.real(_runs),
        )
        .order_by(later, latest, ended, _runs.finished_at)
        .limit(1)
    )
    found = connection.execute(query).mappings().first()
    if found is None:
        raise errors.LedgerRefused(
            f"{told.namespace}/{told.job} must be a job that has run, and the ledger knows none"
        )
    return dict(found)


def entry(connection: sa.Connection, entry_id: str) -> entries.Realised:
    """The entry, and what it comes to together with the others of its job and month."""
    row = connection.execute(sa.select(schema.realised).where(_realised.entry_id == entry_id)).one()
    together = sa.select(figures.total(_realised.seconds)).where(
        _realised.namespace == row.namespace,
        _realised.job == row.job,
        _realised.month == row.month,
    )
    return entries.Realised(
        department=row.department,
        month=row.month,
        seconds=row.seconds,
        month_seconds=connection.scalar(together) or 0,
    )
