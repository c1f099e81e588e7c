"""Work that a cancellation must not cut in two, and cancellations that must not be lost."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from temporalio import exceptions, workflow

ResultT = TypeVar("ResultT")


async def to_the_end(work: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Do the work even when the workflow is cancelled meanwhile; the cancellation is then spent.

    Temporal cancels a workflow once, so there is no second one to swallow. Where it still counts
    afterwards, `stop_if_cancelled` brings it back.
    """
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        return await task


def stop_if_cancelled() -> None:
    """Raise `CancelledError` if the workflow was cancelled.

    To be asked before anything new begins: a cancellation that comes together with the end of a
    signal or a child workflow is swallowed by Temporal's own waits.
    """
    if workflow.cancellation_reason() is not None:
        raise asyncio.CancelledError


def is_cancellation(failure: BaseException) -> bool:
    """Whether it failed because this very workflow was cancelled, and not by itself."""
    return workflow.cancellation_reason() is not None and exceptions.is_cancelled_exception(failure)
