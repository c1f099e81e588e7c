"""Two operators and one lease: one works; when it is killed, frozen or stopped, the other does."""

import asyncio
import itertools
import json
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from support import operator_world, process, rights
from support.operator_world import Home, World, until
from support.process import Child

from .test_operator_faults import status_of

pytestmark = [pytest.mark.server, pytest.mark.long(60)]

LEASE = rights.account(rights.OPERATOR)

Pair = tuple[Child, Child]
"""The leader, and the one that stands by."""


@pytest.fixture
def replicas(lonely_home: Home) -> Iterator[Pair]:
    with ExitStack() as running:
        pair = [
            running.enter_context(
                lonely_home.run("operator", lease_namespace=lonely_home.namespace)
            )
            for _ in range(2)
        ]
        process.wait_until(lambda: any(map(leads, pair)), pair, seconds=30)
        pair.sort(key=leads, reverse=True)
        process.wait_until(lambda: "waiting_for_leadership" in told(pair[1]), pair, seconds=30)
        yield pair[0], pair[1]


async def test_a_killed_leader_is_followed_and_nothing_is_lost_or_doubled(
    lonely_home: Home, replicas: Pair
) -> None:
    leader, standby = replicas
    world = await operator_world.connected(lonely_home)
    world.apply(world.job("fore"))
    world.wait("wj/fore", "Ready", "WorkerUnavailable")
    assert "executed" not in told(standby)

    leader.handle.kill()
    world.apply(world.job("medan"))
    seconds = await handed_over(standby)
    world.wait("wj/medan", "Ready", "WorkerUnavailable")

    assert seconds < 20
    schedules = {one.id async for one in await world.client.list_schedules()}
    assert schedules == {world.schedule_id("fore"), world.schedule_id("medan")}
    assert events(world) == {"fore": ["CreateSchedule"], "medan": ["CreateSchedule"]}


async def test_a_frozen_leader_that_wakes_ends_and_changes_nothing(
    lonely_home: Home, replicas: Pair
) -> None:
    leader, standby = replicas
    world = await operator_world.connected(lonely_home)
    world.apply(world.job("kassa", spec__schedule__cron="0 5 * * *"))
    world.wait("wj/kassa", "Ready", "WorkerUnavailable")

    leader.handle.send_signal(signal.SIGSTOP)
    # The frozen one hears of this when it wakes, for it is in its sockets.
    world.apply(world.job("kassa", spec__schedule__cron="0 9 * * *"))
    await handed_over(standby)
    await until(lambda: starts_at(world, "kassa", 9))
    await until(lambda: world.observed("wj/kassa", 2))
    before = world.version()
    leader.handle.send_signal(signal.SIGCONT)
    code = await asyncio.to_thread(leader.handle.wait, 5)
    await asyncio.sleep(1)

    assert code == 1
    assert "leadership_lost" in told(leader)
    assert told(leader).count("executed") == 1
    assert await starts_at(world, "kassa", 9)
    assert world.writes("workerjobs", "kassa", since=before) == []
    assert standby.handle.poll() is None


async def test_a_stopped_leader_hands_over_at_once(lonely_home: Home, replicas: Pair) -> None:
    leader, standby = replicas
    world = await operator_world.connected(lonely_home)
    before = lease(world)

    leader.handle.terminate()
    await handed_over(standby)

    # Given up: where the other waits for the lease's end, one holder follows the other.
    first, given_up, second = holders(world, since=before)
    assert (bool(first), given_up, bool(second)) == (True, "", True)
    assert first != second
    assert await asyncio.to_thread(leader.handle.wait, 10) == 0


async def test_one_that_stands_by_is_healthy_and_ends_when_told(
    lonely_home: Home, replicas: Pair
) -> None:
    (port,) = process.free_ports(1)
    namespace = lonely_home.namespace
    with lonely_home.run("operator", lease_namespace=namespace, health_port=port) as third:
        process.wait_until(lambda: "waiting_for_leadership" in told(third), [third], seconds=30)
        assert await asyncio.to_thread(status_of, f"http://127.0.0.1:{port}/healthz") == 200

        third.handle.terminate()

        assert await asyncio.to_thread(third.handle.wait, 5) == 0
    assert not leads(third)


async def handed_over(standby: Child) -> float:
    """Wait until the one that stood by leads; return the seconds."""
    begin = time.monotonic()

    async def leading() -> bool:
        return leads(standby)

    await until(leading, seconds=30, every=0.02)
    return time.monotonic() - begin


def leads(operator: Child) -> bool:
    return "leading" in told(operator)


def told(operator: Child) -> str:
    return operator.log.read_text()


async def starts_at(world: World, name: str, hour: int) -> bool:
    found = await world.schedule(world.schedule_id(name))
    assert found is not None
    return found.schedule.spec.calendars[0].hour[0].start == hour


def lease(world: World) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        world.kubectl("get", "--raw", f"{leases(world)}/{LEASE}").stdout
    )
    return found


def leases(world: World) -> str:
    return f"/apis/coordination.k8s.io/v1/namespaces/{world.home.namespace}/leases"


def holders(world: World, *, since: dict[str, Any]) -> list[str]:
    """Who held the lease, one after the other, as the API server's watch replays it."""
    version = since["metadata"]["resourceVersion"]
    query = (
        f"watch=1&resourceVersion={version}&timeoutSeconds=1&fieldSelector=metadata.name={LEASE}"
    )
    told = world.kubectl("get", "--raw", f"{leases(world)}?{query}").stdout.splitlines()
    seen = [since, *(json.loads(line)["object"] for line in told)]
    return [
        name for name, _ in itertools.groupby(one["spec"].get("holderIdentity", "") for one in seen)
    ]


def events(world: World) -> dict[str, list[str]]:
    """Reasons of the events of each job."""
    answer = json.loads(world.kubectl("get", "events", "-o", "json").stdout)
    reasons: dict[str, list[str]] = {}
    for event in answer["items"]:
        reasons.setdefault(event["involvedObject"]["name"], []).append(event["reason"])
    return reasons
