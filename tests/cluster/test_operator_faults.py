"""Faults on a real cluster: a killed operator, a Temporal or an API server that is away."""

import asyncio
import contextlib
import json
import signal
import urllib.request
from collections.abc import Iterator

import pytest

from rpafabrik_api import contract
from support import operator_world, process, rights
from support.operator_wire import Wire
from support.operator_world import Home, until

pytestmark = pytest.mark.server


async def test_killed_operator_goes_on_and_nothing_is_doubled(lonely_home: Home) -> None:
    world = await operator_world.connected(lonely_home)
    names = [f"jobb-{number}" for number in range(5)]
    with lonely_home.run("factory"):
        for after_seconds in (1.5, 2.0):
            with lonely_home.run("operator") as operator:
                world.apply(*(world.job(name) for name in names))
                world.apply(*(world.jobrun(name, name) for name in names))
                await asyncio.sleep(after_seconds)
                operator.handle.kill()
        with lonely_home.run("operator"):
            world.wait("wj", "Ready", "Reconciled", "--all", seconds=60)
            world.wait("jr", "Succeeded", "Completed", "--all", seconds=60)

    schedules = {one.id async for one in await world.client.list_schedules()}
    assert schedules == {world.schedule_id(name) for name in names}
    query = f"WorkflowType = '{contract.JOB_RUN_WORKFLOW}'"
    assert (await world.client.count_workflows(query)).count == len(names)


async def test_temporal_away_is_told_and_made_good_when_it_is_back(lonely_home: Home) -> None:
    world = await operator_world.connected(lonely_home)
    with Wire(lonely_home.temporal).running() as wire:
        wire.cut()
        with lonely_home.run("operator", temporal=wire.address) as operator:
            world.apply(world.job("strandad"), world.jobrun("strandad", "strandad"))
            world.wait("wj/strandad", "Ready", "TemporalUnavailable")
            world.wait("jr/strandad", "Succeeded", "TemporalUnavailable")
            assert world.condition("wj/strandad", "Ready")[0] == "Unknown"

            wire.mend()
            # No digital worker runs here; the schedule is made all the same.
            world.wait("wj/strandad", "Ready", "WorkerUnavailable")
            world.wait("jr/strandad", "Succeeded", "Running")
            assert await world.schedule(world.schedule_id("strandad")) is not None

            wire.cut()
            world.wait("wj/strandad", "Ready", "TemporalUnavailable")
            wire.mend()
            world.wait("wj/strandad", "Ready", "WorkerUnavailable", seconds=40)
            assert operator.handle.poll() is None


async def test_operator_outlives_an_api_server_that_is_away(lonely_home: Home) -> None:
    world = await operator_world.connected(lonely_home)
    with (
        wired(lonely_home) as (wire, kubeconfig),
        lonely_home.run("operator", kubeconfig=kubeconfig) as operator,
    ):
        world.apply(world.job("fore"))
        world.wait("wj/fore", "Ready", "WorkerUnavailable")

        wire.cut()
        world.apply(world.job("medan"), world.job("fore", spec__suspend=True))
        await asyncio.sleep(2)
        wire.mend()

        world.wait("wj/medan", "Ready", "WorkerUnavailable", seconds=40)
        world.wait("wj/fore", "Suspended", "Suspended", seconds=40)
        assert operator.handle.poll() is None


async def test_operator_waits_in_good_health_for_an_api_server(lonely_home: Home) -> None:
    world = await operator_world.connected(lonely_home)
    (port,) = process.free_ports(1)
    with wired(lonely_home) as (wire, kubeconfig):
        wire.cut()
        with lonely_home.run("operator", kubeconfig=kubeconfig, health_port=port) as operator:

            async def waits() -> bool:
                return "cluster_unavailable" in operator.log.read_text()

            await until(waits)
            assert await asyncio.to_thread(status_of, f"http://127.0.0.1:{port}/healthz") == 200

            wire.mend()
            world.apply(world.job("sent"))
            world.wait("wj/sent", "Ready", "WorkerUnavailable", seconds=40)


async def test_terminated_operator_ends_in_good_order(lonely_home: Home) -> None:
    world = await operator_world.connected(lonely_home)
    (port,) = process.free_ports(1)
    with lonely_home.run("operator", health_port=port) as operator:
        world.apply(world.job("sist"))
        world.wait("wj/sist", "Ready", "WorkerUnavailable")
        assert await asyncio.to_thread(status_of, f"http://127.0.0.1:{port}/healthz") == 200

        operator.handle.send_signal(signal.SIGTERM)

        async def ended() -> bool:
            return operator.handle.poll() is not None

        await until(ended)
        assert operator.handle.returncode == 0, operator.log.read_text()


@contextlib.contextmanager
def wired(home: Home) -> Iterator[tuple[Wire, str]]:
    """A line to the API server, and the operator's kubeconfig that leads over it."""
    config = json.loads(home.kubeconfig(rights.OPERATOR).read_text())
    cluster = config["clusters"][0]["cluster"]
    with Wire(cluster["server"].removeprefix("https://")).running() as wire:
        cluster["server"] = f"https://{wire.address}"
        copy = home.folder / "wired.kubeconfig"
        copy.touch(mode=0o600)
        copy.write_text(json.dumps(config))
        yield wire, str(copy)


def status_of(url: str) -> int:
    with urllib.request.urlopen(url) as answer:
        return int(answer.status)
