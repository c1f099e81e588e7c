"""Rights: operator and platform need just what the chart grants, and tell what they lack."""

import asyncio
from collections.abc import Iterable

import pytest

from cluster.own import OwnCluster
from support import operator_world, rights
from support.operator_world import Home, World, until
from support.rights import OPERATOR, PLATFORM, Right

from .test_operator_deletion import job_under_way

pytestmark = pytest.mark.server


async def test_a_story_that_touches_everything_needs_every_right_and_no_other(
    own_home: Home, own_cluster: OwnCluster
) -> None:
    world = await operator_world.connected(own_home)
    with own_home.run("factory"), own_home.run("operator", lease_namespace=own_home.namespace):
        await everything(world)

    for component in (OPERATOR, PLATFORM):
        granted = own_home.rights.granted(component)
        asked = own_cluster.asked(own_home.rights.user(component))
        assert as_granted(asked, granted) == granted


async def everything(world: World) -> None:
    """What is watched comes and goes; what is made is taken away, and something is left behind."""
    run = await job_under_way(world, "rymling", "Drain", seconds=10)
    little = {"items": 1, "seconds": 0}
    world.apply(world.jobrun("allt", "rymling", spec__input=little), world.digital_worker("allt"))
    world.wait("jr/allt", "Succeeded", "Completed")
    world.wait("dw/allt", "Ready", "PodsNotReady")
    stray = world.schedule_id("rymling")
    world.kubectl("delete", "wj/rymling", "--wait=false")
    world.wait("wj/rymling", "Ready", "Draining")
    world.by_force("wj/rymling")

    async def swept() -> bool:
        return await world.schedule(stray) is None

    await until(swept)
    await run.terminate()


def as_granted(asked: Iterable[Right], granted: set[Right]) -> set[Right]:
    """What was asked for, without the object's name where the right is not bound to one."""
    return {
        right if right in granted else (group, resource, verb, "")
        for right in asked
        for group, resource, verb, _ in (right,)
        # What the admission plugin asks first: whether the user may do this to every kind.
        if group != "*"
    }


@pytest.mark.parametrize(
    ("lacking", "what", "told"),
    [
        (("rpafabrik.dev", "workerjobs", "list"), "job", "cannot list resource"),
        (
            ("rpafabrik.dev", "workerjobs/status", "patch"),
            "job",
            "workerjobs/status",
        ),
        (("apps", "deployments", "create"), "worker", "cannot create resource"),
        (("events.k8s.io", "events", "create"), "job", "event_lost"),
    ],
)
async def test_a_lacking_right_is_told_and_made_good_once_it_is_granted(
    lonely_home: Home, lacking: tuple[str, str, str], what: str, told: str
) -> None:
    world = await operator_world.connected(lonely_home)
    roles = lonely_home.rights.roles(OPERATOR)
    rights.apply(lonely_home.api, *(rights.without(role, lacking) for role in roles))
    with lonely_home.run("operator") as operator:
        world.apply(world.job("ratt") if what == "job" else world.digital_worker("ratt"))

        async def is_told() -> bool:
            return told in operator.log.read_text()

        await until(is_told)
        assert "Traceback" not in operator.log.read_text()
        rights.apply(lonely_home.api, *roles)
        kind, reason = ("wj", "WorkerUnavailable") if what == "job" else ("dw", "PodsNotReady")
        await asyncio.to_thread(world.wait, f"{kind}/ratt", "Ready", reason, seconds=60)
