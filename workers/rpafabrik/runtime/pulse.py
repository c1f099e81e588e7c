"""Heartbeats for every activity, sent by the worker while the activity runs.

They tell Temporal that the process lives, not that the activity moves on, and they bring back word
that the activity was cancelled. They carry the activity's last checkpoint, never wipe it.
"""

import asyncio
from datetime import timedelta
from typing import Any

from temporalio import activity, worker

from rpafabrik import heartbeats
from rpafabrik_api import contract

LONGEST_INTERVAL = timedelta(seconds=10)


def interval(timeout: timedelta | None) -> timedelta:
    """How often to beat: three times within the heartbeat timeout, if there is one."""
    return min(timeout / 3, LONGEST_INTERVAL) if timeout else LONGEST_INTERVAL


class Pulse(worker.Interceptor):
    """Keeps a pulse beside every activity of a worker."""

    def intercept_activity(
        self,
        next: worker.ActivityInboundInterceptor,  # noqa: A002 - Temporal names it
    ) -> worker.ActivityInboundInterceptor:
        """Wrap one execution of an activity."""
        return _Inbound(next)


class _Outbound(worker.ActivityOutboundInterceptor):
    """Sees the checkpoints that an activity sends past the SDK."""

    def __init__(self, next: worker.ActivityOutboundInterceptor) -> None:  # noqa: A002 - see above
        super().__init__(next)
        self.kept = heartbeats.Kept(checkpoint=())

    def heartbeat(self, *details: Any) -> None:
        self.kept.checkpoint = details
        super().heartbeat(*details)

    def beat(self) -> None:
        super().heartbeat(*self.kept.checkpoint)


class _Inbound(worker.ActivityInboundInterceptor):
    def init(self, outbound: worker.ActivityOutboundInterceptor) -> None:
        self._outbound = _Outbound(outbound)
        super().init(self._outbound)

    async def execute_activity(self, input: worker.ExecuteActivityInput) -> Any:  # noqa: A002 - see above
        info = activity.info()
        # A local activity has no heartbeats; a chunk sees to its own, each of which counts.
        if info.is_local or info.activity_type == contract.CHUNK_ACTIVITY:
            return await super().execute_activity(input)
        self._outbound.kept.checkpoint = tuple(info.heartbeat_details)
        heartbeats.kept.set(self._outbound.kept)
        beating = asyncio.create_task(self._beat(interval(info.heartbeat_timeout)))
        try:
            return await super().execute_activity(input)
        except BaseException:
            if self._outbound.kept.checkpoint:
                self._outbound.beat()  # Temporal sends it before the failure
            raise
        finally:
            beating.cancel()

    async def _beat(self, every: timedelta) -> None:
        while True:
            await asyncio.sleep(every.total_seconds())
            self._outbound.beat()
