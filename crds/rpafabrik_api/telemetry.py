"""The metrics of the factory: name, type, unit, labels and meaning of each, in one place.

Names and labels are public API. No label ever holds an item, a case, a workflow id or a person.
What is exported, by whom and how, is not said here; Temporal's SDK has metrics of its own besides.
"""

from dataclasses import dataclass
from enum import StrEnum


class Type(StrEnum):
    """Prometheus' types."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Source(StrEnum):
    """Who exports a metric. Each figure comes from one process at a time."""

    LEDGER = "the platform that reads the ledger for all"
    OPERATOR = "the operator that leads"
    EACH_OPERATOR = "each operator"
    EACH_PLATFORM = "each platform"
    EACH_ROBOT = "each robot"
    EACH = "each process"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric."""

    name: str
    type: Type
    labels: tuple[str, ...]
    meaning: str
    source: Source


JOB = ("namespace", "job", "department")
WORKER = ("namespace", "worker")


class Measure(StrEnum):
    """What of saved time: all of it, or less what people spent on reviews and exceptions."""

    GROSS = "gross"
    NET = "net"


class Period(StrEnum):
    """Spans of days that a figure is given for, in the time zone of the day's ending."""

    MONTH_TO_DATE = "month_to_date"
    PREVIOUS_MONTH = "previous_month"
    YEAR_TO_DATE = "year_to_date"
    YEAR = "year"
    """The whole year: of plans, for the rest of it is not there yet."""


SO_FAR = (Period.MONTH_TO_DATE, Period.PREVIOUS_MONTH, Period.YEAR_TO_DATE)
"""The periods that time can be saved in."""


def _ledger(name: str, kind: Type, labels: tuple[str, ...], meaning: str) -> Metric:
    return Metric(name=name, type=kind, labels=labels, meaning=meaning, source=Source.LEDGER)


def _operator(name: str, kind: Type, labels: tuple[str, ...], meaning: str) -> Metric:
    return Metric(name=name, type=kind, labels=labels, meaning=meaning, source=Source.OPERATOR)


SAVED_SECONDS = _ledger(
    "rpafabrik_saved_seconds_total",
    Type.COUNTER,
    (*JOB, "measure"),
    "Time saved since the beginning. Net falls where people spend more than is saved, so no rate of"
    " it is taken: figures of a span have metrics of their own.",
)
PERIOD_SAVED_SECONDS = _ledger(
    "rpafabrik_period_saved_seconds",
    Type.GAUGE,
    (*JOB, "measure", "period"),
    "Time saved in the month or the year so far, or in the month before.",
)
MONTH_SAVED_SECONDS = _ledger(
    "rpafabrik_month_saved_seconds",
    Type.GAUGE,
    ("department", "measure", "month"),
    "Time saved in each of the last 24 months (2026-03), whatever Prometheus still remembers.",
)
WEEK_SAVED_SECONDS = _ledger(
    "rpafabrik_week_saved_seconds",
    Type.GAUGE,
    ("department", "measure", "week"),
    "Time saved in each of the last 26 weeks by ISO 8601 (2026-W10).",
)
PLANNED_SECONDS = _ledger(
    "rpafabrik_planned_seconds",
    Type.GAUGE,
    (*JOB, "period"),
    "Time that was to be saved in the period; only where benefit.targets.hoursPerYear says so.",
)
REALISED_SECONDS = _ledger(
    "rpafabrik_realised_seconds",
    Type.GAUGE,
    (*JOB, "period"),
    "Time that people say came true in the period; only where somebody has said so.",
)
ITEMS = _ledger(
    "rpafabrik_items_total",
    Type.COUNTER,
    (*JOB, "outcome"),
    "Items by outcome since the beginning, trials left out; what was re-queued and ended again is"
    " told under both.",
)
RUNS = _ledger(
    "rpafabrik_runs_total",
    Type.COUNTER,
    (*JOB, "result"),
    "Runs that have ended, by result, trials left out.",
)
AUTOMATION_RATIO = _ledger(
    "rpafabrik_automation_ratio",
    Type.GAUGE,
    JOB,
    "Items of the year so far that needed nobody, of all that the robot had its try at.",
)
AUTOMATION_TARGET_RATIO = _ledger(
    "rpafabrik_automation_target_ratio",
    Type.GAUGE,
    JOB,
    "What is hoped for of that: benefit.targets.automationRatePercent.",
)
ON_TIME_RATIO = _ledger(
    "rpafabrik_lead_time_within_target_ratio",
    Type.GAUGE,
    JOB,
    "Items of the year so far that took, from arrival to outcome, at most"
    " benefit.targets.leadTimeSeconds.",
)
LEAD_TIME_TARGET = _ledger(
    "rpafabrik_lead_time_target_seconds", Type.GAUGE, JOB, "benefit.targets.leadTimeSeconds."
)
LAST_RUN = _ledger(
    "rpafabrik_job_last_run_timestamp_seconds",
    Type.GAUGE,
    JOB,
    "When the job's last run began.",
)
LAST_SUCCESS = _ledger(
    "rpafabrik_job_last_success_timestamp_seconds",
    Type.GAUGE,
    JOB,
    "When the job's last successful run ended.",
)
FAILED_RUNS = _ledger(
    "rpafabrik_job_consecutive_failed_runs",
    Type.GAUGE,
    JOB,
    "Runs that have failed since the last one that did not.",
)
SUCCESS_RATIO = _ledger(
    "rpafabrik_job_recent_success_ratio",
    Type.GAUGE,
    JOB,
    "Of the job's last 20 runs, those that succeeded; from five runs on, cancelled ones left out.",
)
VOLUME_DEVIATION = _ledger(
    "rpafabrik_job_volume_deviation",
    Type.GAUGE,
    JOB,
    "Items that the last run listed above items.expected.max, or below min as a negative number; 0"
    " within, and only where a band is declared.",
)
OLDEST_OPEN_ITEM = _ledger(
    "rpafabrik_oldest_open_item_age_seconds",
    Type.GAUGE,
    JOB,
    "Since when the oldest item is in work in a run, or waits re-queued for the next; 0 for none.",
)
HUMAN_TASKS_OPEN = _ledger(
    "rpafabrik_human_tasks_open",
    Type.GAUGE,
    (*JOB, "group"),
    "Tasks that wait for people, by the group that is asked, trials left out; only where some do.",
)
LEDGER_UP = Metric(
    name="rpafabrik_ledger_up",
    type=Type.GAUGE,
    labels=(),
    meaning="1 where the platform could read the ledger when it last tried.",
    source=Source.EACH_PLATFORM,
)
LEDGER_READER = Metric(
    name="rpafabrik_ledger_reader",
    type=Type.GAUGE,
    labels=(),
    meaning="1 where this platform exports the ledger's figures for all.",
    source=Source.EACH_PLATFORM,
)
LEDGER_READ = _ledger(
    "rpafabrik_ledger_read_timestamp_seconds",
    Type.GAUGE,
    (),
    "When the ledger's figures were read.",
)
LEDGER_READ_SECONDS = _ledger(
    "rpafabrik_ledger_read_duration_seconds", Type.GAUGE, (), "How long that took."
)

JOB_INFO = _operator(
    "rpafabrik_job_info",
    Type.GAUGE,
    (*JOB, "title", "stage", "worker"),
    "1: what a job is called, how far it has come and who does it.",
)
JOB_READY = _operator(
    "rpafabrik_job_ready",
    Type.GAUGE,
    (*JOB, "reason"),
    "1 where the condition Ready is True, with its reason.",
)
EXPECTED_RUN = _operator(
    "rpafabrik_job_expected_run_timestamp_seconds",
    Type.GAUGE,
    JOB,
    "When a run was due last by the job's schedule; not while the job is suspended or held.",
)
NEXT_RUN = _operator(
    "rpafabrik_job_next_run_timestamp_seconds", Type.GAUGE, JOB, "When the next run is due."
)
WORKER_POLLERS = _operator(
    "rpafabrik_worker_pollers",
    Type.GAUGE,
    WORKER,
    "Robots that ask for work on the digital worker's queue, as Temporal sees it.",
)
WORKER_LOST = _operator(
    "rpafabrik_worker_heartbeats_lost_total",
    Type.COUNTER,
    WORKER,
    "Robots that fell silent and had not said that they end: killed, or cut off from Temporal. 0"
    " where Temporal takes no heartbeats.",
)
WORKER_BACKLOG = _operator(
    "rpafabrik_worker_backlog",
    Type.GAUGE,
    WORKER,
    "Activities that wait on the queue for a robot.",
)
WORKER_BACKLOG_AGE = _operator(
    "rpafabrik_worker_backlog_age_seconds",
    Type.GAUGE,
    WORKER,
    "How long the oldest of them has waited.",
)
WORKER_HEALTHY = _operator(
    "rpafabrik_worker_healthy",
    Type.GAUGE,
    WORKER,
    "1 where the digital worker has all the robots that it should have, and they ask for work.",
)
TEMPORAL_UP = _operator(
    "rpafabrik_temporal_up",
    Type.GAUGE,
    (),
    "1 where Temporal answered the operator when it last asked.",
)
RECONCILE_SECONDS = _operator(
    "rpafabrik_reconcile_duration_seconds",
    Type.HISTOGRAM,
    ("kind",),
    "How long a look at a resource took, with what it led to.",
)
RECONCILE_ERRORS = _operator(
    "rpafabrik_reconcile_errors_total",
    Type.COUNTER,
    ("kind", "cause"),
    "Looks at a resource that must be repeated: conflict, cluster, temporal or fault.",
)
LEADER = Metric(
    name="rpafabrik_leader",
    type=Type.GAUGE,
    labels=(),
    meaning="1 where this operator leads.",
    source=Source.EACH_OPERATOR,
)
TARGET_SYSTEM_HEALTHY = Metric(
    name="rpafabrik_target_system_healthy",
    type=Type.GAUGE,
    labels=("target_system",),
    meaning="1 where a robot's last use of the system went well, 0 where the system was away.",
    source=Source.EACH_ROBOT,
)
CREDENTIAL_EXPIRY = Metric(
    name="rpafabrik_credential_expiry_timestamp_seconds",
    type=Type.GAUGE,
    labels=("credential",),
    meaning="When a certificate that this process uses runs out.",
    source=Source.EACH,
)

METRICS = tuple(one for one in list(globals().values()) if isinstance(one, Metric))
"""All of them."""
