"""Heartbeats an activity sends itself. Those the runtime sends for it live in `runtime.pulse`."""

from typing import Any

from temporalio import activity, exceptions


def heartbeat(*checkpoint: Any) -> None:
    """Say that the activity is alive, and stop here if it was cancelled.

    Works in `def` and `async def` activities alike.

    Args:
        checkpoint: How far the work has come, as JSON values without personal data. The next
            attempt finds the last one in `temporalio.activity.info().heartbeat_details`.
    """
    if activity.is_cancelled():
        raise exceptions.CancelledError
    activity.heartbeat(*checkpoint)
