"""Names of Temporal's own metrics that the boards ask for; a real scrape proves them in the tests.

They are as `rpafabrik.runtime.telemetry` has the SDK write them: units and `_total` at the end.
"""

REQUEST_SECONDS = "temporal_request_latency_seconds"
REQUEST_FAILURES = "temporal_request_failure_total"
SLOTS_AVAILABLE = "temporal_worker_task_slots_available"
SLOTS_USED = "temporal_worker_task_slots_used"
WORKFLOW_TASK_WAIT = "temporal_workflow_task_schedule_to_start_latency_seconds"
ACTIVITY_WAIT = "temporal_activity_schedule_to_start_latency_seconds"
ACTIVITY_SECONDS = "temporal_activity_execution_latency_seconds"
ACTIVITY_FAILURES = "temporal_activity_execution_failed_total"

HISTOGRAMS = (REQUEST_SECONDS, WORKFLOW_TASK_WAIT, ACTIVITY_WAIT, ACTIVITY_SECONDS)
NAMES = (
    REQUEST_FAILURES,
    SLOTS_AVAILABLE,
    SLOTS_USED,
    ACTIVITY_FAILURES,
    *(f"{name}_bucket" for name in HISTOGRAMS),
)
"""The series, as Prometheus has them."""
