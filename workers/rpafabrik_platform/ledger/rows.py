"""Entries as rows: the values of the columns, held against the columns' bounds.

SQLite bounds no text at all, and what PostgreSQL says of one too long does not name the column:
so the bounds are checked here, for both, before a row is sent. No message quotes a value.
"""

import functools
from collections.abc import Callable, Mapping
from datetime import datetime

import sqlalchemy as sa

from rpafabrik import masking
from rpafabrik_api import contract
from rpafabrik_platform import benefit
from rpafabrik_platform.ledger import entries, errors, schema, task_entries


def run(entry: entries.Run) -> dict[str, object]:
    """The row of a run that begins."""
    row: dict[str, object] = {
        "run_id": entry.run_id,
        "job_uid": entry.job_uid,
        "namespace": entry.namespace,
        "job": entry.job,
        "title": entry.title or None,
        "department": entry.department,
        "benefit_class": entry.benefit_class and entry.benefit_class.value,
        "automation_target_percent": entry.targets.automation_rate_percent,
        "lead_target_seconds": entry.targets.lead_time_seconds,
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


def run_end(entry: entries.RunEnd) -> dict[str, object]:
    """What is written into the row of a run when it ends."""
    claim = entry.claim
    row: dict[str, object] = {
        "result": entry.result.value,
        "finished_at": entry.finished_at,
        "completed_on": entry.completed_on,
        "skipped": entry.skipped,
        "baseline": claim and claim.baseline.key,
        "period": claim and claim.period,
        "listed": entry.volume and entry.volume.listed,
        "expected_min": entry.volume and entry.volume.minimum,
        "expected_max": entry.volume and entry.volume.maximum,
    }
    return checked(schema.runs, row)


def item(entry: entries.Item) -> dict[str, object]:
    """The final row of an item."""
    row: dict[str, object] = {
        "reference": entry.reference,
        "run_id": entry.run_id,
        "outcome": entry.outcome.value,
        "arrived_at": entry.arrived_at,
        "completed_at": entry.completed_at,
        "completed_on": entry.completed_on,
        "person_seconds": entry.person_seconds,
        "code": entry.code,
        "message": entry.message,
    }
    if entry.trial:
        return checked(schema.trial_items, row)
    claim = entry.claim
    per_unit = claim is not None and claim.baseline.basis is contract.Basis.PER_UNIT
    if claim is not None and per_unit != (claim.unit is not None):
        raise errors.LedgerRefused("items.unit must be given per unit, and only then")
    row |= {"job_uid": entry.job_uid, "step": entry.step, "attempts": entry.attempts}
    row["baseline"] = claim and claim.baseline.key
    row["unit"] = claim and claim.unit
    return checked(schema.items, row)


def baseline(entry: benefit.Baseline) -> dict[str, object]:
    """The row of a baseline."""
    row: dict[str, object] = {
        "id": entry.key,
        "basis": entry.basis.value,
        "period": entry.period and entry.period.value,
        "manual_seconds": entry.manual_seconds,
        "per": entry.per,
        "valid_from": entry.valid_from,
        "source": entry.source,
        "approved_by": entry.approved_by,
    }
    return checked(schema.baselines, row)


def plan(entry: entries.Plan) -> dict[str, object]:
    """The row of a plan."""
    row: dict[str, object] = {
        "job_uid": entry.job_uid,
        "valid_from": entry.valid_from,
        "namespace": entry.namespace,
        "job": entry.job,
        "department": entry.department,
        "benefit_class": entry.benefit_class and entry.benefit_class.value,
        "hours_per_year": entry.hours_per_year,
    }
    return checked(schema.plans, row)


def payload(entry: entries.Item) -> dict[str, object]:
    """The row of what a dead letter was; without it, where that is too large to keep."""
    text = entry.payload or ""
    kept = text if len(text) <= entries.MOST_PAYLOAD_BYTES else None
    return {
        "job_uid": entry.job_uid,
        "reference": entry.reference,
        "bytes": len(text),
        "payload": kept,
    }


def realised(told: entries.Realising, job: Mapping[str, object]) -> dict[str, object]:
    """The row of what came true, of the job as it was."""
    row: dict[str, object] = {
        **job,
        "entry_id": told.entry_id,
        "month": told.month,
        "seconds": told.seconds,
        "entered_at": told.entered_at,
        "entered_by": told.entered_by,
        "because": told.because,
    }
    _of_no_person(row, schema.realised, {"entered_by": "by", "because": "because"})
    return checked(schema.realised, row)


def task_answer(told: task_entries.Answer) -> dict[str, object]:
    """What is written into the row of a task when somebody answers it."""
    row: dict[str, object] = {
        "answer_id": told.answer_id,
        "outcome": told.outcome,
        "answered_by": told.by,
        "because": told.because,
        "person_seconds": told.seconds,
        "closed_at": told.at,
    }
    _of_no_person(row, schema.human_tasks, {"answered_by": "by", "because": "because"})
    return checked(schema.human_tasks, row)


def requeue(asked: entries.Requeue) -> dict[str, object]:
    """What a row of a superseded ending says of who re-queued it."""
    row: dict[str, object] = {
        "requeued_at": asked.at,
        "requeued_by": asked.by,
        "because": asked.because,
    }
    _of_no_person(row, schema.requeues, {"requeued_by": "by", "because": "because"})
    return checked(schema.requeues, row)


def checked(table: sa.Table, row: dict[str, object]) -> dict[str, object]:
    """The row, if its columns can hold it; all of their names belong to the table."""
    faults = _faults(table)
    for name, value in row.items():
        if must := faults[name](value):
            raise errors.LedgerRefused(f"{table.name}.{name} {must}")
    return row


def _of_no_person(row: Mapping[str, object], table: sa.Table, told: Mapping[str, str]) -> None:
    """Refuse what people tell, by the name that they give it by, if it may name a person."""
    for column, name in told.items():
        text = str(row[column])
        if must := _faults(table)[column](text):
            raise errors.LedgerRefused(f"{name} {must}")
        if masking.text(text) != text:
            raise errors.LedgerRefused(
                f"{name} must name a role or an id and no person: it holds what looks like a"
                " personal number or an e-mail address"
            )


_Fault = Callable[[object], str | None]
"""What a value must be, if it is not."""


@functools.cache
def _faults(table: sa.Table) -> dict[str, _Fault]:
    """By column. Found out once: each item has ten values, and a run many items."""
    return {column.name: _of_column(column) for column in table.columns}


def _of_column(column: sa.Column[object]) -> _Fault:
    fault = _of_type(column.type)
    if not column.nullable:
        return fault
    return lambda value: None if value is None else fault(value)


def _of_type(kind: sa.types.TypeEngine[object]) -> _Fault:
    match kind:
        case sa.String(length=int(length)):
            return functools.partial(_of_text, length)
        case sa.Integer():
            most = 2**63 - 1 if isinstance(kind, sa.BigInteger) else 2**31 - 1
            return functools.partial(
                _of_number, -most if isinstance(kind, schema.Signed) else 0, most
            )
        case schema.UtcDateTime():
            return _of_time
        case sa.Date():
            return lambda _value: None
    return _wrong


def _of_text(length: int, value: object) -> str | None:
    if not isinstance(value, str):
        return _wrong(value)
    if 0 < len(value) <= length and "\0" not in value and _encodable(value):
        return None
    return f"must be 1 to {length} characters of valid Unicode without NUL"


def _of_number(least: int, most: int, value: object) -> str | None:
    if not isinstance(value, int):
        return _wrong(value)
    return None if least <= value <= most else f"must be {least} to {most}"


def _of_time(value: object) -> str | None:
    if not isinstance(value, datetime):
        return _wrong(value)
    return None if value.tzinfo else "must have a time zone"


def _wrong(value: object) -> str:
    return f"must not be a {type(value).__name__}"


def _encodable(text: str) -> bool:
    """Whether it is free of lone surrogates, which UTF-8 has no bytes for."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
