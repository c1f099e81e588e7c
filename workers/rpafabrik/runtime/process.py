"""The life of a process that runs a Temporal worker: connect, work, drain.

Shared by the worker of robots and the platform's; what the worker does is its builder's.
"""

import asyncio
import importlib.metadata
import os
import signal
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from temporalio.client import Client
from temporalio.worker import PollerBehaviorAutoscaling, Worker

from rpafabrik import connection, tracing
from rpafabrik.connection import Settings
from rpafabrik.logs import log
from rpafabrik.runtime import exposition, health, telemetry
from rpafabrik_api import telemetry as metrics_api

Build = Callable[[Client], Worker]
_Prepared = TypeVar("_Prepared")

BUILD_ID = f"rpafabrik-{importlib.metadata.version('rpafabrik')}"
"""What Temporal is told that its workers are. Its SDK would make one of the code of every module,
and read them all once more: that took a quarter of a robot's start."""

TEMPORAL_CREDENTIAL = "temporal-client"
"""What metrics call the certificate that a process shows Temporal."""
_SETTLE_SECONDS = 0.5
"""What Temporal's threads still have to tell Python: told while it ends, it aborts the process."""

POLLING = PollerBehaviorAutoscaling()
"""As many polls as the server says there is work for: a task that finds one is never stored."""

CANCEL_SECONDS = 5
"""What activities get, once drain time is over and they are cancelled, before the process ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessSettings:
    """What every process that runs a worker needs to know."""

    connection: Settings = field(repr=False)  # it may hold an API key
    name: str = "worker"
    """What traces call the process."""
    host: str = "127.0.0.1"
    """Where health and metrics are served; 0.0.0.0 in a pod."""
    health_port: int | None = None
    metrics_port: int | None = None
    drain_seconds: int = 30
    """How long running activities may go on after SIGTERM."""


async def run(
    settings: ProcessSettings,
    prepare: Callable[[], Awaitable[Build]],
    *metrics: telemetry.Source,
    stop: asyncio.Event | None = None,
) -> None:
    """Run the worker until SIGTERM or SIGINT, then drain it; a second signal ends it at once.

    `prepare` gets ready what the worker needs beside Temporal, and says how to build it; health and
    metrics are served meanwhile. With `stop` the caller says when to stop, and signals are the
    caller's. `metrics` are served beside those of Temporal's SDK.
    """
    stop = stop or _stop_on_signals(settings.drain_seconds + CANCEL_SECONDS)
    state = health.Health()
    async with (
        telemetry.serving(
            settings.host, settings.metrics_port, *metrics, credentials(settings.connection)
        ) as runtime,
        health.serving(state, settings.host, settings.health_port),
    ):
        build = await _unless(stop, prepare())
        if build is None:
            return
        state.prepared = True
        connecting = connection.connect(
            settings.connection, runtime=runtime, plugins=tracing.plugins(settings.name)
        )
        state.client = await _unless(stop, connecting)
        if state.client is None:
            return
        state.worker = build(state.client)
        async with state.worker:
            await stop.wait()
            log.info("worker_draining", seconds=settings.drain_seconds)
            state.draining = True
        log.info("worker_stopped")
        await asyncio.sleep(_SETTLE_SECONDS)


def credentials(connection_settings: Settings) -> telemetry.Source:
    """Tells when what this process logs in to Temporal with runs out: what it was when it began."""
    expiry = connection.certificate_expiry(connection_settings)
    samples = [((TEMPORAL_CREDENTIAL,), expiry.timestamp())] if expiry else []
    text = exposition.text(metrics_api.CREDENTIAL_EXPIRY, samples).encode()
    return lambda: text


async def _unless(stop: asyncio.Event, preparing: Awaitable[_Prepared]) -> _Prepared | None:
    """Return what comes of it, or None when told to stop first."""
    prepared = asyncio.ensure_future(preparing)
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({prepared, stopping}, return_when=asyncio.FIRST_COMPLETED)
        return prepared.result() if prepared.done() else None
    finally:
        prepared.cancel()
        stopping.cancel()


def _stop_on_signals(end_after_seconds: int) -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def end(status: int) -> None:
        log.error("worker_ended_undrained")
        os._exit(status)  # threads of activities that never end would hold up any other exit

    def handle(number: signal.Signals) -> None:
        if stop.is_set():
            end(128 + number)
        stop.set()
        # Not the loop's: steps that a chunk gave up outlive it, and Python waits for their threads.
        ending = threading.Timer(end_after_seconds, end, (1,))
        ending.daemon = True
        ending.start()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, handle, number)
    return stop
