"""Deletion on a real cluster: drained, ended or orphaned, as the resource says."""

from typing import Any

import pytest
from temporalio.client import WorkflowExecutionStatus, WorkflowHandle

from rpafabrik_api import names
from support.operator_world import World, until

pytestmark = pytest.mark.server

SLOW = {"items": 20, "seconds": 0.5, "day": "2026-01-07"}


async def test_deleted_job_leaves_nothing_in_temporal(world: World) -> None:
    world.apply(world.job("borta"))
    world.wait("wj/borta", "Ready", "Reconciled")
    schedule_id = world.schedule_id("borta")

    deleted = world.kubectl("delete", "wj/borta", "--timeout=20s")

    assert deleted.returncode == 0, deleted.stderr
    assert await world.schedule(schedule_id) is None


async def test_drain_waits_for_the_run_under_way(world: World) -> None:
    run = await job_under_way(world, "tomd", "Drain")

    world.kubectl("delete", "wj/tomd", "--wait=false")
    world.wait("wj/tomd", "Ready", "Draining")
    assert (await run.describe()).status == WorkflowExecutionStatus.RUNNING
    await run.result()

    gone = world.kubectl("wait", "--for=delete", "wj/tomd", "--timeout=40s")
    assert gone.returncode == 0, gone.stderr


async def test_terminate_ends_the_run_at_once(world: World) -> None:
    run = await job_under_way(world, "avbruten", "Terminate", seconds=10)
    schedule_id = world.schedule_id("avbruten")

    deleted = world.kubectl("delete", "wj/avbruten", "--timeout=20s")

    assert deleted.returncode == 0, deleted.stderr
    assert (await run.describe()).status == WorkflowExecutionStatus.TERMINATED
    assert await world.schedule(schedule_id) is None


async def test_orphaned_schedule_stays_and_is_never_swept(world: World) -> None:
    world.apply(world.job("foraldralos", spec__deletionPolicy="Orphan"), world.job("bortsprungen"))
    for name in ("foraldralos", "bortsprungen"):
        world.wait(f"wj/{name}", "Ready", "Reconciled")
    orphan, stray = world.schedule_id("foraldralos"), world.schedule_id("bortsprungen")

    assert world.kubectl("delete", "wj/foraldralos", "--timeout=20s").returncode == 0
    world.by_force("wj/bortsprungen")

    async def swept() -> bool:
        return await world.schedule(stray) is None

    await until(swept)
    assert await world.schedule(orphan) is not None


async def test_deleted_jobrun_drains_or_ends_its_run(world: World) -> None:
    world.apply(world.job("moder", spec__input=SLOW))
    world.wait("wj/moder", "Ready", "Reconciled")
    world.apply(world.jobrun("dotter", "moder", spec__deletionPolicy="Terminate"))
    world.wait("jr/dotter", "Succeeded", "Running")
    run_id = names.run_id(world.home.namespace, "dotter", world.uid("jr/dotter"))

    deleted = world.kubectl("delete", "jr/dotter", "--timeout=20s")

    assert deleted.returncode == 0, deleted.stderr
    found = await world.client.get_workflow_handle(run_id).describe()
    assert found.status == WorkflowExecutionStatus.TERMINATED


async def test_finished_jobrun_goes_at_once(world: World) -> None:
    world.apply(world.job("klar"), world.jobrun("klar-idag", "klar"))
    world.wait("jr/klar-idag", "Succeeded", "Completed")

    deleted = world.kubectl("delete", "jr/klar-idag", "--timeout=20s")

    assert deleted.returncode == 0, deleted.stderr


async def test_job_made_again_has_a_schedule_of_its_own(world: World) -> None:
    world.apply(world.job("ater"))
    world.wait("wj/ater", "Ready", "Reconciled")
    first = world.schedule_id("ater")
    world.kubectl("delete", "wj/ater", "--timeout=20s")

    world.apply(world.job("ater"))
    world.wait("wj/ater", "Ready", "Reconciled")

    assert world.schedule_id("ater") != first
    assert await world.schedule(world.schedule_id("ater")) is not None
    assert await world.schedule(first) is None


async def job_under_way(
    world: World, name: str, policy: str, seconds: float = 0.5
) -> WorkflowHandle[Any, Any]:
    given = {**SLOW, "seconds": seconds}
    world.apply(world.job(name, spec__deletionPolicy=policy, spec__input=given))
    world.wait(f"wj/{name}", "Ready", "Reconciled")
    schedule = world.client.get_schedule_handle(world.schedule_id(name))
    await schedule.trigger()

    async def started() -> list[str]:
        actions = (await schedule.describe()).info.running_actions
        return [action.workflow_id for action in actions]  # type: ignore[attr-defined] # ours starts workflows

    (workflow_id,) = await until(started)
    return world.client.get_workflow_handle(workflow_id)
