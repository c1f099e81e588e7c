"""A process of its own: signals, and a Temporal that is away and comes back."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from rpafabrik_api import contract
from support import jobs
from support import process as support_process

pytestmark = [pytest.mark.server, pytest.mark.timeout(60)]

MODULES = Path(__file__).parent.parent / "modules"

Robot = Callable[..., AbstractContextManager[support_process.Child]]


@pytest.fixture
def robot_process(caller: Any, web: Any, temporal_server: str, tmp_path: Path) -> Robot:
    """Run `sdk_robot` in a process of its own for the length of a block."""

    @contextlib.contextmanager
    def run(*, drain_seconds: int) -> Iterator[support_process.Child]:
        program = [sys.executable, str(MODULES / "run_robot.py")]
        with support_process.running(
            "sdk_robot",
            [*program, caller.queue, str(web.health_port), str(drain_seconds)],
            tmp_path / "robot.log",
            environment={**os.environ, "TEMPORAL_ADDRESS": temporal_server},
        ) as child:
            yield child

    return run


async def ended(child: support_process.Child) -> int:
    return await asyncio.to_thread(child.handle.wait, 20)


async def working(child: support_process.Child) -> None:
    for _ in range(100):
        if "work_started" in child.log.read_text():
            return
        await asyncio.sleep(0.05)
    raise child.failure("did not start the activity")


async def test_sigterm_lets_the_running_activity_finish(
    robot_process: Robot, caller: Any, web: Any
) -> None:
    with robot_process(drain_seconds=10) as child:
        await web.until("/readyz", (200, "ready\n"))
        handle = await caller.start("work", 3)
        await working(child)
        child.handle.send_signal(signal.SIGTERM)

        assert await handle.result() == "done"
        assert await ended(child) == 0


async def test_second_signal_ends_the_process_at_once(
    robot_process: Robot, caller: Any, web: Any
) -> None:
    with robot_process(drain_seconds=60) as child:
        await web.until("/readyz", (200, "ready\n"))
        await caller.start("work", 60)
        await working(child)
        child.handle.send_signal(signal.SIGINT)
        await web.until("/readyz", (503, "draining\n"))
        child.handle.send_signal(signal.SIGINT)

        before = time.monotonic()
        assert await ended(child) == 128 + signal.SIGINT
        assert time.monotonic() - before < 2


async def test_activity_that_heeds_nothing_cannot_hold_up_the_end(
    robot_process: Robot, caller: Any, web: Any
) -> None:
    with robot_process(drain_seconds=0) as child:
        await web.until("/readyz", (200, "ready\n"))
        await caller.start("work", 60)
        await working(child)
        child.handle.send_signal(signal.SIGTERM)

        assert await ended(child) == 1


async def test_step_that_its_chunk_gave_up_cannot_hold_up_the_end(
    robot_process: Robot, caller: Any, web: Any
) -> None:
    once = contract.Retry(maximum_attempts=1)
    hang = contract.ActivityCall(activity="hang", timeout_seconds=1, retry=once)
    chunk = contract.Chunk(
        job=jobs.job(contract.Step(name="hang", activity=hang)),
        run_id="run",
        input={},
        run={},
        references=("a",),
        items=({"id": "a"},),
        slots=1,
        seconds=10,
    )
    with robot_process(drain_seconds=0) as child:
        await web.until("/readyz", (200, "ready\n"))
        progress = await caller.call(contract.CHUNK_ACTIVITY, chunk, heartbeat=10)
        child.handle.send_signal(signal.SIGTERM)

        assert [one["code"] for one in progress["exceptions"]] == ["Timeout"]
        assert await ended(child) == 1


@contextlib.asynccontextmanager
async def forwarding(port: int, address: str) -> AsyncIterator[None]:
    """Let Temporal be reached at this port for the length of the block."""
    host, _, target = address.rpartition(":")
    open_ends: set[asyncio.StreamWriter] = set()

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await source.read(65_536):
                sink.write(data)
                await sink.drain()
        sink.close()

    async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(host, int(target))
        open_ends.update((writer, far_writer))
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))

    server = await asyncio.start_server(join, "127.0.0.1", port)
    try:
        yield
    finally:
        server.close()
        for end in open_ends:
            end.transport.abort()
        await asyncio.sleep(0.1)


async def test_temporal_that_is_away_is_waited_for_and_may_go_and_come(
    running: Any, caller: Any, web: Any, temporal_server: str
) -> None:
    [port] = support_process.free_ports(1)
    async with running(f"127.0.0.1:{port}", caller.queue):
        await web.until("/readyz", (503, "waiting for Temporal\n"))
        assert await web.get("/healthz") == (200, "alive\n")

        async with forwarding(port, temporal_server):
            await web.until("/readyz", (200, "ready\n"))
        status, because = await web.get("/readyz")
        assert status == 503
        assert because.startswith("Temporal is away")

        async with forwarding(port, temporal_server):
            await web.until("/readyz", (200, "ready\n"))
            assert await caller.call("work", 0) == "done"


async def test_stop_while_temporal_is_away_ends_the_process(
    running: Any, caller: Any, web: Any
) -> None:
    [port] = support_process.free_ports(1)
    async with running(f"127.0.0.1:{port}", caller.queue):
        await web.until("/readyz", (503, "waiting for Temporal\n"))
