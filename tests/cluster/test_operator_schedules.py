"""The operator on a real API server: a WorkerJob becomes a schedule in Temporal, and stays it."""

import asyncio
from typing import Any

import pytest
from temporalio.client import (
    Schedule,
    ScheduleDescription,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)

from rpafabrik_api import contract, names
from support.operator_world import World, until

pytestmark = pytest.mark.server


async def test_applied_job_is_ready_and_has_its_schedule(world: World) -> None:
    world.apply(world.job("dagligen"))

    world.wait("wj/dagligen", "Ready", "Reconciled")

    found = await world.schedule(world.schedule_id("dagligen"))
    assert found is not None
    assert hours(found) == {6}
    assert found.schedule.spec.time_zone_name == "Europe/Stockholm"
    action: Any = found.schedule.action
    assert (action.workflow, action.task_queue) == (contract.JOB_RUN_WORKFLOW, names.PLATFORM_QUEUE)
    assert not found.schedule.state.paused
    status = world.get("wj/dagligen")["status"]
    assert status["scheduleId"] == found.id
    assert status["nextRunTime"] == f"{found.info.next_action_times[0]:%Y-%m-%dT%H:%M:%SZ}"
    assert world.condition("wj/dagligen", "WorkerAvailable")[:2] == ("True", "WorkerAvailable")


async def test_changed_job_changes_its_schedule_in_place(world: World) -> None:
    world.apply(world.job("andrad"))
    world.wait("wj/andrad", "Ready", "Reconciled")
    schedule_id = world.schedule_id("andrad")

    world.apply(world.job("andrad", spec__schedule__cron="30 7,19 * * *"))

    found = await until(lambda: with_hours(world, schedule_id, {7, 19}))
    assert found.info.created_at < found.info.last_updated_at


async def test_suspended_job_is_paused_until_it_is_not(world: World) -> None:
    world.apply(world.job("pausad", spec__suspend=True))
    world.wait("wj/pausad", "Suspended", "Suspended")
    schedule_id = world.schedule_id("pausad")

    assert await state(world, schedule_id) == (True, "rpafabrik: Suspended")
    assert "nextRunTime" not in world.get("wj/pausad")["status"]

    world.apply(world.job("pausad", spec__suspend=False))
    world.wait("wj/pausad", "Suspended", "Active")

    assert await state(world, schedule_id) == (False, "")


async def test_job_that_leaves_production_loses_its_schedule(world: World) -> None:
    world.apply(world.job("avslutad"))
    world.wait("wj/avslutad", "Ready", "Reconciled")
    schedule_id = world.schedule_id("avslutad")

    world.apply(world.job("avslutad", spec__stage="Retired"))

    world.wait("wj/avslutad", "Ready", "NotScheduled")
    assert await world.schedule(schedule_id) is None


async def test_resync_repairs_what_was_done_in_temporal(world: World) -> None:
    jobs = ("raderad", "redigerad", "startad")
    world.apply(*(world.job(name, spec__suspend=name == "startad") for name in jobs))
    for name in jobs:
        world.wait(f"wj/{name}", "Ready", "Reconciled")
    deleted, edited, unpaused = (world.schedule_id(name) for name in jobs)

    await world.client.get_schedule_handle(deleted).delete()
    await world.client.get_schedule_handle(edited).update(at_noon)
    await world.client.get_schedule_handle(unpaused).unpause(note="vi kör ändå")

    await until(lambda: world.schedule(deleted))
    await until(lambda: with_hours(world, edited, {6}))

    async def paused_again() -> bool:
        return await state(world, unpaused) == (True, "rpafabrik: Suspended")

    await until(paused_again)


async def test_pause_made_in_temporal_is_told_and_left_alone(world: World) -> None:
    world.apply(world.job("stoppad"))
    world.wait("wj/stoppad", "Ready", "Reconciled")
    schedule_id = world.schedule_id("stoppad")

    await world.client.get_schedule_handle(schedule_id).pause(note="felsöker")

    world.wait("wj/stoppad", "Suspended", "PausedInTemporal")
    assert world.condition("wj/stoppad", "Suspended")[2] == "paused in Temporal: felsöker"
    assert await state(world, schedule_id) == (True, "felsöker")


async def test_steady_state_writes_nothing(world: World) -> None:
    world.apply(world.job("stadig"))
    world.wait("wj/stadig", "Ready", "Reconciled")
    schedule_id = world.schedule_id("stadig")
    before = world.get("wj/stadig")["metadata"]["resourceVersion"]
    described = await world.schedule(schedule_id)

    await asyncio.sleep(3 * world.home.resync_seconds)

    assert world.get("wj/stadig")["metadata"]["resourceVersion"] == before
    found = await world.schedule(schedule_id)
    assert found is not None
    assert described is not None
    assert found.raw_description.conflict_token == described.raw_description.conflict_token


@pytest.mark.parametrize("how", ["", "--server-side"])
async def test_applying_the_same_again_changes_nothing(world: World, how: str) -> None:
    name = f"igen{how.strip('-')[:6]}"
    world.apply(world.job(name), how=how)
    world.wait(f"wj/{name}", "Ready", "Reconciled")
    before = world.get(f"wj/{name}")

    world.apply(world.job(name), how=how)

    assert world.get(f"wj/{name}") == before


def hours(found: ScheduleDescription) -> set[int]:
    ranges = found.schedule.spec.calendars[0].hour
    return {hour for one in ranges for hour in range(one.start, max(one.start, one.end) + 1)}


def at_noon(given: ScheduleUpdateInput) -> ScheduleUpdate:
    schedule: Schedule = given.description.schedule
    schedule.spec = ScheduleSpec(cron_expressions=["0 12 * * *"])
    return ScheduleUpdate(schedule=schedule)


async def with_hours(
    world: World, schedule_id: str, wanted: set[int]
) -> ScheduleDescription | None:
    found = await world.schedule(schedule_id)
    return found if found and hours(found) == wanted else None


async def state(world: World, schedule_id: str) -> tuple[bool, str | None]:
    found = await world.schedule(schedule_id)
    assert found is not None
    return found.schedule.state.paused, found.schedule.state.note or ""
