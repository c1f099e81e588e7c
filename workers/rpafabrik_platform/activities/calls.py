"""What workflows and platform activities say to each other: names, arguments, results.

Both sides import this and neither imports the other, so a workflow never sees the ledger. These
types enter histories: fields are only added, with a default, and never change meaning.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rpafabrik_api import contract

OPEN_RUN = "rpafabrik.openRun"
"""Takes an `Opening`; the run stands in the ledger. Returns what was `Opened`."""
REQUEUED = "rpafabrik.requeued"
"""Takes an `Asking`; returns a page of the job's `Requeued` items."""
CLAIM = "rpafabrik.claim"
"""Takes a `Claiming`; returns those of its references that are done, or are another page's."""
RECORD_ITEM = "rpafabrik.recordItem"
"""Takes an `Ending`; returns the `Outcome` that stands in the ledger."""
RECORD_CHUNK = "rpafabrik.recordChunk"
"""Takes a `ChunkEnding`; returns what stands in the ledger, as `Streak`s in order of ending."""
CLOSE_RUN = "rpafabrik.closeRun"
"""Takes a `Closing`; returns what was `Saved`."""
OPEN_TASK = "rpafabrik.openTask"
"""Takes a `TaskOpening`; returns the outcome if the task is answered already, else None."""
WITHDRAW_TASK = "rpafabrik.withdrawTask"
"""Takes a `TaskWithdrawal`; the task is closed."""
ANSWER_TASK = "rpafabrik.answerTask"
"""Takes an `Answering`; returns what was `Answered`, once the item goes on. For people's programs,
as a standalone activity."""
REALISE_BENEFIT = "rpafabrik.realiseBenefit"
"""Takes a `Realising`; returns what was `Realised`. For other systems, as a standalone activity."""
REPORT_PROGRESS = "rpafabrik.reportProgress"
"""Takes a `ProgressReport`."""
REPORT_STOP = "rpafabrik.reportStop"
"""Takes a `StopReport`."""
REPORT_RUN = "rpafabrik.reportRun"
"""Takes a `RunReport`."""

TASK_ANSWERED = "answered"
"""Signal of `HumanTask`: somebody has answered, and the ledger has it. Takes the outcome."""

LEDGER_REFUSED = "LedgerRefused"
"""Failure type: the ledger will never accept this, however often it is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A run that begins."""

    job: contract.Job
    run_id: str
    purpose: contract.Purpose
    started_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What the run finds."""

    requeued: bool
    """Whether items wait that people re-queued."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """For re-queued items after a reference, at most so many."""

    job_uid: str
    after: str
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Requeued:
    """Items that people re-queued, by reference."""

    references: tuple[str, ...]
    items: tuple[dict[str, Any], ...]
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Claiming:
    """References that a page of a run gave."""

    job_uid: str
    run_id: str
    position: int
    """How many items the run had listed before: a page that asks again is the same page."""
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How an item ended."""

    job: contract.Job
    run_id: str
    reference: str
    outcome: contract.Outcome
    completed_at: datetime
    unit: str | None = None
    arrived_at: datetime | None = None
    trial: bool = False
    code: str = ""
    message: str = ""
    step: str = ""
    """Where it failed."""
    attempts: int | None = None
    """How often that was tried, where it is known."""
    item: dict[str, Any] | None = None
    """As the source gave it; for dead letters."""
    asked: bool = False
    """Whether people were asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkEnding:
    """How the items of a chunk ended, those of them that did."""

    job: contract.Job
    run_id: str
    references: tuple[str, ...]
    progress: contract.ChunkProgress
    trial: bool = False
    items: dict[int, dict[str, Any]] = field(default_factory=dict)
    """Those that ended in an exception, by their place in the chunk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Streak:
    """So many items in a row that ended alike."""

    outcome: contract.Outcome
    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """How a run ended."""

    job: contract.Job
    run_id: str
    purpose: contract.Purpose
    result: contract.RunResult
    finished_at: datetime
    counts: contract.Counts
    volume: contract.Volume | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What the ledger says was saved once a run is closed."""

    run: contract.Saved
    job: contract.Saved
    standing: contract.Standing | None = None
    """How the job stands now; None of a trial."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Input of the HumanTask workflow: what people are asked of an item."""

    run_id: str
    reference: str
    step: str
    group: str
    outcomes: tuple[str, ...]
    due_after_seconds: int
    instruction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOpening:
    """A task that waits for people from now on."""

    task_id: str
    workflow_id: str
    opened_at: datetime
    task: Task


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskWithdrawal:
    """A task that nobody waits for any more."""

    task_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """What somebody answers."""

    task_id: str
    outcome: str
    """One of the task's words."""
    by: str
    """A role, or an id."""
    because: str
    seconds: int
    """What the person spent on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What stands in the ledger after an answer."""

    namespace: str
    job: str
    step: str
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Realising:
    """What somebody says came true of a job's benefit."""

    namespace: str
    job: str
    period: str
    """A month, 2026-03."""
    hours: str
    """A decimal number, 12.5; below zero to correct what was entered before."""
    by: str
    """A role, or an id."""
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Realised:
    """What stands in the ledger after an entry."""

    department: str
    hours: str
    month_hours: str
    """Of the job in that month, all entries together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """The resources whose status a report belongs to."""

    namespace: str
    job: str
    job_uid: str
    run_id: str
    run: str | None
    """Name of the JobRun resource; None for a run of the schedule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressReport:
    """How far a run has come."""

    about: Reported
    progress: contract.Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class StopReport:
    """That a run stopped on failures, or that it does no more."""

    about: Reported
    because: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """How a run ended."""

    about: Reported
    summary: contract.RunSummary
