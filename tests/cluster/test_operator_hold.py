"""The emergency stop on a real cluster: whoever holds a job is told, obeyed and never overruled."""

import asyncio
import json
from typing import Any

import pytest
from temporalio.client import WorkflowHandle
from temporalio.service import RPCError

from rpafabrik_api import contract, names
from support.operator_world import World, until

pytestmark = pytest.mark.server

WHY = "driften, telefon 046-00 00 00: fel belopp i avstämningen"


@pytest.mark.parametrize("how", ["", "--server-side"])
async def test_held_job_is_paused_with_who_and_why_and_stays_so_when_applied_again(
    world: World, how: str
) -> None:
    name = f"hallen{how.strip('-')[:6]}"
    world.apply(world.job(name), how=how)
    world.wait(f"wj/{name}", "Ready", "Reconciled")
    schedule_id = world.schedule_id(name)

    hold(world, name)
    world.wait(f"wj/{name}", "Suspended", "Held")

    assert world.condition(f"wj/{name}", "Suspended") == ("True", "Held", f"held: {WHY}")
    assert await paused(world, schedule_id)

    world.apply(world.job(name, spec__title="Ny titel", spec__suspend=True), how=how)
    world.wait(f"wj/{name}", "Suspended", "SuspendedAndHeld")
    world.apply(world.job(name, spec__title="Ny titel", spec__suspend=False), how=how)
    world.wait(f"wj/{name}", "Suspended", "Held")

    assert await paused(world, schedule_id)

    release(world, name)
    world.wait(f"wj/{name}", "Suspended", "Active")

    assert not await paused(world, schedule_id)


async def test_hold_in_the_middle_of_a_run_stops_new_items_until_release(world: World) -> None:
    world.apply(world.job("mitt-i", spec__input={"items": 12, "seconds": 0.2, "day": "2026-01-07"}))
    world.wait("wj/mitt-i", "Ready", "Reconciled")
    world.apply(world.jobrun("mitt-i-idag", "mitt-i"))
    uid = world.uid("jr/mitt-i-idag")
    run = world.client.get_workflow_handle(names.run_id(world.home.namespace, "mitt-i-idag", uid))
    await until(lambda: some_done(run))

    hold(world, "mitt-i")
    world.wait("jr/mitt-i-idag", "Succeeded", "Held")
    await asyncio.sleep(0.5)  # the item in work ends
    done = (await progress(run)).counts.completed
    await asyncio.sleep(1)

    assert (await progress(run)).counts.completed == done < 12
    assert (await progress(run)).held_because == WHY
    assert world.condition("jr/mitt-i-idag", "Succeeded")[2] == f"the job is held: {WHY}"

    release(world, "mitt-i")
    world.wait("jr/mitt-i-idag", "Succeeded", "Completed")

    assert world.get("jr/mitt-i-idag")["status"]["items"]["completed"] == 12


async def test_hold_stops_the_runs_of_the_schedule_too(world: World) -> None:
    world.apply(world.job("stopp", spec__input={"items": 12, "seconds": 0.2, "day": "2026-01-07"}))
    world.wait("wj/stopp", "Ready", "Reconciled")
    schedule = world.client.get_schedule_handle(world.schedule_id("stopp"))
    await schedule.trigger()

    async def started() -> list[str]:
        actions = (await schedule.describe()).info.recent_actions
        return [action.action.workflow_id for action in actions]  # type: ignore[attr-defined] # ours starts workflows

    (workflow_id,) = await until(started)
    run = world.client.get_workflow_handle(workflow_id)
    await until(lambda: some_done(run))

    hold(world, "stopp")

    async def is_held() -> bool:
        return (await progress(run)).held_because == WHY

    await until(is_held)
    release(world, "stopp")
    assert (await run.result())["counts"]["completed"] == 12


async def test_run_of_a_held_job_waits(world: World) -> None:
    job = world.job("vantar")
    job["metadata"]["annotations"] = {names.HOLD_ANNOTATION: WHY}
    world.apply(job, world.jobrun("vantar-idag", "vantar"))
    world.wait("jr/vantar-idag", "Succeeded", "Held")

    release(world, "vantar")

    world.wait("jr/vantar-idag", "Succeeded", "Completed")


def hold(world: World, name: str) -> None:
    done = world.kubectl("annotate", f"wj/{name}", f"{names.HOLD_ANNOTATION}={WHY}")
    assert done.returncode == 0, done.stderr


def release(world: World, name: str) -> None:
    patch = json.dumps({"metadata": {"annotations": {names.HOLD_ANNOTATION: None}}})
    done = world.kubectl("patch", f"wj/{name}", "--type=merge", "-p", patch)
    assert done.returncode == 0, done.stderr


async def paused(world: World, schedule_id: str) -> bool:
    found = await world.schedule(schedule_id)
    assert found is not None
    return found.schedule.state.paused


async def progress(run: WorkflowHandle[Any, Any]) -> contract.Progress:
    told: contract.Progress = await run.query(
        contract.PROGRESS_QUERY, result_type=contract.Progress
    )
    return told


async def some_done(run: WorkflowHandle[Any, Any]) -> bool:
    try:
        return (await progress(run)).counts.completed >= 2
    except RPCError:  # not there yet
        return False
