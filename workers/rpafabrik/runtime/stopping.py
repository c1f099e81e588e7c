"""Tells one try of a step that it is over, in the ways in which Temporal's worker tells it."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

from temporalio import common, exceptions
from temporalio.worker import _activity


class Stopping:
    """Stops a `def` activity at its next line, and any at its next `heartbeat()`."""

    def __init__(self) -> None:
        self.event = common._CompositeEvent(  # noqa: SLF001 - what an activity's context holds
            thread_event=threading.Event(), async_event=asyncio.Event()
        )
        self._raiser = _activity._ThreadExceptionRaiser()  # noqa: SLF001 - no public way
        self.shielded = self._raiser.shielded
        """What `activity.shield_thread_cancel_exception` is."""

    def call(self, function: Callable[..., Any], argument: Any) -> Any:
        """Call it in this thread, unless the try was over before the thread took it up."""
        with self._raiser.active_thread():
            if self.event.is_set():
                raise exceptions.CancelledError
            return function(argument)

    def now(self) -> None:
        """Stop what is still done; nothing happens where nothing is."""
        self.event.set()
        self._raiser.raise_in_thread(exceptions.CancelledError)
