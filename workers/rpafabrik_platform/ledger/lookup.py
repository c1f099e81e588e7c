"""What people ask of items: which there are, and what became of one. Reads only."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from rpafabrik_api import contract
from rpafabrik_platform.ledger import entries, schema

_items, _requeues, _runs = schema.items.c, schema.requeues.c, schema.runs.c
_payloads, _claims, _skips = schema.payloads.c, schema.claims.c, schema.skips.c


def jobs(connection: sa.Connection, name: str | None = None) -> list[entries.KnownJob]:
    """The jobs that have had a run, each as it is now: of one made anew, the last."""
    last = sa.func.max(_runs.started_at).label("last")
    query = sa.select(_runs.namespace, _runs.job, _runs.job_uid, last).group_by(
        _runs.namespace, _runs.job, _runs.job_uid
    )
    if name is not None:
        query = query.where(_runs.job == name)
    found = {
        (namespace, job): entries.KnownJob(namespace=namespace, name=job, uid=uid)
        for namespace, job, uid, _ in connection.execute(query.order_by(last))
    }
    return [found[key] for key in sorted(found)]


def items(connection: sa.Connection, asked: entries.Filter) -> Iterator[entries.Found]:
    """Final rows, or what runs skipped, by the time of ending."""
    query = _skipped(asked) if asked.skipped else _ended(asked)
    for row in connection.execute(query):
        yield _found(row)


def item(connection: sa.Connection, job_uid: str, reference: str) -> entries.History:
    """Everything that is known of one item."""
    final = connection.execute(
        sa.select(*_columns(schema.items)).where(
            _items.job_uid == job_uid, _items.reference == reference
        )
    ).first()
    superseded = connection.execute(
        sa.select(
            *_columns(schema.requeues),
            _requeues.requeued_at,
            _requeues.requeued_by,
            _requeues.because,
        )
        .where(_requeues.job_uid == job_uid, _requeues.reference == reference)
        .order_by(_requeues.requeued_at)
    ).all()
    claim = connection.scalar(
        sa.select(_claims.run_id).where(_claims.job_uid == job_uid, _claims.reference == reference)
    )
    payload = connection.execute(
        sa.select(_payloads.bytes, _payloads.payload).where(
            _payloads.job_uid == job_uid, _payloads.reference == reference
        )
    ).first()
    return entries.History(
        reference=reference,
        final=_found(final) if final else None,
        superseded=tuple(
            entries.Superseded(
                ending=_found(row), at=row.requeued_at, by=row.requeued_by, because=row.because
            )
            for row in superseded
        ),
        in_work_in=None if final else claim,
        payload=entries.Payload(bytes=payload.bytes, json=payload.payload) if payload else None,
    )


def _columns(table: sa.Table) -> list[Any]:
    names = (
        "reference",
        "run_id",
        "outcome",
        "completed_at",
        "step",
        "attempts",
        "code",
        "message",
    )
    return [table.c[name] for name in names]


def _ended(asked: entries.Filter) -> Any:
    query = sa.select(*_columns(schema.items)).where(
        _items.job_uid == asked.job_uid,
        _items.outcome.in_([one.value for one in asked.outcomes]),
    )
    if asked.code is not None:
        query = query.where(_items.code == asked.code)
    if asked.run_id is not None:
        query = query.where(_items.run_id == asked.run_id)
    if asked.since is not None:
        query = query.where(_items.completed_at >= asked.since)
    return query.order_by(_items.completed_at, _items.reference).limit(asked.limit)


def _skipped(asked: entries.Filter) -> Any:
    none = sa.null()
    query = (
        sa.select(
            _skips.reference,
            _skips.run_id,
            sa.literal(contract.Outcome.SKIPPED.value).label("outcome"),
            _runs.started_at.label("completed_at"),
            none.label("step"),
            none.label("attempts"),
            none.label("code"),
            (sa.literal("done in ") + _skips.done_in).label("message"),
        )
        .join(schema.runs, _runs.run_id == _skips.run_id)
        .where(_runs.job_uid == asked.job_uid)
    )
    if asked.run_id is not None:
        query = query.where(_skips.run_id == asked.run_id)
    if asked.since is not None:
        query = query.where(_runs.started_at >= asked.since)
    return query.order_by(_runs.started_at, _skips.reference).limit(asked.limit)


def _found(row: Any) -> entries.Found:
    return entries.Found(
        reference=row.reference,
        run_id=row.run_id,
        outcome=contract.Outcome(row.outcome),
        completed_at=row.completed_at,
        step=row.step,
        attempts=row.attempts,
        code=row.code,
        message=row.message,
    )
