"""Whole namespaces and owners that go: nothing is stuck, and nothing is left in either place.

The controllers that delete are the real ones; the operator serves the whole cluster, as the chart
has it when no namespaces are named.
"""

import dataclasses
import json
import uuid
from contextlib import AbstractContextManager

import pytest

from support import operator_world, process, rights
from support.helm import Helm
from support.operator_world import Home, World, until

from .test_operator_deletion import SLOW

pytestmark = pytest.mark.server


@pytest.fixture
async def doomed(own_home: Home, helm: Helm) -> World:
    """Return a namespace that holds no rights and no accounts, only what people declare."""
    rights.apply(own_home.api, *rights.rendered(helm, own_home.namespace).manifests)
    name = f"doomed-{uuid.uuid4().hex[:8]}"
    assert own_home.api.kubectl("create", "namespace", name).returncode == 0
    there = dataclasses.replace(own_home.rights, namespace=name)
    world = await operator_world.connected(own_home)
    return World(dataclasses.replace(own_home, rights=there), world.client)


async def test_deleted_namespace_goes_and_nothing_is_left_in_temporal(
    own_home: Home, doomed: World
) -> None:
    policies = ("Drain", "Terminate", "Orphan")
    with serving(own_home, doomed, "factory"), serving(own_home, doomed, "operator") as operator:
        for policy in policies:
            name = policy.lower()
            changes = {"spec__deletionPolicy": policy, "spec__input": SLOW}
            doomed.apply(doomed.job(name, **changes))
            run = doomed.jobrun(name, name, spec__deletionPolicy=policy)
            doomed.apply(run, doomed.digital_worker(name))
        for name in map(str.lower, policies):
            doomed.wait(f"jr/{name}", "Succeeded", "Running", seconds=60)
            doomed.wait(f"dw/{name}", "Ready", "PodsNotReady")
        schedules = {name: doomed.schedule_id(name) for name in map(str.lower, policies)}

        gone = doomed.kubectl("delete", "namespace", doomed.home.namespace, "--timeout=140s")

        assert gone.returncode == 0, gone.stderr + operator.log.read_text()
        assert "Traceback" not in operator.log.read_text()
    left = {name for name, one in schedules.items() if await doomed.schedule(one) is not None}
    assert left == {"orphan"}


async def test_what_a_digital_worker_owns_goes_with_it(own_home: Home, doomed: World) -> None:
    with serving(own_home, doomed, "operator") as operator:
        doomed.apply(doomed.digital_worker("agare"))
        doomed.wait("dw/agare", "Ready", "PodsNotReady")

        doomed.kubectl("delete", "dw/agare", "--timeout=20s")

        async def collected() -> bool:
            answer = doomed.kubectl("get", "deployments,serviceaccounts", "-o", "json")
            return bool(json.loads(answer.stdout)["items"] == [])

        await until(collected)
        assert "Traceback" not in operator.log.read_text()


async def test_run_of_a_deleted_job_lives_its_own_life(own_home: Home, doomed: World) -> None:
    """A JobRun is nobody's property: what was asked for is done, or waits for its job to return."""
    with serving(own_home, doomed, "factory"), serving(own_home, doomed, "operator"):
        doomed.apply(doomed.job("moder", spec__input=SLOW), doomed.jobrun("dotter", "moder"))
        doomed.wait("jr/dotter", "Succeeded", "Running", seconds=60)

        deleted = doomed.kubectl("delete", "wj/moder", "--timeout=20s")
        doomed.apply(doomed.jobrun("sen", "moder"))

        assert deleted.returncode == 0, deleted.stderr
        doomed.wait("jr/sen", "Succeeded", "UnknownJob")
        doomed.wait("jr/dotter", "Succeeded", "Completed")


def serving(home: Home, doomed: World, role: str) -> AbstractContextManager[process.Child]:
    """Run a process in the home's name that serves the other namespace."""
    return home.run(role, namespace=doomed.home.namespace, everywhere=True)
