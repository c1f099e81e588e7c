"""Which run may do a reference: claims, made page by page. Statements on a given connection.

Two runs never both hold a reference: the primary key of `claims` sees to it. A page that asks
again is answered as it was the first time, so a claim whose answer was lost is no claim lost.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from rpafabrik_platform.ledger import entries, rows, schema

PER_STATEMENT = 1000
"""Below the number of parameters that any supported database takes."""
MOST_SKIPS = 1000
"""So many skipped references of a run are kept by name."""

_claims, _items, _skips = schema.claims.c, schema.items.c, schema.skips.c

Insert = Callable[[sa.Table], Any]
"""The database's own INSERT, which knows ON CONFLICT DO NOTHING."""


def take(
    connection: sa.Connection, insert: Insert, asked: entries.Claiming
) -> dict[str, entries.Taken]:
    """Claim the references for a page; those that are not the page's, and whose they are."""
    taken: dict[str, entries.Taken] = {}
    for references in chunks(asked.references):
        taken |= _done(connection, asked.job_uid, references)
        wanted = [one for one in references if one not in taken]
        owners = _owners(connection, insert, asked, wanted)
        # Again, for a run that let go of its claim meanwhile has written its row before.
        late = _done(connection, asked.job_uid, wanted)
        ours = (asked.run_id, asked.position)
        for reference, owner in owners.items():
            if owner != ours:
                taken[reference] = entries.Taken(run_id=owner[0])
        taken |= late
        _forget(connection, asked, [one for one in late if owners[one] == ours])
    return taken


def release(connection: sa.Connection, job_uid: str, run_id: str) -> None:
    """Let go of every claim of a run."""
    connection.execute(
        sa.delete(schema.claims).where(_claims.job_uid == job_uid, _claims.run_id == run_id)
    )


def note_skips(
    connection: sa.Connection, insert: Insert, run_id: str, done_in: Mapping[str, str]
) -> None:
    """Keep by name what a run skips, up to the bound."""
    count = sa.select(sa.func.count()).where(_skips.run_id == run_id)
    room = max(0, MOST_SKIPS - (connection.scalar(count) or 0))
    named = [
        {"run_id": run_id, "reference": reference, "done_in": run}
        for reference, run in sorted(done_in.items())[:room]
    ]
    if named:
        connection.execute(insert(schema.skips).on_conflict_do_nothing(), named)


def chunks(references: Iterable[str]) -> Iterator[Sequence[str]]:
    """The references in the order of their keys, so that no two writers wait crosswise."""
    ordered = sorted(set(references))
    for start in range(0, len(ordered), PER_STATEMENT):
        yield ordered[start : start + PER_STATEMENT]


def among(
    connection: sa.Connection, column: sa.Column[str], references: Sequence[str]
) -> sa.ColumnElement[bool]:
    """Whether the column holds one of them."""
    if connection.dialect.name == "postgresql":  # one parameter, where a thousand cost more to send
        return column == sa.any_(_array(references))
    return column.in_(references)


def _array(references: Sequence[str]) -> sa.Cast[Sequence[str]]:
    return sa.cast(list(references), postgresql.ARRAY(sa.String))


def _owners(
    connection: sa.Connection, insert: Insert, asked: entries.Claiming, references: Sequence[str]
) -> dict[str, tuple[str, int]]:
    """Who has each reference, once those that nobody had are the page's."""
    owners: dict[str, tuple[str, int]] = {}
    # Again for a claim that another run lets go of just when we meet it.
    while wanted := [one for one in references if one not in owners]:
        _insert(connection, insert, asked, wanted)
        query = sa.select(_claims.reference, _claims.run_id, _claims.position).where(
            _claims.job_uid == asked.job_uid, among(connection, _claims.reference, wanted)
        )
        for reference, run_id, position in connection.execute(query):
            owners[reference] = (run_id, position)
    return owners


def _insert(
    connection: sa.Connection, insert: Insert, asked: entries.Claiming, references: Sequence[str]
) -> None:
    """Claim what nobody has."""
    statement = insert(schema.claims)
    if connection.dialect.name == "postgresql":
        # One statement for the page, where PostgreSQL would be told of each reference apart.
        reference = sa.func.unnest(_array(references))
        run = sa.literal(asked.job_uid), reference, sa.literal(asked.run_id)
        page = sa.select(*run, sa.literal(asked.position, sa.BigInteger))
        columns = [_claims.job_uid, _claims.reference, _claims.run_id, _claims.position]
        connection.execute(statement.from_select(columns, page).on_conflict_do_nothing())
        return
    new = [rows.claim(asked, reference) for reference in references]
    connection.execute(statement.on_conflict_do_nothing(), new)


def _done(
    connection: sa.Connection, job_uid: str, references: Sequence[str]
) -> dict[str, entries.Taken]:
    if not references:
        return {}
    query = sa.select(_items.reference, _items.run_id).where(
        _items.job_uid == job_uid, among(connection, _items.reference, references)
    )
    return {
        reference: entries.Taken(run_id=run_id, done=True)
        for reference, run_id in connection.execute(query)
    }


def _forget(connection: sa.Connection, asked: entries.Claiming, references: Sequence[str]) -> None:
    """Take back claims on what is done: it may be re-queued while this run is under way."""
    if references:
        connection.execute(
            sa.delete(schema.claims).where(
                _claims.job_uid == asked.job_uid, among(connection, _claims.reference, references)
            )
        )
