"""Who asks for work on a queue, and what waits there: read from a real Temporal."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio import activity
from temporalio.client import Client
from temporalio.worker import Worker

from rpafabrik.runtime import telemetry
from rpafabrik_operator.gateways.losses import SURE_AFTER
from rpafabrik_operator.gateways.queues import ALIVE, Queues
from rpafabrik_operator.planning import world
from support import temporal_server as own_server
from support.operator_world import until

pytestmark = [pytest.mark.server, pytest.mark.timeout(120)]


@activity.defn
async def last() -> None:
    """Outlast the test."""
    await asyncio.sleep(600)


@contextlib.asynccontextmanager
async def robots(client: Client, queue: str, count: int) -> AsyncIterator[None]:
    """Robots that have one place each, as if each were a process."""
    async with contextlib.AsyncExitStack() as stack:
        for number in range(count):
            own = await Client.connect(
                client.service_client.config.target_host,
                namespace=client.namespace,
                identity=f"robot-{number}",
                runtime=telemetry.create(None),
            )
            robot = Worker(own, task_queue=queue, activities=[last], max_concurrent_activities=1)
            await stack.enter_async_context(robot)
        yield


async def give(client: Client, queue: str, count: int) -> None:
    for _ in range(count):
        await client.start_activity(
            last,
            id=uuid.uuid4().hex,
            task_queue=queue,
            schedule_to_close_timeout=timedelta(seconds=600),
        )


@pytest.mark.parametrize("page_size", [1, 500])
async def test_every_robot_is_counted_on_its_queue_until_it_stops(
    temporal_server: str, temporal_namespace: str, page_size: int
) -> None:
    client = await Client.connect(temporal_server, namespace=temporal_namespace)
    queues = Queues(client, page_size)

    async def counted() -> bool:
        return await queues.robots() == {
            "one": world.Robots(alive=1),
            "two": world.Robots(alive=2),
        }

    async def none() -> bool:
        return await queues.robots() == {}

    async with robots(client, "one", 1), robots(client, "two", 2):
        await until(counted)
    await until(none)


async def test_robot_that_falls_silent_is_lost_and_one_that_says_that_it_ends_is_not(
    temporal_server: str, temporal_namespace: str
) -> None:
    client = await Client.connect(temporal_server, namespace=temporal_namespace)
    ahead = timedelta()
    queues = Queues(client, clock=lambda: datetime.now(UTC) + ahead)

    async def told(expected: world.Robots) -> bool:
        return (await queues.robots() or {}).get("one") == expected

    async with robots(client, "one", 1):
        await until(lambda: told(world.Robots(alive=1)))
        # A clock that is ahead, instead of a robot that is killed: its heartbeat is old by it.
        ahead = ALIVE + timedelta(seconds=15)
        assert await told(world.Robots(lost=1))
        ahead += SURE_AFTER
        assert await told(world.Robots(lost=1, losses=1))
        ahead = timedelta()
        assert await told(world.Robots(alive=1, losses=1))
    await until(lambda: told(world.Robots(losses=1)))
    ahead = ALIVE + timedelta(seconds=15)
    assert await told(world.Robots(losses=1))


async def test_activities_that_wait_are_counted_with_the_age_of_the_oldest(
    temporal_server: str, temporal_namespace: str
) -> None:
    client = await Client.connect(temporal_server, namespace=temporal_namespace)
    queues = Queues(client)
    await give(client, "full", 3)

    async def waiting() -> bool:
        return (await queues.describe("full", {})).backlog == 3

    await until(waiting)
    there = {"full": world.Robots(alive=2, lost=1), "other": world.Robots(alive=5)}
    seen = await queues.describe("full", there)

    assert (seen.robots, seen.lost, seen.backlog) == (2, 1, 3)
    assert 0 < seen.backlog_seconds < 60
    assert await queues.describe("empty", {}) == world.Queue(0, 0, 0.0)


@pytest.fixture
def old_server(tmp_path: Path) -> Iterator[str]:
    """Run a server that takes no heartbeats."""
    without = ("--dynamic-config-value", "frontend.WorkerHeartbeatsEnabled=false")
    with own_server.running(tmp_path, *without) as address:
        yield address


async def test_robots_are_counted_by_their_polls_where_no_heartbeats_are_taken(
    old_server: str,
) -> None:
    client = await Client.connect(old_server)
    queues = Queues(client)

    async def polled() -> bool:
        return (await queues.describe("old", await queues.robots())).robots == 2

    async with robots(client, "old", 2):
        assert await queues.robots() is None
        await until(polled)
