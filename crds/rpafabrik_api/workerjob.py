"""WorkerJob: the standing job of a digital worker."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from rpafabrik_api import contract, fields, model, resource
from rpafabrik_api.benefit import Benefit
from rpafabrik_api.steps import ActivityCall, Step


class Stage(StrEnum):
    """Where a job stands in the portfolio."""

    CANDIDATE = "Candidate"
    PILOT = "Pilot"
    PRODUCTION = "Production"
    RETIRED = "Retired"


class DeletionPolicy(StrEnum):
    """What happens in Temporal when the resource is deleted."""

    DRAIN = "Drain"
    TERMINATE = "Terminate"
    ORPHAN = "Orphan"


class OverlapPolicy(StrEnum):
    """What happens when a run is due while the one before still runs."""

    SKIP = "Skip"
    BUFFER_ONE = "BufferOne"
    ALLOW_ALL = "AllowAll"


class Owner(model.Model):
    """A role that answers for something, and how it is reached."""

    name: fields.Text
    """The role, or a function's name; no person needs to be named."""
    email: Annotated[str, Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]
    """A mailbox that somebody reads."""


class WorkerRef(model.Model):
    """A digital worker in the same namespace."""

    name: fields.ResourceName
    """Its name; the robot pods listen on its queue."""


class Schedule(model.Model):
    """When the job runs."""

    cron: Annotated[str, Field(min_length=9, max_length=100, pattern=r"^\s*(\S+\s+){4}\S+\s*$")]
    """Five fields: minute, hour, day of month, month, day of week. Example: 0 6 * * 1-5"""
    time_zone: Annotated[str, Field(min_length=1, max_length=64)] = "Europe/Stockholm"
    """A name of the IANA time zone database."""
    overlap_policy: OverlapPolicy = OverlapPolicy.SKIP
    """Skip, BufferOne (run once more afterwards) or AllowAll (side by side)."""
    # Temporal would store less as ten, and the schedule would never be as declared.
    catchup_window_seconds: Annotated[fields.Seconds, Field(ge=10)] = 3_600
    """How late a run may start after Temporal or the schedule was away."""


class FailureLimit(model.Model):
    """How many items of a run may fail: application exceptions, and items abandoned."""

    percent: Annotated[int | None, Field(ge=1, le=100, json_schema_extra={"format": "int32"})] = (
        None
    )
    """More than so many percent of the items begun, and the run is Failed in the end. A single
    failure never exceeds it, unless it is the only item."""
    consecutive: Annotated[
        int | None, Field(ge=1, le=1_000_000, json_schema_extra={"format": "int32"})
    ] = None
    """So many failures in a row stop the run: it starts nothing more, and waits to be resumed
    (rpafabrik resume) or cancelled."""


class VolumeCheck(StrEnum):
    """When the number of items is held against what is expected."""

    AFTER_LISTING = "AfterListing"
    BEFORE_ITEMS = "BeforeItems"


class Expected(model.Model):
    """How many items the source is expected to list, those done before included."""

    rules: ClassVar[tuple[model.Rule, ...]] = (
        model.Rule("has(self.min) || has(self.max)", "min or max must be given"),
        model.Rule(
            "!has(self.min) || !has(self.max) || self.min <= self.max",
            "min must be at most max",
        ),
    )

    min: fields.Count | None = None
    """Fewer items are an incident: an empty file, say."""
    max: fields.Count | None = None
    """More items are an incident: a doubled file, say."""
    check: VolumeCheck = VolumeCheck.AFTER_LISTING
    """AfterListing: the run is marked. BeforeItems: the source is listed twice, first to count; a
    run that is not as expected touches no item, and is Failed."""


class Items(model.Model):
    """Where the items of a run come from."""

    source: ActivityCall
    """The activity that lists the items, page by page."""
    reference: fields.Expression
    """CEL over `item`: text that is unique in the job, for ever. A reference seen before is
    Skipped. Example: item.centre + "/" + item.date"""
    arrived_at: fields.Expression | None = None
    """CEL over `item`: when it arrived, for lead times; a date, or a time as ISO 8601 writes it.
    Example: item.received"""
    concurrency: Annotated[int, Field(ge=1, le=1_000, json_schema_extra={"format": "int32"})] = 20
    """How many items are in work at the same time."""
    failure_limit: FailureLimit | None = None
    """How many items may fail before the run is Failed, or stops."""
    expected: Expected | None = None
    """How many items there should be."""
    mode: contract.Mode = contract.Mode.DURABLE
    """Durable (each item a workflow of its own) or Chunked (many items in one activity, for
    volume; an item goes on as a workflow of its own at a step that is no activity)."""
    chunk_size: Annotated[int, Field(ge=1, le=1_000, json_schema_extra={"format": "int32"})] = 200
    """At most so many items in one activity, when mode is Chunked."""


class WorkerJobSpec(model.Model):
    """What is wanted."""

    rules: ClassVar[tuple[model.Rule, ...]] = (
        model.Rule(
            "self.stage != 'Production' || has(self.benefit)",
            "benefit must be given when stage is Production",
        ),
    )

    title: fields.Text
    """What people call the job."""
    description: Annotated[str, Field(max_length=2_000)] = ""
    """What the digital worker does, for those who meet it."""
    department: fields.Text
    """The part of the organisation that owns the process (förvaltning)."""
    process_owner: Owner
    """Answers for the process (processägare)."""
    change_owner: Owner
    """Answers for the benefit being realised (förändringsansvarig)."""
    stage: Stage = Stage.PILOT
    """Candidate and Retired jobs are not scheduled; a Retired job cannot be run at all."""
    worker_ref: WorkerRef
    """The digital worker that does the job."""
    suspend: bool = False
    """Start no runs by the schedule. Belongs to whoever owns the YAML; an emergency stop is the
    annotation rpafabrik.dev/hold."""
    schedule: Schedule | None = None
    """When the job runs; without it, only a JobRun runs it."""
    input: fields.Input | None = None
    """What expressions read as `input`; a JobRun may lay its own over it."""
    items: Items | None = None
    """Where items come from; without it, the run itself is the one item."""
    steps: Annotated[
        tuple[Step, ...],
        Field(min_length=1, max_length=50, json_schema_extra=model.listed_by("name")),
    ]
    """What is done with each item, in order."""
    on_completion: ActivityCall | None = None
    """Done once, when every item of a run has its outcome. May return {"files": [...]}."""
    benefit: Benefit | None = None
    """How saved time is counted."""
    deletion_policy: DeletionPolicy = DeletionPolicy.DRAIN
    """Drain (runs under way finish), Terminate (they are ended) or Orphan (the schedule and its
    runs are left in Temporal)."""
    deletion_timeout_seconds: fields.Seconds = 3_600
    """How long Drain waits before it terminates."""


class ItemCounts(model.Model):
    """Items of a run, by outcome."""

    completed: fields.Count = 0
    reviewed: fields.Count = 0
    business_exceptions: fields.Count = 0
    application_exceptions: fields.Count = 0
    skipped: fields.Count = 0
    abandoned: fields.Count = 0
    total: fields.Count = 0


class SavedTime(model.Model):
    """Time saved, from the ledger."""

    gross_seconds: fields.Amount = 0
    """Baseline time of what was completed."""
    net_seconds: Annotated[int, Field(json_schema_extra={"format": "int64"})] = 0
    """Gross less what people spent on reviews and exceptions."""
    hours: Annotated[str, Field(max_length=20)] = "0.0"
    """Net hours with one decimal, for kubectl get."""


class RunStatus(model.Model):
    """How a run went, or goes."""

    workflow_id: Annotated[str, Field(max_length=1_000)] = ""
    """The run in Temporal."""
    purpose: contract.Purpose | None = None
    """Why it was started, once it has ended."""
    result: contract.RunResult | None = None
    """Succeeded, CompletedWithErrors, Failed or Cancelled, once it has ended."""
    start_time: datetime | None = None
    completion_time: datetime | None = None
    items: ItemCounts = ItemCounts()
    saved: SavedTime = SavedTime()
    """What this run saved."""
    files: Annotated[tuple[fields.FilePath, ...], Field(max_length=50)] = ()
    """What onCompletion says it wrote."""


class RecentRuns(model.Model):
    """How the last runs went, the last 20 at most; trials and cancelled runs left out."""

    succeeded: fields.Count = 0
    failed: fields.Count = 0
    failed_in_a_row: fields.Count = 0
    """Runs that failed since the last that succeeded; there may be more of them than 20."""


class VolumeStatus(model.Model):
    """How many items a run listed, and how many were expected."""

    listed: fields.Amount
    min: fields.Amount | None = None
    max: fields.Amount | None = None


class WorkerJobStatus(model.Model):
    """What is."""

    observed_generation: fields.Amount = 0
    """The metadata.generation that this status speaks of."""
    conditions: resource.Conditions = ()
    schedule_id: Annotated[str, Field(max_length=1_000)] = ""
    """The schedule in Temporal; empty when there is none."""
    scheduled_since: datetime | None = None
    """When the schedule was made or changed last: no run was due by it before."""
    next_run_time: datetime | None = None
    """When the schedule starts the next run."""
    last_run: RunStatus | None = None
    """The run that ended last."""
    saved: SavedTime = SavedTime()
    """What all runs of the job have saved."""
    last_successful_time: datetime | None = None
    """When a run succeeded last."""
    recent_runs: RecentRuns | None = None
    """How the last runs went."""
    volume: VolumeStatus | None = None
    """What the last run listed, where items.expected says how much that should be."""
    oldest_open_item_time: datetime | None = None
    """Since when an item was open as the last run ended: in another run, or re-queued."""


class WorkerJob(resource.Resource):
    """The standing job of a digital worker: owners, schedule, steps per item, and time saved."""

    definition: ClassVar[resource.Definition] = resource.Definition(
        kind="WorkerJob",
        plural="workerjobs",
        short_names=("wj",),
        columns=(
            resource.Column("Stage", ".spec.stage"),
            resource.Column("Ready", '.status.conditions[?(@.type=="Ready")].status'),
            resource.Column("Reason", '.status.conditions[?(@.type=="Ready")].reason'),
            resource.Column("Suspended", '.status.conditions[?(@.type=="Suspended")].status'),
            resource.Column("On Schedule", '.status.conditions[?(@.type=="OnSchedule")].status'),
            resource.Column("Succeeding", '.status.conditions[?(@.type=="RunsSucceeding")].status'),
            resource.Column("Last Run", ".status.lastRun.completionTime", "date"),
            resource.Column("Result", ".status.lastRun.result"),
            resource.Column("Next Run", ".status.nextRunTime"),
            resource.Column("Saved Hours", ".status.saved.hours"),
            resource.Column(
                "Stopped", '.status.conditions[?(@.type=="Stopped")].status', wide=True
            ),
            resource.Column(
                "On Time", '.status.conditions[?(@.type=="ItemsOnTime")].status', wide=True
            ),
            resource.Column(
                "Volume", '.status.conditions[?(@.type=="VolumeAsExpected")].reason', wide=True
            ),
            resource.Column("Department", ".spec.department", wide=True),
            resource.Column("Worker", ".spec.workerRef.name", wide=True),
            resource.Column("Schedule", ".spec.schedule.cron", wide=True),
            resource.Column("Age", ".metadata.creationTimestamp", "date"),
        ),
    )

    kind: Literal["WorkerJob"] = "WorkerJob"
    spec: WorkerJobSpec
    status: WorkerJobStatus = WorkerJobStatus()
