"""Entries as rows: the values of the columns, held against the columns' bounds.

SQLite bounds no text at all, and what PostgreSQL says of one too long does not name the column:
so the bounds are checked here, for both, before a row is sent. No message quotes a value.
"""

from datetime import datetime

import sqlalchemy as sa

from rpafabrik_platform.ledger import entries, errors, schema


def run(entry: entries.Run) -> dict[str, object]:
    """The row of a run that begins."""
    row: dict[str, object] = {
        "run_id": entry.run_id,
        "job_uid": entry.job_uid,
        "namespace": entry.namespace,
        "job": entry.job,
        "department": entry.department,
        "purpose": entry.purpose.value,
        "started_at": entry.started_at,
    }
    return checked(schema.runs, row)


def claim(asked: entries.Claiming, reference: str) -> dict[str, object]:
    """The row of a claim on one of the references."""
    return {
        "job_uid": asked.job_uid,
        "reference": reference,
        "run_id": asked.run_id,
        "position": asked.position,
    }


def item(entry: entries.Item) -> dict[str, object]:
    """The final row of an item."""
    claim = entry.claim
    row: dict[str, object] = {
        "job_uid": entry.job_uid,
        "reference": entry.reference,
        "run_id": entry.run_id,
        "outcome": entry.outcome.value,
        "completed_at": entry.completed_at,
        "completed_on": entry.completed_on,
        "basis": claim and claim.basis.value,
        "manual_seconds": claim and claim.manual_seconds,
        "per": claim and claim.per,
        "unit": claim and claim.unit,
        "person_seconds": entry.person_seconds,
        "code": entry.code,
        "message": entry.message,
    }
    return checked(schema.items, row)


def checked(table: sa.Table, row: dict[str, object]) -> dict[str, object]:
    """The row, if its columns can hold it; all of their names belong to the table."""
    for name, value in row.items():
        column = table.c[name]
        if value is None and column.nullable:
            continue
        if must := _fault(column.type, value):
            raise errors.LedgerRefused(f"{table.name}.{name} {must}")
    return row


def _fault(kind: sa.types.TypeEngine[object], value: object) -> str | None:
    """What a value of the type must be, if this one is not."""
    match kind, value:
        case sa.String(length=int(length)), str():
            if 0 < len(value) <= length and "\0" not in value and _encodable(value):
                return None
            return f"must be 1 to {length} characters of valid Unicode without NUL"
        case sa.Integer(), int():
            most = 2**63 - 1 if isinstance(kind, sa.BigInteger) else 2**31 - 1
            return None if 0 <= value <= most else f"must be 0 to {most}"
        case schema.UtcDateTime(), datetime():
            return None if value.tzinfo else "must have a time zone"
        case sa.Date(), _:
            return None
    return f"must not be a {type(value).__name__}"


def _encodable(text: str) -> bool:
    """Whether it is free of lone surrogates, which UTF-8 has no bytes for."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
