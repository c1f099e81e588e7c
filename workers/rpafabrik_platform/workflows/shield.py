"""Work that a cancellation must not cut in two."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

ResultT = TypeVar("ResultT")


async def to_the_end(work: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Do the work even when the workflow is cancelled meanwhile; the cancellation is then spent.

    Temporal cancels a workflow once, so there is no second one to swallow.
    """
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        return await task
