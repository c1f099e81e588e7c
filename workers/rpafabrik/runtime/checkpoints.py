"""Checkpoints of a long activity that Temporal has confirmed, many made by one call.

Temporal's own heartbeats are sent in the background and seldom, so a robot that is killed would
lose seconds of finished work. Here whoever has finished something waits until it is safe; all
who finish within a moment share a call, for each is work for Temporal.
"""

import asyncio
import contextlib
from typing import Any

from temporalio import activity
from temporalio.client import AsyncActivityCancelledError, AsyncActivityHandle
from temporalio.service import RPCError, RPCStatusCode

BEAT_SECONDS = 4
"""Longer than `THROTTLE_SECONDS`, so that a beat is sent when it is given, and not later."""
THROTTLE_SECONDS = 2
"""How soon after a beat the worker sends another; the worker is built with it."""

_GATHER_SECONDS = 0.005
"""How long a call waits for others to finish something too: what a call takes, or so. Those who
began together end together, and the first of them would else send alone."""
_SETTLE_SECONDS = 0.05
_RETRY_SECONDS = 0.5


class SupersededError(Exception):
    """Temporal has given the activity up, and another attempt may be at work."""


class Checkpoints:
    """The checkpoint of one attempt of an activity; what it holds may grow all the time."""

    def __init__(self, handle: AsyncActivityHandle, checkpoint: Any, savers: int) -> None:
        """Make it for so many who save, each of them one change after the other."""
        self._handle = handle
        self._checkpoint = checkpoint
        self._savers = savers
        self._calling = asyncio.Lock()
        self._gathered = asyncio.Event()
        self._changes = self._saved = 0

    async def save(self) -> None:
        """Return once Temporal has the checkpoint as it is now, or newer.

        Raises:
            SupersededError: Temporal takes no more from this attempt.
        """
        self._changes += 1
        mine = self._changes
        if self._all_finished():
            self._gathered.set()
        async with self._calling:
            if self._saved < mine:
                await self._gather()
                newest = self._changes
                await self._send()
                self._saved = newest

    async def beat(self) -> None:
        """Go on telling that the process lives; never returns.

        The worker itself gives an activity up that sends nothing through it, and learns from its
        own heartbeats that the activity was cancelled.
        """
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            async with self._calling:
                activity.heartbeat(self._checkpoint)
                # It travels by itself, and must not arrive after a newer checkpoint.
                await asyncio.sleep(_SETTLE_SECONDS)

    async def _gather(self) -> None:
        """Wait until all who save have finished something, but no longer than a moment."""
        if not self._all_finished():
            self._gathered.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_GATHER_SECONDS):
                    await self._gathered.wait()

    def _all_finished(self) -> bool:
        return self._changes - self._saved >= self._savers

    async def _send(self) -> None:
        while True:
            try:
                await self._handle.heartbeat(self._checkpoint)
            except AsyncActivityCancelledError:
                return  # it is saved; the worker will hear of it, and cancel
            except RPCError as error:
                if error.status == RPCStatusCode.NOT_FOUND:
                    raise SupersededError("Temporal has given this attempt up") from error
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                return
