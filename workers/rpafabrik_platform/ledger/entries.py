"""What the ledger takes and gives. Values only; `rows` knows how they are stored."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from rpafabrik_api import contract
from rpafabrik_platform import benefit

MESSAGE_LENGTH = 2000
CODE_LENGTH = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run that begins, with its job as it is then."""

    run_id: str
    job_uid: str
    namespace: str
    job: str
    department: str
    purpose: contract.Purpose
    started_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Claiming:
    """References of one page, which a run wants for itself."""

    job_uid: str
    run_id: str
    position: int
    """How many items the run had listed before the page."""
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A reference that a page cannot have, and the run that has it or did it."""

    run_id: str
    done: bool = False
    """Whether it has its final row; else it is in work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How an item ended, as its case tells it."""

    reference: str
    outcome: contract.Outcome
    completed_at: datetime
    unit: str | None = None
    person_seconds: int = 0
    """What people spent on it."""
    code: str | None = None
    message: str | None = None
    """Code and message of the exception it ended in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """The final row of an item."""

    job_uid: str
    reference: str
    run_id: str
    outcome: contract.Outcome
    completed_at: datetime
    completed_on: date
    """In the job's time zone."""
    claim: benefit.Claim | None = None
    person_seconds: int = 0
    code: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What stands in the ledger for a reference, whoever wrote it.

    Another run's id: that run did the item, and this run skips it. Another outcome than the one
    given: this run wrote it before, and what was written first is what happened.
    """

    run_id: str
    outcome: contract.Outcome


def run(job: contract.Job, run_id: str, purpose: contract.Purpose, started_at: datetime) -> Run:
    """The run of the job, as it begins."""
    return Run(
        run_id=run_id,
        job_uid=job.uid,
        namespace=job.namespace,
        job=job.name,
        department=job.department,
        purpose=purpose,
        started_at=started_at,
    )


def item(job: contract.Job, run_id: str, ending: Ending) -> Item:
    """The final row of the job's item: on which day it ended, and what it counts for."""
    day = ending.completed_at.astimezone(ZoneInfo(job.time_zone)).date()
    return Item(
        job_uid=job.uid,
        reference=ending.reference,
        run_id=run_id,
        outcome=ending.outcome,
        completed_at=ending.completed_at,
        completed_on=day,
        claim=benefit.claim(job.benefit, ending.outcome, day, ending.unit),
        person_seconds=ending.person_seconds,
        code=_shortened(ending.code, CODE_LENGTH),
        message=_shortened(ending.message, MESSAGE_LENGTH),
    )


def _shortened(text: str | None, length: int) -> str | None:
    """Text that every database stores: no item is lost because its error was odd or long."""
    if not text:
        return None
    storable = text.replace("\0", "").encode(errors="replace").decode()
    return storable if len(storable) <= length else storable[: length - 1] + "…"
