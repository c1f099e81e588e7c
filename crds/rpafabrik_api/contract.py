"""What operator, platform and robots say to each other through Temporal.

These types enter workflow histories, so they evolve by Temporal's rules: fields are only added,
with a default, and never change meaning. Resource models (`workerjob`, `jobrun`) never enter a
history; `rpafabrik_operator.planning` maps them to the types here.

No behaviour lives here beyond what is needed to read a value.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

JOB_RUN_WORKFLOW = "JobRun"
"""Workflow type of one run of a job; takes a `RunRequest`, returns a `RunSummary`."""
CASE_WORKFLOW = "Case"
"""Workflow type of one item in durable mode."""
HUMAN_TASK_WORKFLOW = "HumanTask"
"""Workflow type of one task for people."""
CATALOGUE_ACTIVITY = "rpafabrik.catalogue"
"""Activity that every digital worker answers on its own queue; returns a `Catalogue`."""
CHUNK_ACTIVITY = "rpafabrik.chunk"
"""Activity that every digital worker has: does many items; takes a `Chunk`, returns a
`ChunkProgress`."""
HOLD_SIGNAL = "hold"
"""Signal of `JobRun`: start no more items. Takes the reason as text."""
RELEASE_SIGNAL = "release"
"""Signal of `JobRun`: the hold is over."""
RESUME_SIGNAL = "resume"
"""Signal of `JobRun`: go on after a stop on failures. Takes who and why; a repeat is no other."""
PROGRESS_QUERY = "progress"
"""Query of `JobRun`: the `Progress` so far."""
HELD_MEMO = "held"
"""Memo key of a `JobRun` execution: true while it is held."""
STOPPED_MEMO = "stopped"
"""Memo key of a `JobRun` execution: why it stopped on failures; empty when it has not."""
RESUMED_MEMO = "resumed"
"""Memo key of a `JobRun` execution: the text that it was resumed with last."""

BUSINESS_ERROR = "BusinessError"
"""Failure type of an item that the rules of the business refuse; never retried."""
APPLICATION_ERROR = "ApplicationError"
"""Failure type of a technical failure; retried by policy."""


class Outcome(StrEnum):
    """How an item ended. The values are public API: ledger, metrics and status show them."""

    COMPLETED = "Completed"
    REVIEWED = "Reviewed"
    BUSINESS_EXCEPTION = "BusinessException"
    APPLICATION_EXCEPTION = "ApplicationException"
    SKIPPED = "Skipped"
    ABANDONED = "Abandoned"

    @property
    def dead_letter(self) -> bool:
        """Whether people may look at the item and have it done again."""
        return self in {
            Outcome.BUSINESS_EXCEPTION,
            Outcome.APPLICATION_EXCEPTION,
            Outcome.ABANDONED,
        }


class RunResult(StrEnum):
    """How a run ended."""

    SUCCEEDED = "Succeeded"
    COMPLETED_WITH_ERRORS = "CompletedWithErrors"
    """Items failed, within the limit that the job declares."""
    FAILED = "Failed"
    CANCELLED = "Cancelled"

    @property
    def successful(self) -> bool:
        """Whether the run has done its work, failed items or not."""
        return self in {RunResult.SUCCEEDED, RunResult.COMPLETED_WITH_ERRORS}


class Mode(StrEnum):
    """How items are run."""

    DURABLE = "Durable"
    CHUNKED = "Chunked"


class Purpose(StrEnum):
    """Why a run was started."""

    SCHEDULED = "Scheduled"
    ON_DEMAND = "OnDemand"
    BACKFILL = "Backfill"
    """To catch up on days that were missed; as real as a scheduled one."""
    SHADOW = "Shadow"
    """Beside people who do the work: it shows what the robot would have done."""
    DRY_RUN = "DryRun"
    """To try the robot."""

    @property
    def trial(self) -> bool:
        """Whether the run leaves no item done, and saves nothing."""
        return self in {Purpose.SHADOW, Purpose.DRY_RUN}


class Basis(StrEnum):
    """What a baseline is counted per."""

    PER_ITEM = "PerItem"
    PER_UNIT = "PerUnit"
    PER_RUN = "PerRun"
    PER_PERIOD = "PerPeriod"


class Period(StrEnum):
    """The periods of `PerPeriod`, in the job's time zone; a week is ISO 8601's."""

    DAY = "Day"
    WEEK = "Week"
    MONTH = "Month"


class BenefitClass(StrEnum):
    """What kind of benefit it is (grön, gul, röd)."""

    GREEN = "Green"
    """Money."""
    YELLOW = "Yellow"
    """Freed time."""
    RED = "Red"
    """Quality."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """Temporal's retry policy; intervals in seconds."""

    maximum_attempts: int = 5
    initial_interval_seconds: int = 1
    maximum_interval_seconds: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityCall:
    """An activity of the digital worker; `input` may hold `${…}` templates."""

    activity: str
    input: dict[str, Any] = field(default_factory=dict)
    retry: Retry = Retry()
    timeout_seconds: int = 60
    """Start to close, of one attempt."""
    heartbeat_timeout_seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowCall:
    """A workflow type of the developer's own, run as a child on the worker's queue."""

    type: str
    input: dict[str, Any] = field(default_factory=dict)
    timeout_seconds: int = 86_400
    """The whole execution."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanTask:
    """A task for people."""

    group: str
    due_after_seconds: int
    instruction: str = ""
    """What people read; may hold `${…}` templates."""
    outcomes: tuple[str, ...] = ("Godkänd", "Avvisad")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of an item: exactly one of what a step can do."""

    name: str
    when: str | None = None
    """CEL; the step is left out, with `{}` as its output, when it is false."""
    activity: ActivityCall | None = None
    wait_seconds: int | None = None
    workflow: WorkflowCall | None = None
    parallel: tuple["Step", ...] = ()
    """Steps run at the same time; each one's output is `steps.<its name>`."""
    human_task: HumanTask | None = None
    """Its output is `{"outcome": …}`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """By hand, `per` items, units, runs or periods took `manual_seconds`; valid until the next."""

    valid_from: date
    manual_seconds: int
    per: int = 1
    source: str = ""
    """Measured or Estimated."""
    approved_by: str = ""
    """The role that answers for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """What is hoped for."""

    hours_per_year: int | None = None
    automation_rate_percent: int | None = None
    lead_time_seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Benefit:
    """How saved time is counted (DESIGN §6)."""

    basis: Basis
    baselines: tuple[Baseline, ...]
    unit: str | None = None
    """CEL over `item`; what a unit is, for `PerUnit`."""
    period: Period | None = None
    """For `PerPeriod`."""
    benefit_class: BenefitClass = BenefitClass.YELLOW
    targets: Targets = Targets()


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureLimit:
    """How many items may fail; None is no limit."""

    percent: int | None = None
    """Of the items that were begun; beyond it the run is `Failed` in the end."""
    consecutive: int | None = None
    """So many in a row stop the run until it is resumed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """How many items a run's source is expected to list; None is no bound."""

    minimum: int | None = None
    maximum: int | None = None
    before_items: bool = False
    """Count first, and touch no item of a run that is not as expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """Where a run's items come from."""

    source: ActivityCall
    reference: str
    """CEL over `item`; text that is unique in the job, for ever."""
    concurrency: int = 20
    failure_limit: FailureLimit = FailureLimit()
    expected: Expected = Expected()
    arrived_at: str | None = None
    """CEL over `item`; when the item arrived, for lead times."""
    mode: Mode = Mode.DURABLE
    chunk_size: int = 200
    """At most so many items in one chunk; for `Chunked` only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The part of a WorkerJob that a run needs, frozen when the run starts."""

    uid: str
    namespace: str
    name: str
    department: str
    queue: str
    """Task queue of the digital worker."""
    steps: tuple[Step, ...]
    time_zone: str = "Europe/Stockholm"
    items: Items | None = None
    """None: the run itself is the one item, with its run id as the reference."""
    on_completion: ActivityCall | None = None
    """Run once, when every item has its outcome; may return `{"files": […]}`."""
    benefit: Benefit | None = None
    title: str = ""
    """What people call the job."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Items by outcome."""

    completed: int = 0
    reviewed: int = 0
    business_exceptions: int = 0
    application_exceptions: int = 0
    skipped: int = 0
    abandoned: int = 0

    @property
    def total(self) -> int:
        """Items that have an outcome."""
        return (
            self.completed
            + self.reviewed
            + self.business_exceptions
            + self.application_exceptions
            + self.skipped
            + self.abandoned
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RunState:
    """What a run carries over continue-as-new."""

    started_at: datetime
    cursor: str | None = None
    counts: Counts = Counts()
    held_because: str | None = None
    failures_in_a_row: int = 0
    stopped_because: str | None = None
    resumed: str = ""
    """What it was resumed with last."""
    requeued: int = 0
    """How many of the listed items were re-queued by people, and not given by the source."""
    requeued_after: str | None = None
    """The last re-queued reference that was taken; None once there are no more."""
    counting: int | None = None
    """Items counted so far, while they are only counted; `cursor` is where counting goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """Input of the JobRun workflow. The run's id is its workflow id."""

    job: Job
    purpose: Purpose
    input: dict[str, Any] = field(default_factory=dict)
    """The job's input, the run's own laid over it."""
    name: str | None = None
    """Name of the JobRun resource; None for a run of the schedule."""
    state: RunState | None = None
    """Set by continue-as-new only."""
    resumed: str = ""
    """What somebody resumed earlier runs with: it is no word for this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRequest:
    """Input of the Case workflow: one item, durable."""

    job: Job
    run_id: str
    input: dict[str, Any]
    """The run's input, for `${input.…}`."""
    reference: str
    item: dict[str, Any]
    run: dict[str, Any] = field(default_factory=dict)
    """What expressions read as `run`."""
    trial: bool = False
    """Whether the run is a shadow or a dry run."""
    next_step: int = 0
    """Where the case begins: the place in `job.steps` at which the item left its chunk."""
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What the steps before gave, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Input of the chunk activity: many items, done in one robot pod."""

    job: Job
    run_id: str
    input: dict[str, Any]
    """The run's input, for `${input.…}`."""
    run: dict[str, Any]
    """What expressions read as `run`."""
    references: tuple[str, ...]
    items: tuple[dict[str, Any], ...]
    """In the order of the references."""
    slots: int
    """How many items are in work at the same time."""
    seconds: int
    """After so long no further item is begun; those that are not begun come back."""
    failures: int | None = None
    """After so many failures in a row no further item is begun either."""
    trial: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkException:
    """An item of a chunk that did not complete."""

    index: int
    """Its place in the chunk."""
    outcome: Outcome
    code: str
    message: str
    step: str = ""
    """Where it failed."""
    attempts: int | None = None
    """How often that was tried, where it is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkLeft:
    """An item that left its chunk: its next step must be a case's."""

    index: int
    next_step: int
    outputs: dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What figures need of an item, known before it is begun."""

    unit: str | None = None
    arrived_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class ChunkProgress:
    """How far a chunk has come: its checkpoint, and at last its result.

    An item that neither ended nor left was not begun, or not ended, and is free for another.
    """

    started_at: datetime
    """When the chunk was first begun, by Temporal's clock."""
    ended: list[int] = field(default_factory=list)
    """Places in the chunk of the items that have their outcome, in the order of ending."""
    seconds: list[int] = field(default_factory=list)
    """How long after `started_at` each of those ended."""
    known: list[Known] | None = None
    """What figures need of each of those; None for jobs whose figures need nothing."""
    exceptions: list[ChunkException] = field(default_factory=list)
    left: list[ChunkLeft] = field(default_factory=list)
    trying: int | None = None
    """The item in work when items are tried one by one, because robots were lost on this chunk."""
    losses: int = 0
    """How many robots have begun it so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run has come."""

    counts: Counts
    listed: int
    """Items that the source has given so far, the skipped ones included."""
    listing_done: bool
    held_because: str | None = None
    stopped_because: str | None = None
    """Why it waits to be resumed: too many failures in a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """Saved time in seconds, rounded once, from a SUM over the ledger."""

    gross_seconds: int = 0
    net_seconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """How many items the source listed, and how many were expected."""

    listed: int
    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a job stands by its ledger once a run has closed; trials left out."""

    last_success: datetime | None = None
    """When a run succeeded last."""
    succeeded: int = 0
    failed: int = 0
    """Of the last runs, as many as `health.RECENT_RUNS`."""
    failed_in_a_row: int = 0
    """Runs that failed since the last that succeeded."""
    oldest_open: datetime | None = None
    """Since when an item is open, in another run or re-queued."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """How a run ended, and what it gave. Result of the JobRun workflow."""

    run_id: str
    result: RunResult
    started_at: datetime
    finished_at: datetime
    counts: Counts = Counts()
    saved: Saved = Saved()
    """By this run."""
    job_saved: Saved = Saved()
    """By all runs of the job so far."""
    files: tuple[str, ...] = ()
    """What `onCompletion` says it wrote."""
    reason: str = "Completed"
    """One CamelCase word; see `reasons`."""
    message: str = ""
    volume: Volume | None = None
    """None when the source was not listed to its end."""
    purpose: Purpose | None = None
    """Why the run was started."""
    standing: Standing | None = None
    """None of a trial, for the job is not told of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """What a digital worker can do."""

    activities: tuple[str, ...]
    workflows: tuple[str, ...] = ()
    chunks: bool = False
    """Whether it does chunks of items; a robot with an SDK of before has no activity for it."""
    credential_expires: datetime | None = None
    """When the certificate runs out that it shows Temporal; None where it shows none."""
