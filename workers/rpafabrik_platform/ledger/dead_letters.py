"""Dead letters: what is kept of them, and how they come back. Statements on a given connection.

A dead letter that is re-queued has no final row any more; its ending moves to `requeues`, so what
happened stays told. It waits for the next run until that writes a final row.
"""

from collections.abc import Container, Iterable, Mapping, Sequence

import sqlalchemy as sa

from rpafabrik_api import contract
from rpafabrik_platform.ledger import claims, entries, rows, schema, tallies

PAGE_BYTES = 1_400_000
"""Temporal takes 2 MB in one payload."""

OUTCOMES = tuple(outcome.value for outcome in contract.Outcome if outcome.dead_letter)

_items, _requeues, _payloads = schema.items.c, schema.requeues.c, schema.payloads.c
_MOVED = (
    "job_uid",
    "reference",
    "run_id",
    "outcome",
    "completed_at",
    "completed_on",
    "person_seconds",
    "step",
    "attempts",
    "code",
    "message",
)

Standing = Mapping[tuple[str, str], entries.Recorded]
"""What stands by job and reference."""


def settle(
    connection: sa.Connection,
    insert: claims.Insert,
    items: Sequence[entries.Item],
    standing: Standing,
) -> dict[tuple[str, str], entries.Recorded]:
    """Keep or drop payloads of items just written; what stands where a try was superseded.

    A run ends an item once. Its record that comes again, after somebody has re-queued the item,
    must not write the old ending anew.
    """
    earlier = _requeued(connection, items)
    superseded: dict[tuple[str, str], entries.Recorded] = {}
    for item in items:
        key = (item.job_uid, item.reference)
        for ending in earlier.get(key, ()):
            if ending.run_id == item.run_id:
                superseded[key] = ending
    _drop(connection, superseded)
    written = [
        item
        for item in items
        if (key := (item.job_uid, item.reference)) not in superseded
        and standing[key] == entries.Recorded(run_id=item.run_id, outcome=item.outcome)
    ]
    _keep_payloads(connection, insert, written, earlier)
    return superseded


def requeue(
    connection: sa.Connection, insert: claims.Insert, asked: entries.Requeue
) -> entries.Requeued:
    """Let dead letters be done again, all that are asked for or none."""
    refused = _refused(connection, asked)
    if refused:
        return entries.Requeued(refused=refused)
    gone: list[dict[str, object]] = []
    for which in _which(asked):
        where = (_items.job_uid == asked.job_uid, *_retriable(), which)
        moved = sa.delete(schema.items).where(*where).returning(*(_items[one] for one in _MOVED))
        gone += [dict(row) for row in connection.execute(moved).mappings()]
    people = rows.requeue(asked)
    if gone:
        connection.execute(insert(schema.requeues), [row | people for row in gone])
        tallies.write(connection, (str(row["run_id"]) for row in gone))
    references = tuple(sorted(str(row["reference"]) for row in gone))
    unkept = len(references) - _kept(connection, asked.job_uid, references)
    return entries.Requeued(references=references, unkept=unkept)


def waiting(connection: sa.Connection, job_uid: str, after: str, most: int) -> entries.Waiting:
    """Re-queued items that no run has ended yet, a page of them after a reference."""
    query = (
        sa.select(_payloads.reference, _payloads.payload)
        .where(
            _payloads.job_uid == job_uid,
            _payloads.reference > after,
            _payloads.payload.is_not(None),
            sa.exists().where(
                _requeues.job_uid == job_uid, _requeues.reference == _payloads.reference
            ),
            ~sa.exists().where(_items.job_uid == job_uid, _items.reference == _payloads.reference),
        )
        .order_by(_payloads.reference)
        .limit(most + 1)
    )
    page: list[tuple[str, str]] = []
    size = 0
    for reference, payload in connection.execute(query):
        size += len(reference.encode()) + len(payload)
        if page and (size > PAGE_BYTES or len(page) == most):
            return entries.Waiting(items=tuple(page), more=True)
        page.append((reference, payload))
    return entries.Waiting(items=tuple(page))


def _kept(connection: sa.Connection, job_uid: str, references: Iterable[str]) -> int:
    """How many of them have their payload."""
    counts = (
        connection.scalar(
            sa.select(sa.func.count()).where(
                _payloads.job_uid == job_uid,
                _payloads.reference.in_(some),
                _payloads.payload.is_not(None),
            )
        )
        for some in claims.chunks(references)
    )
    return sum(count or 0 for count in counts)


def _requeued(
    connection: sa.Connection, items: Sequence[entries.Item]
) -> dict[tuple[str, str], list[entries.Recorded]]:
    """How the items ended before, each time that they were re-queued; by job and reference."""
    earlier: dict[tuple[str, str], list[entries.Recorded]] = {}
    for job_uid in sorted({item.job_uid for item in items}):
        for references in claims.chunks(one.reference for one in items if one.job_uid == job_uid):
            query = sa.select(_requeues.reference, _requeues.run_id, _requeues.outcome).where(
                _requeues.job_uid == job_uid,
                claims.among(connection, _requeues.reference, references),
            )
            for reference, run_id, outcome in connection.execute(query):
                ending = entries.Recorded(run_id=run_id, outcome=contract.Outcome(outcome))
                earlier.setdefault((job_uid, reference), []).append(ending)
    return earlier


def _drop(connection: sa.Connection, superseded: Standing) -> None:
    """Delete what the same try has just written anew."""
    for (job_uid, reference), ending in superseded.items():
        connection.execute(
            sa.delete(schema.items).where(
                _items.job_uid == job_uid,
                _items.run_id == ending.run_id,
                _items.reference == reference,
            )
        )


def _keep_payloads(
    connection: sa.Connection,
    insert: claims.Insert,
    items: Sequence[entries.Item],
    earlier: Container[tuple[str, str]],
) -> None:
    """Keep what the dead letters were; forget what is done now.

    Only what was re-queued has been kept before its final row: all other work costs nothing here.
    """
    again = [
        item
        for item in items
        if (item.job_uid, item.reference) in earlier
        and (item.payload is not None or not item.outcome.dead_letter)
    ]
    for job_uid in sorted({item.job_uid for item in again}):
        for references in claims.chunks(one.reference for one in again if one.job_uid == job_uid):
            connection.execute(
                sa.delete(schema.payloads).where(
                    _payloads.job_uid == job_uid,
                    claims.among(connection, _payloads.reference, references),
                )
            )
    new = [
        rows.payload(item)
        for item in items
        if item.outcome.dead_letter and item.payload is not None
    ]
    if new:
        connection.execute(insert(schema.payloads).on_conflict_do_nothing(), new)


def _retriable() -> tuple[sa.ColumnElement[bool], ...]:
    """Dead letters; a run that is its own item has nothing that another run could take."""
    return (_items.outcome.in_(OUTCOMES), _items.reference != _items.run_id)


def _which(asked: entries.Requeue) -> Iterable[sa.ColumnElement[bool]]:
    if asked.references:
        return [_items.reference.in_(some) for some in claims.chunks(asked.references)]
    return [sa.true() if asked.code is None else _items.code == asked.code]


def _refused(connection: sa.Connection, asked: entries.Requeue) -> dict[str, str]:
    """Of the references asked for, those that cannot be re-queued, and why."""
    refused: dict[str, str] = {}
    for references in claims.chunks(asked.references):
        query = sa.select(_items.reference, _items.run_id, _items.outcome).where(
            _items.job_uid == asked.job_uid, _items.reference.in_(references)
        )
        found = {row.reference: row for row in connection.execute(query)}
        again = set(
            connection.scalars(
                sa.select(_requeues.reference).where(
                    _requeues.job_uid == asked.job_uid, _requeues.reference.in_(references)
                )
            )
        )
        for reference in references:
            row = found.get(reference)
            if row is None:
                unknown = "is no item of the job"
                refused[reference] = "is re-queued already" if reference in again else unknown
            elif row.reference == row.run_id:
                refused[reference] = "is a run that is its own item: start another run"
            elif row.outcome not in OUTCOMES:
                refused[reference] = f"is {row.outcome}"
    return refused
