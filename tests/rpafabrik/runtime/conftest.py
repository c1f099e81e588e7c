"""Fixtures: a digital worker that runs in the test's own process against the real Temporal."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from temporalio.client import Client
from temporalio.common import RetryPolicy
from temporalio.contrib.pydantic import pydantic_data_converter

from rpafabrik import connection
from rpafabrik.runtime import process, worker
from support import process as support_process

MODULES = Path(__file__).parent.parent / "modules"


@dataclass(frozen=True, slots=True)
class Caller:
    """Calls activities on one queue, as the platform would."""

    client: Client
    queue: str

    async def call(self, name: str, *args: Any, heartbeat: float | None = None) -> Any:
        return await (await self.start(name, *args, heartbeat=heartbeat)).result()

    async def start(self, name: str, *args: Any, heartbeat: float | None = None) -> Any:
        return await self.client.start_activity(
            name,
            args=args,
            id=uuid.uuid4().hex,
            task_queue=self.queue,
            start_to_close_timeout=timedelta(seconds=60),
            heartbeat_timeout=timedelta(seconds=heartbeat) if heartbeat else None,
            retry_policy=RetryPolicy(
                initial_interval=timedelta(milliseconds=10), maximum_attempts=2
            ),
        )


@dataclass(frozen=True, slots=True)
class Web:
    """What a process answers over HTTP."""

    health_port: int
    metrics_port: int

    async def get(self, path: str) -> tuple[int, str]:
        port = self.metrics_port if path == "/metrics" else self.health_port
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{port}{path}") as response,
        ):
            return response.status, await response.text()

    async def until(self, path: str, expected: tuple[int, str]) -> None:
        """Wait until the answer is the expected one; fail telling the last one."""
        answer: object = None
        for _ in range(200):
            with contextlib.suppress(aiohttp.ClientConnectionError):
                answer = await self.get(path)
            if answer == expected:
                return
            await asyncio.sleep(0.1)
        raise AssertionError(f"{path} answers {answer}, not {expected}")


@pytest.fixture
async def caller(temporal_server: str) -> Caller:
    client = await Client.connect(temporal_server, data_converter=pydantic_data_converter)
    return Caller(client, f"sdk-{uuid.uuid4().hex[:12]}")


@pytest.fixture
def web() -> Web:
    return Web(*support_process.free_ports(2))


Running = Callable[..., AbstractAsyncContextManager[asyncio.Event]]


@pytest.fixture
def running(web: Web, monkeypatch: pytest.MonkeyPatch) -> Running:
    """Run `sdk_robot` for the length of a block; the event given makes it drain."""
    monkeypatch.syspath_prepend(MODULES)

    @contextlib.asynccontextmanager
    async def run(
        address: str, queue: str, *, drain_seconds: int = 5, metrics: bool = False
    ) -> AsyncIterator[asyncio.Event]:
        stop = asyncio.Event()
        settings = worker.WorkerSettings(
            process=process.ProcessSettings(
                connection=connection.settings(address=address),
                health_port=web.health_port,
                # Temporal listens there until the process ends: once for each test.
                metrics_port=web.metrics_port if metrics else None,
                drain_seconds=drain_seconds,
            ),
            queue=queue,
            modules=("sdk_robot",),
        )
        task = asyncio.create_task(worker.run_worker(settings, stop=stop))
        try:
            yield stop
        finally:
            stop.set()
            await task

    return run


@pytest.fixture
async def robot(
    running: Running, caller: Caller, web: Web, temporal_server: str
) -> AsyncIterator[Caller]:
    """`sdk_robot`, up and polling."""
    async with running(temporal_server, caller.queue, metrics=True):
        await web.until("/readyz", (200, "ready\n"))
        yield caller
