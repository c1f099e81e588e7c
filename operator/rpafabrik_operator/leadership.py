"""The operator's life as one of several: stand by, lead, hand over. The lease knows the rules."""

import asyncio
import contextlib
import signal
import socket
import uuid
from collections.abc import AsyncIterator, Coroutine, Iterator
from typing import Any

from kubernetes.aio import client as api
from prometheus_client import CollectorRegistry

from rpafabrik.runtime import health, telemetry
from rpafabrik_api import telemetry as metrics
from rpafabrik_operator.gateways.lease import Lease
from rpafabrik_operator.reconcile import ports
from rpafabrik_operator.settings import OperatorSettings

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Leadership:
    """Whether this operator leads; without a lease it always does."""

    def __init__(
        self,
        settings: OperatorSettings,
        client: api.ApiClient,
        registry: CollectorRegistry,
    ) -> None:
        self._settings = settings
        me = f"{socket.gethostname()}_{uuid.uuid4().hex[:8]}"
        self._lease = Lease(client, settings.lease, me) if settings.lease else None
        self._leads = telemetry.gauge(metrics.LEADER, registry)

    @property
    def guard(self) -> ports.Guard:
        """What is asked before each write."""
        return self._lease.check if self._lease else ports.unguarded

    async def won(self, stop: asyncio.Event | None) -> bool:
        """Stand by, in good health, until this operator leads; False when it is to end."""
        self._leads.set(0)
        if self._lease is not None:
            told = self._settings
            with _signals_setting(stop or asyncio.Event()) as stopped:
                async with health.serving(health.Health(), told.host, told.health_port):
                    await _first(self._lease.acquire(), stopped.wait())
            if stopped.is_set():
                await self._lease.release()
                return False
        self._leads.set(1)
        return True

    @contextlib.asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Keep leading for the length of the block; then let another lead at once."""
        if self._lease is None:
            yield
            return
        async with asyncio.TaskGroup() as tasks:
            renewing = tasks.create_task(self._lease.keep())
            yield
            renewing.cancel()
        self._leads.set(0)
        await self._lease.release()


@contextlib.contextmanager
def _signals_setting(stop: asyncio.Event) -> Iterator[asyncio.Event]:
    """Let signals set the event for the length of the block; Kopf, once it runs, has its own."""
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)


async def _first(*either: Coroutine[Any, Any, object]) -> None:
    """Wait for one of them, and end the others."""
    tasks = [asyncio.create_task(one) for one in either]
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
