"""Condition types and reasons: public API, shared by conditions, events and docs.

A reason is one word that programs may rely on. It is never renamed; a new one may come.
"""

from enum import StrEnum
from typing import Self


class _Documented(StrEnum):
    """A word with its meaning."""

    meaning: str

    def __new__(cls, word: str, meaning: str) -> Self:
        member = str.__new__(cls, word)
        member._value_ = word
        member.meaning = meaning
        return member


class ConditionType(_Documented):
    """Condition types."""

    READY = (
        "Ready",
        "The job is as declared and its schedule is in Temporal; the pool has its pods.",
    )
    RECONCILING = (
        "Reconciling",
        "Not as declared yet, or still running; more happens by itself.",
    )
    STALLED = (
        "Stalled",
        "Nothing more happens until somebody changes the resource; a failed JobRun stays so.",
    )
    SUSPENDED = (
        "Suspended",
        "WorkerJob: the schedule starts no runs; the message tells who says so.",
    )
    WORKER_AVAILABLE = "WorkerAvailable", "WorkerJob: the digital worker answers on its queue."
    ON_SCHEDULE = (
        "OnSchedule",
        "WorkerJob: runs begin when they are due, and within a day one succeeds.",
    )
    RUNS_SUCCEEDING = (
        "RunsSucceeding",
        "WorkerJob: runs seldom fail, and never one after the other; Unknown until one has ended.",
    )
    ITEMS_ON_TIME = (
        "ItemsOnTime",
        "WorkerJob: no item is open for longer than benefit.targets.leadTimeSeconds, or two days.",
    )
    POLLING = "Polling", "DigitalWorker: its robots ask Temporal for work, all that are wanted."
    KEEPING_UP = (
        "KeepingUp",
        "DigitalWorker: nothing waits on its queue for longer than a quarter of an hour.",
    )
    CREDENTIAL_VALID = (
        "CredentialValid",
        "DigitalWorker: the certificate that its robots show Temporal is valid for two weeks more.",
    )
    SUCCEEDED = "Succeeded", "JobRun: the run has ended, and how; Unknown until then."
    STOPPED = "Stopped", "A run stopped on failures, and waits to be resumed or cancelled."
    VOLUME_AS_EXPECTED = (
        "VolumeAsExpected",
        "The last run listed as many items as items.expected says.",
    )


class Reason(_Documented):
    """Reasons of conditions."""

    RECONCILED = "Reconciled", "Everything is as declared."
    RECONCILING = "Reconciling", "The first look at the resource is under way."
    NOT_SCHEDULED = "NotScheduled", "The job has no schedule, or its stage gives it none."

    INVALID_SPEC = "InvalidSpec", "A field is not what it must be; the message names it."
    INVALID_CRON = "InvalidCron", "The cron expression cannot be read."
    INVALID_TIME_ZONE = "InvalidTimeZone", "The time zone is not in the IANA database."
    INVALID_EXPRESSION = (
        "InvalidExpression",
        "An expression is not CEL, or speaks of unknown names.",
    )
    UNKNOWN_STEP = "UnknownStep", "An expression names a step that is not an earlier one."
    UNKNOWN_ACTIVITY = "UnknownActivity", "The digital worker has no such activity or workflow."
    UNKNOWN_JOB = "UnknownJob", "JobRun: there is no WorkerJob of that name."
    JOB_RETIRED = "JobRetired", "JobRun: the job's stage is Retired."
    JOB_NOT_READY = "JobNotReady", "JobRun: the job is not Ready."

    TEMPORAL_UNAVAILABLE = "TemporalUnavailable", "Temporal does not answer; tried again."
    WORKER_AVAILABLE = "WorkerAvailable", "The digital worker answered."
    WORKER_UNAVAILABLE = "WorkerUnavailable", "No digital worker answers on the queue."
    DRAINING = "Draining", "Deletion waits for runs under way."

    PODS_READY = "PodsReady", "DigitalWorker: every pod is ready."
    PODS_NOT_READY = "PodsNotReady", "DigitalWorker: fewer pods are ready than are wanted."
    ROBOTS_POLLING = "RobotsPolling", "DigitalWorker: every robot asks Temporal for work."
    ROBOTS_MISSING = (
        "RobotsMissing",
        "DigitalWorker: fewer robots ask Temporal for work than are wanted.",
    )
    HEARTBEAT_LOST = (
        "HeartbeatLost",
        "DigitalWorker: robots are missing, and some of them fell silent without a word.",
    )
    KEEPS_UP = "KeepsUp", "DigitalWorker: what waits on its queue has not waited for long."
    BACKLOG_OLD = "BacklogOld", "DigitalWorker: work has waited for a robot for too long."
    CREDENTIAL_VALID = "CredentialValid", "DigitalWorker: the certificate will do for now."
    CREDENTIAL_EXPIRES = (
        "CredentialExpires",
        "DigitalWorker: the certificate runs out within two weeks, or has run out.",
    )
    SCALED_TO_ZERO = "ScaledToZero", "DigitalWorker: spec.replicas is 0."
    NAME_TAKEN = "NameTaken", "DigitalWorker: an object of that name belongs to somebody else."
    REJECTED = (
        "Rejected",
        "DigitalWorker: the API server refuses its pods as declared; the message has its words.",
    )

    ACTIVE = "Active", "The schedule starts runs."
    SUSPENDED = "Suspended", "spec.suspend is true."
    HELD = "Held", "An emergency stop holds the job: annotation rpafabrik.dev/hold."
    SUSPENDED_AND_HELD = "SuspendedAndHeld", "Both spec.suspend and an emergency stop."
    PAUSED_IN_TEMPORAL = "PausedInTemporal", "Somebody paused the schedule in Temporal itself."

    ON_SCHEDULE = "OnSchedule", "Every run that was due has begun, and the job is not silent."
    NOTHING_DUE = "NothingDue", "The schedule starts no runs, so none is missed."
    RUN_MISSED = "RunMissed", "A run was due ten minutes ago or more, and none has begun."
    SILENT = "Silent", "A run was due a day ago or more, and none has succeeded since."
    NO_RUN_YET = "NoRunYet", "No run has ended yet."
    RUNS_SUCCEED = "RunsSucceed", "The last runs went well, all or most of them."
    FAILING_IN_A_ROW = "FailingInARow", "The last two runs failed, or more."
    FAILING_OFTEN = "FailingOften", "Of the last 20 runs, less than 80 percent succeeded."
    ITEMS_ON_TIME = "ItemsOnTime", "No item is known to be open for too long."
    OLDEST_ITEM_OLD = "OldestItemOld", "An item is open for longer than the job promises."

    PENDING = "Pending", "The run has not started."
    RUNNING = "Running", "The run is under way."
    COMPLETED = "Completed", "Every item has its outcome, and none failed."
    COMPLETED_WITH_ERRORS = (
        "CompletedWithErrors",
        "Every item has its outcome; some failed, within the limit.",
    )
    FAILURE_LIMIT_EXCEEDED = (
        "FailureLimitExceeded",
        "More items failed than items.failureLimit.percent allows.",
    )
    ITEM_FAILED = "ItemFailed", "The job has no items: the run is the one item, and it failed."
    STOPPED_ON_FAILURES = (
        "StoppedOnFailures",
        "As many items in a row failed as items.failureLimit.consecutive says.",
    )
    VOLUME_AS_EXPECTED = "VolumeAsExpected", "The source listed as many items as expected."
    FEWER_ITEMS_THAN_EXPECTED = (
        "FewerItemsThanExpected",
        "The source listed fewer items than items.expected.min.",
    )
    MORE_ITEMS_THAN_EXPECTED = (
        "MoreItemsThanExpected",
        "The source listed more items than items.expected.max.",
    )
    SOURCE_FAILED = "SourceFailed", "The item source could not list its items."
    INVALID_REFERENCE = "InvalidReference", "An item's reference is empty, too long or doubled."
    COMPLETION_FAILED = "CompletionFailed", "The activity of onCompletion failed."
    CANCELLED = "Cancelled", "The run was cancelled."
    TERMINATED = "Terminated", "The run was terminated."
    TIMED_OUT = "TimedOut", "The run took longer than it may."
    LOST = "Lost", "JobRun: Temporal has forgotten the run, before it told how it ended."
    FAILED = "Failed", "The run failed in a way that has no word of its own."
