"""How a job stands by its runs: statements on a given connection. Trials are left out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from rpafabrik_api import contract, health
from rpafabrik_platform.ledger import figures, schema

_FAILED = contract.RunResult.FAILED.value
_runs, _items = schema.runs.c, schema.items.c
_requeues, _payloads = schema.requeues.c, schema.payloads.c


def read(connection: sa.Connection, job_uid: str) -> contract.Standing:
    """Ask for what the job's status tells once a run has closed."""
    mine = (_runs.job_uid == job_uid, figures.real(_runs))
    recent = connection.execute(
        sa.select(_runs.result, _runs.finished_at)
        .where(*mine, figures.judged(_runs))
        .order_by(_runs.finished_at.desc(), _runs.run_id)
        .limit(health.RECENT_RUNS)
    ).all()
    failed = sum(result == _FAILED for result, _ in recent)
    last_success, in_a_row = _last_success(connection, mine, recent)
    return contract.Standing(
        last_success=last_success,
        succeeded=len(recent) - failed,
        failed=failed,
        failed_in_a_row=in_a_row,
        oldest_open=min(filter(None, connection.scalars(_open(job_uid))), default=None),
    )


def _last_success(
    connection: sa.Connection, mine: tuple[sa.ColumnElement[bool], ...], recent: Sequence[Any]
) -> tuple[datetime | None, int]:
    """When a run succeeded last, and how many have failed since."""
    for failures, (result, finished_at) in enumerate(recent):
        if result != _FAILED:
            return finished_at, failures
    # It is longer ago than the recent runs tell, or never was.
    success = sa.select(sa.func.max(_runs.finished_at)).where(*mine, figures.successful(_runs))
    last = connection.scalar(success)
    later = (_runs.finished_at > last,) if last else ()
    failed = sa.select(sa.func.count()).where(*mine, _runs.result == _FAILED, *later)
    return last, connection.scalar(failed) or 0


def _open(job_uid: str) -> sa.CompoundSelect[datetime]:
    """Since when a run is under way, and an item waits that somebody re-queued."""
    mine = (_runs.job_uid == job_uid, figures.real(_runs))
    # One that was terminated never closes; a later one that did tells so.
    closed = sa.select(sa.func.max(_runs.started_at)).where(*mine, _runs.finished_at.is_not(None))
    running = sa.select(sa.func.min(_runs.started_at)).where(
        *mine, _runs.finished_at.is_(None), _runs.started_at > closed.scalar_subquery()
    )
    kept = sa.and_(
        _payloads.job_uid == _requeues.job_uid, _payloads.reference == _requeues.reference
    )
    done = sa.exists().where(
        _items.job_uid == _requeues.job_uid, _items.reference == _requeues.reference
    )
    # Whoever re-queued it last opened it: before, it had ended.
    opened = (
        sa.select(sa.func.max(_requeues.requeued_at).label("at"))
        .select_from(schema.requeues.join(schema.payloads, kept))
        .where(_requeues.job_uid == job_uid, _payloads.payload.is_not(None), ~done)
        .group_by(_requeues.reference)
        .subquery("opened")
    )
    return sa.union_all(running, sa.select(sa.func.min(opened.c.at)))
