"""How Temporal is asked to run things: queues, timeouts, retries. No decision lives here."""

from dataclasses import replace
from datetime import timedelta

from temporalio import common, workflow

from rpafabrik_api import contract, names
from rpafabrik_platform.activities import calls
from rpafabrik_platform.workflows import chunking

PATIENCE_SECONDS = 86_400
"""How long a step waits for robots that are away, beyond what all its tries may take."""
HEARTBEAT_SECONDS = 30
"""How soon a dead robot is noticed; the runtime beats for every activity, every ten seconds."""
CHUNK_HEARTBEAT_SECONDS = 10
"""How soon a dead robot is noticed that had a chunk; each finished item is a heartbeat."""
_CHUNK_MARGIN = 60
CATALOGUE_SECONDS = 600
"""How long a run waits for the first robot: time for a restart, or to scale up from none."""

_LEDGER_RETRY = common.RetryPolicy(
    maximum_interval=timedelta(seconds=30), non_retryable_error_types=[calls.LEDGER_REFUSED]
)
"""Without end: an outcome is never lost because the ledger is away."""
_LEDGER_LOCAL_RETRY = replace(_LEDGER_RETRY, maximum_interval=timedelta(seconds=300))
"""Local tries stand in the history, each with up to nine events: frequent ones would fill it."""
_LEDGER_TRY = timedelta(seconds=60)
"""Longer than a busy SQLite file makes a writer wait."""

LEDGER = workflow.ActivityConfig(
    task_queue=names.PLATFORM_QUEUE,
    start_to_close_timeout=_LEDGER_TRY,
    retry_policy=_LEDGER_RETRY,
)
LEDGER_LOCAL = workflow.LocalActivityConfig(
    start_to_close_timeout=_LEDGER_TRY,
    retry_policy=_LEDGER_LOCAL_RETRY,
    # Beyond this a wait becomes a timer of the server's, and no workflow task is held meanwhile.
    local_retry_threshold=timedelta(seconds=3),
)
PROGRESS = workflow.ActivityConfig(
    task_queue=names.PLATFORM_QUEUE,
    start_to_close_timeout=timedelta(seconds=10),
    schedule_to_close_timeout=timedelta(seconds=20),
    # The next report tells more than this one tried again.
    retry_policy=common.RetryPolicy(maximum_attempts=1),
)
REPORT = workflow.ActivityConfig(
    task_queue=names.PLATFORM_QUEUE,
    start_to_close_timeout=timedelta(seconds=10),
    schedule_to_close_timeout=timedelta(seconds=120),
    retry_policy=common.RetryPolicy(maximum_interval=timedelta(seconds=10)),
)
"""Bounded: a run is over even when nobody can be told; the operator's resync tells later."""


def chunk(job: contract.Job) -> workflow.ActivityConfig:
    """Many items in one activity, for as long as one begun last may take.

    Tried again without end: a try that fails is a robot that went away, and the next one goes on
    from the checkpoint.
    """
    simple = [one for step in job.steps for one in step.parallel or (step,) if one.activity]
    longest = sum(_all_tries(one.activity) for one in simple if one.activity)
    beats = [one.activity.heartbeat_timeout_seconds or 0 for one in simple if one.activity]
    return workflow.ActivityConfig(
        task_queue=job.queue,
        start_to_close_timeout=timedelta(seconds=chunking.SECONDS + longest + _CHUNK_MARGIN),
        schedule_to_close_timeout=timedelta(seconds=longest + PATIENCE_SECONDS),
        heartbeat_timeout=timedelta(seconds=max([CHUNK_HEARTBEAT_SECONDS, *beats])),
        retry_policy=common.RetryPolicy(maximum_interval=timedelta(seconds=1)),
        # A cancelled chunk tells which of its items had ended.
        cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    )


def _all_tries(call: contract.ActivityCall) -> int:
    """Seconds that an activity may take with all its tries, and the waits between them."""
    retry = call.retry
    return retry.maximum_attempts * (call.timeout_seconds + retry.maximum_interval_seconds)


def catalogue(queue: str) -> workflow.ActivityConfig:
    """The question what a digital worker can do."""
    return workflow.ActivityConfig(
        task_queue=queue,
        start_to_close_timeout=timedelta(seconds=10),
        schedule_to_close_timeout=timedelta(seconds=CATALOGUE_SECONDS),
        retry_policy=common.RetryPolicy(maximum_interval=timedelta(seconds=10)),
    )


def robot(queue: str, call: contract.ActivityCall, activity_id: str) -> workflow.ActivityConfig:
    """An activity of the digital worker; every try is bounded, and all of them together.

    The idempotency key of a step rests on the case's id and the activity's.
    """
    retry = call.retry
    heartbeat = call.heartbeat_timeout_seconds or HEARTBEAT_SECONDS
    return workflow.ActivityConfig(
        activity_id=activity_id,
        task_queue=queue,
        start_to_close_timeout=timedelta(seconds=call.timeout_seconds),
        schedule_to_close_timeout=timedelta(seconds=_all_tries(call) + PATIENCE_SECONDS),
        heartbeat_timeout=timedelta(seconds=heartbeat),
        retry_policy=common.RetryPolicy(
            initial_interval=timedelta(seconds=retry.initial_interval_seconds),
            maximum_interval=timedelta(seconds=retry.maximum_interval_seconds),
            maximum_attempts=retry.maximum_attempts,
            non_retryable_error_types=[contract.BUSINESS_ERROR],
        ),
    )
