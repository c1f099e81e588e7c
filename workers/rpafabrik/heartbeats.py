"""Heartbeats an activity gives of itself, and the checkpoint they leave for the next attempt.

Sending is the runtime's (`runtime.pulse`), so a heartbeat costs next to nothing.
"""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from temporalio import activity, exceptions

from rpafabrik import errors


@dataclass(slots=True)
class Kept:
    """The checkpoint of the activity that runs here; read by the runtime, from another thread."""

    checkpoint: tuple[Any, ...]


kept: ContextVar[Kept | None] = ContextVar("kept", default=None)
"""Set by the runtime around each activity."""


def heartbeat(*checkpoint: Any) -> None:
    """Stop here if the activity should stop; keep the checkpoint for the next attempt.

    Works in `def` and `async def` activities alike; cheap enough for every row of a file.

    Args:
        checkpoint: How far the work has come, as JSON values without personal data; the next
            attempt finds the last one in `temporalio.activity.info().heartbeat_details`.

    Raises:
        temporalio.exceptions.CancelledError: The activity was cancelled, or drain time is over.
        ApplicationError: The worker drains, and a checkpoint says where another can go on.
    """
    if activity.is_cancelled():
        raise exceptions.CancelledError
    here = kept.get()
    if here is None:  # no worker of ours around it: a test
        activity.heartbeat(*checkpoint)
    elif checkpoint:
        here.checkpoint = checkpoint
    if checkpoint and activity.is_worker_shutdown():
        raise errors.ApplicationError(
            "the worker drains; the next attempt goes on from the checkpoint",
            code="WorkerDraining",
        )
