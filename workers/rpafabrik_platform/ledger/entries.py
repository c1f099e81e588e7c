"""What the ledger takes and gives. Values only; `rows` knows how they are stored."""

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from rpafabrik_api import contract
from rpafabrik_platform import benefit

MESSAGE_LENGTH = 2000
CODE_LENGTH = 64
STEP_LENGTH = 64
MOST_PAYLOAD_BYTES = 1_000_000
"""A dead letter larger than this is kept without its payload."""


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
    title: str = ""
    benefit_class: contract.BenefitClass | None = None
    targets: contract.Targets = field(default_factory=contract.Targets)
    plan: "Plan | None" = None
    """None for a trial."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is hoped for of a job, from a day until its next plan."""

    job_uid: str
    valid_from: date
    namespace: str
    job: str
    department: str
    benefit_class: contract.BenefitClass | None
    hours_per_year: int | None
    """None: nothing (more) is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Realising:
    """What somebody says came true of a job's benefit in a month."""

    entry_id: str
    """The same for the same entry, however often it is sent."""
    namespace: str
    job: str
    month: date
    """Its first day."""
    seconds: int
    """Below zero to correct an earlier entry."""
    entered_at: datetime
    entered_by: str
    """A role, or an id."""
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Realised:
    """What stands in the ledger of an entry."""

    department: str
    month: date
    seconds: int
    month_seconds: int
    """Of the job in that month, all entries together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnd:
    """How a run ended."""

    run_id: str
    result: contract.RunResult
    finished_at: datetime
    completed_on: date
    """In the job's time zone."""
    skipped: int
    claim: benefit.Claim | None = None
    volume: contract.Volume | None = None
    """None when the source was not listed to its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnding:
    """How a run ended, as its workflow tells it."""

    run_id: str
    result: contract.RunResult
    finished_at: datetime
    counts: contract.Counts
    volume: contract.Volume | None = None


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
    arrived_at: datetime | None = None
    unit: str | None = None
    trial: bool = False
    person_seconds: int = 0
    """What people spent on it."""
    code: str | None = None
    message: str | None = None
    """Code and message of the exception it ended in."""
    step: str | None = None
    """Where it failed."""
    attempts: int | None = None
    """How often that was tried."""
    item: dict[str, Any] | None = None
    """As the source gave it; kept for dead letters."""
    asked: bool = False
    """Whether people were asked in this run; the ledger knows what they spent on it."""


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
    arrived_at: datetime | None = None
    claim: benefit.Claim | None = None
    trial: bool = False
    """Of a shadow or dry run: then it has no claim."""
    person_seconds: int = 0
    code: str | None = None
    message: str | None = None
    step: str | None = None
    attempts: int | None = None
    payload: str | None = None
    """The item as JSON; for dead letters only."""
    asked: bool = False
    """Whether people were asked: what they spent on it is added as the row is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requeue:
    """Dead letters that somebody wants done again: these references, or all, or all of a code."""

    job_uid: str
    by: str
    because: str
    at: datetime
    references: tuple[str, ...] = ()
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Requeued:
    """What was re-queued; nothing when any of it was refused."""

    references: tuple[str, ...] = ()
    refused: dict[str, str] = field(default_factory=dict)
    """By reference, why."""
    unkept: int = 0
    """How many were too large to keep: they are done once the source lists them again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Re-queued items that wait for a run: reference and JSON."""

    items: tuple[tuple[str, str], ...] = ()
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownJob:
    """A job that has had a run."""

    namespace: str
    name: str
    uid: str

    @property
    def key(self) -> str:
        """NAMESPACE/NAME."""
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which items of a job somebody asks for."""

    job_uid: str
    outcomes: tuple[contract.Outcome, ...]
    code: str | None = None
    run_id: str | None = None
    since: datetime | None = None
    limit: int | None = None

    @property
    def skipped(self) -> bool:
        """Whether it asks for what runs skipped, which is kept apart."""
        return self.outcomes == (contract.Outcome.SKIPPED,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How an item ended."""

    reference: str
    run_id: str
    outcome: contract.Outcome
    completed_at: datetime
    step: str | None
    attempts: int | None
    code: str | None
    message: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Superseded:
    """An ending after which somebody re-queued the item."""

    ending: Found
    at: datetime
    by: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """What a dead letter was; None when it was too large to keep."""

    bytes: int
    json: str | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Everything that is known of one item."""

    reference: str
    final: Found | None = None
    superseded: tuple[Superseded, ...] = ()
    in_work_in: str | None = None
    payload: Payload | None = None

    @property
    def known(self) -> bool:
        """Whether the job has ever had it."""
        return bool(self.final or self.superseded or self.in_work_in)


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
    told = job.benefit
    day = _day(job, started_at)
    return Run(
        run_id=run_id,
        job_uid=job.uid,
        namespace=job.namespace,
        job=job.name,
        department=job.department,
        purpose=purpose,
        started_at=started_at,
        title=job.title,
        benefit_class=told.benefit_class if told else None,
        targets=told.targets if told else contract.Targets(),
        plan=None if purpose.trial else _plan(job, day),
    )


def run_end(job: contract.Job, purpose: contract.Purpose, end: RunEnding) -> RunEnd:
    """The end of the job's run: on which day it came, and what it counts for by itself.

    A run that did nothing but skip is one that was run again.
    """
    day = _day(job, end.finished_at)
    counts = end.counts
    again = counts.skipped > 0 and counts.skipped == counts.total
    return RunEnd(
        run_id=end.run_id,
        result=end.result,
        finished_at=end.finished_at,
        completed_on=day,
        skipped=counts.skipped,
        volume=end.volume,
        claim=None if purpose.trial or again else benefit.run_claim(job.benefit, end.result, day),
    )


def item(job: contract.Job, run_id: str, ending: Ending) -> Item:
    """The final row of the job's item: on which day it ended, and what it counts for."""
    day = _day(job, ending.completed_at)
    claim = benefit.item_claim(job.benefit, ending.outcome, day, ending.unit)
    return Item(
        job_uid=job.uid,
        reference=ending.reference,
        run_id=run_id,
        outcome=ending.outcome,
        completed_at=ending.completed_at,
        completed_on=day,
        arrived_at=ending.arrived_at,
        claim=None if ending.trial else claim,
        trial=ending.trial,
        person_seconds=ending.person_seconds,
        code=shortened(ending.code, CODE_LENGTH),
        message=shortened(ending.message, MESSAGE_LENGTH),
        step=shortened(ending.step, STEP_LENGTH),
        attempts=ending.attempts,
        payload=_payload(ending),
        asked=ending.asked,
    )


def _plan(job: contract.Job, day: date) -> Plan:
    told = job.benefit
    return Plan(
        job_uid=job.uid,
        valid_from=day,
        namespace=job.namespace,
        job=job.name,
        department=job.department,
        benefit_class=told.benefit_class if told else None,
        hours_per_year=told.targets.hours_per_year if told else None,
    )


def shortened(text: str | None, length: int) -> str | None:
    """Text that every database stores: no item is lost because its error was odd or long."""
    if not text:
        return None
    storable = text.replace("\0", "").encode(errors="replace").decode()
    return storable if len(storable) <= length else storable[: length - 1] + "…"


def _day(job: contract.Job, at: datetime) -> date:
    """The date in the job's time zone.

    A run whose zone there is not fails before its first item, and must have its rows all the same.
    """
    try:
        zone: tzinfo = ZoneInfo(job.time_zone)
    except (ValueError, OSError, KeyError):
        zone = UTC
    return at.astimezone(zone).date()


def _payload(ending: Ending) -> str | None:
    """The item as JSON, free of all that a database might refuse."""
    if ending.item is None or not ending.outcome.dead_letter:
        return None
    return json.dumps(ending.item, separators=(",", ":"))
