"""An API server or a Temporal that is away for a minute: the operator lives on and misses nothing.

The API server is really stopped, and started again on the same data.
"""

import asyncio
import json

import pytest

from cluster.own import OwnCluster
from support import operator_world
from support.operator_wire import Wire
from support.operator_world import Home, World, until

from .test_operator_faults import wired

pytestmark = [pytest.mark.server, pytest.mark.long(190)]

AWAY_SECONDS = 60
"""Longer than every backoff of the operator's, which ends at 30 s and its jitter."""


async def test_everything_that_happens_while_a_server_is_away_for_a_minute_is_made_good(
    own_home: Home, own_cluster: OwnCluster, lonely_home: Home
) -> None:
    """Two operators, so that both servers are away in the same minute."""
    await asyncio.gather(
        without_the_api_server(own_home, own_cluster), without_temporal(lonely_home)
    )


async def without_the_api_server(home: Home, cluster: OwnCluster) -> None:
    world = await operator_world.connected(home)
    with home.run("operator") as operator:
        await asyncio.to_thread(world.apply, world.job("fore"))
        await asyncio.to_thread(world.wait, "wj/fore", "Ready", "WorkerUnavailable")
        schedule = world.schedule_id("fore")

        cluster.stop()
        await world.client.get_schedule_handle(schedule).delete()
        await asyncio.sleep(AWAY_SECONDS)
        assert operator.handle.poll() is None, operator.log.read_text()
        cluster.start()
        await asyncio.to_thread(world.apply, world.job("efter"))

        await asyncio.to_thread(world.wait, "wj/efter", "Ready", "WorkerUnavailable")
        await until(lambda: world.schedule(schedule))
        assert operator.handle.poll() is None
        assert "Traceback" not in operator.log.read_text()


async def without_temporal(home: Home) -> None:
    world = await operator_world.connected(home)
    names = [f"jobb-{number}" for number in range(4)]
    with Wire(home.temporal).running() as wire, home.run("operator", temporal=wire.address) as it:
        await asyncio.to_thread(world.apply, *(world.job(name) for name in names))
        await all_are(world, "WorkerUnavailable")
        schedules = [world.schedule_id(name) for name in names]

        wire.cut()
        await all_are(world, "TemporalUnavailable")
        since, tried = world.version(), wire.refused
        deleted = world.client.get_schedule_handle(schedules[0])
        await deleted.delete()
        await asyncio.sleep(AWAY_SECONDS)

        # One try in two seconds is let through, whoever asks; the client tries it a few times.
        assert wire.refused - tried < 5 * AWAY_SECONDS
        assert [len(world.writes("workerjobs", name, since=since)) for name in names] == [0] * len(
            names
        )
        wire.mend()
        await all_are(world, "WorkerUnavailable")
        await until(lambda: world.schedule(schedules[0]))
        assert it.handle.poll() is None
        assert it.log.read_text().count("temporal_is_away") == 1


async def test_what_went_while_the_watch_was_gone_for_too_long_is_noticed(
    own_home: Home, own_cluster: OwnCluster
) -> None:
    """The API server no longer knows the versions that the watch would go on from: 410 Gone."""
    world = await operator_world.connected(own_home)
    # No resync would hide in this test's time that the operator missed something.
    with (
        wired(own_home) as (wire, kubeconfig),
        own_home.run("operator", kubeconfig=kubeconfig, resync_seconds=600) as operator,
    ):
        world.apply(world.job("borta"), world.job("utbytt"), world.digital_worker("pool"))
        for name in ("borta", "utbytt"):
            world.wait(f"wj/{name}", "Ready", "WorkerUnavailable")
        world.wait("dw/pool", "Ready", "PodsNotReady")
        gone, exchanged = world.schedule_id("borta"), world.schedule_id("utbytt")
        pool = world.uid("deployment/robots-pool")

        seen_last = world.version()
        wire.cut()
        world.by_force("wj/borta")
        world.by_force("wj/utbytt")
        world.apply(world.job("utbytt", spec__suspend=True))
        world.kubectl("delete", "deployment/robots-pool")
        # What etcd no longer has, the API server's own memory may have.
        own_cluster.forget_the_past()
        own_cluster.stop()
        own_cluster.start()
        assert world.writes("workerjobs", "borta", since=seen_last) == ["ERROR"]
        wire.mend()

        world.wait("wj/utbytt", "Suspended", "Suspended")
        await until(lambda: another_pool(world, pool))
        assert world.schedule_id("utbytt") != exchanged
        assert operator.handle.poll() is None

    # The next operator's sweep, for this one's comes in ten minutes.
    with own_home.run("operator"):
        await until(lambda: none_of(world, gone, exchanged))


async def all_are(world: World, reason: str) -> None:
    await asyncio.to_thread(world.wait, "wj", "Ready", reason, "--all", seconds=90)


async def another_pool(world: World, before: str) -> bool:
    listed = json.loads(world.kubectl("get", "deployments", "-o", "json").stdout)["items"]
    return [one["metadata"]["name"] for one in listed if one["metadata"]["uid"] != before] == [
        "robots-pool"
    ]


async def none_of(world: World, *schedules: str) -> bool:
    return all([await world.schedule(one) is None for one in schedules])
