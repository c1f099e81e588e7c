"""The gateway against a real Temporal: what it reads of runs, and what may be repeated."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from temporalio import activity, exceptions, workflow
from temporalio.client import ScheduleActionStartWorkflow, ScheduleUpdate, ScheduleUpdateInput
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from rpafabrik import connection
from rpafabrik_api import contract, names
from rpafabrik_operator.gateways import schedule_content, temporal
from rpafabrik_operator.gateways.temporal import TemporalGateway
from rpafabrik_operator.planning import mapping, world
from rpafabrik_operator.reconcile import ports
from support import examples
from support.operator_world import until

pytestmark = pytest.mark.server

THEN = datetime(2026, 1, 7, 6, 0, tzinfo=UTC)


@workflow.defn(name=contract.JOB_RUN_WORKFLOW)
class Run:
    """A run whose input says how it ends; it waits while it is held."""

    def __init__(self) -> None:
        self.signals: list[str] = []

    @workflow.signal(name=contract.HOLD_SIGNAL)
    def hold(self, because: str) -> None:
        self.signals.append(because)
        workflow.upsert_memo({contract.HELD_MEMO: True})

    @workflow.signal(name=contract.RELEASE_SIGNAL)
    def release(self) -> None:
        self.signals.append("")
        workflow.upsert_memo({contract.HELD_MEMO: False})

    @workflow.query(name=contract.PROGRESS_QUERY)
    def progress(self) -> contract.Progress:
        return contract.Progress(
            counts=contract.Counts(), listed=len(self.signals), listing_done=False
        )

    @workflow.run
    async def run(self, request: contract.RunRequest) -> contract.RunSummary:
        match request.input.get("end"):
            case "wait":
                await workflow.wait_condition(lambda: False)
            case "fail":
                raise exceptions.ApplicationError("the history is broken", non_retryable=True)
        return contract.RunSummary(
            run_id=workflow.info().workflow_id,
            result=contract.RunResult.SUCCEEDED,
            started_at=THEN,
            finished_at=THEN,
            counts=contract.Counts(completed=3),
        )


@pytest.fixture
async def settings(temporal_server: str, temporal_namespace: str) -> connection.Settings:
    return connection.settings(address=temporal_server, namespace=temporal_namespace)


@pytest.fixture
async def gateway(settings: connection.Settings) -> TemporalGateway:
    return TemporalGateway(await temporal.connect(settings), owner="cluster-1")


@pytest.fixture
async def platform(settings: connection.Settings) -> AsyncIterator[None]:
    client = await connection.connect(settings)
    runner = UnsandboxedWorkflowRunner()
    async with Worker(
        client, task_queue=names.PLATFORM_QUEUE, workflows=[Run], workflow_runner=runner
    ):
        yield


def request(end: str = "") -> contract.RunRequest:
    return replace(mapping.run_request(examples.run(), examples.job()), input={"end": end})


async def test_run_that_is_not_there_is_none(gateway: TemporalGateway) -> None:
    assert await gateway.execution(f"jobrun/{uuid.uuid4()}") is None


async def test_completed_run_has_its_summary(gateway: TemporalGateway, platform: None) -> None:
    await gateway.start_run("run", request())

    found = await ended(gateway, "run")

    assert found.state == world.ExecutionState.COMPLETED
    assert found.summary is not None
    assert found.summary.counts == contract.Counts(completed=3)
    assert (found.failure, found.held) == ("", False)


async def test_run_is_started_once_however_often_it_is_asked_for(
    gateway: TemporalGateway, platform: None
) -> None:
    await gateway.start_run("run", request())
    first = await ended(gateway, "run")

    await gateway.start_run("run", request("wait"))

    assert await gateway.execution("run") == first


async def test_failed_run_says_why(gateway: TemporalGateway, platform: None) -> None:
    await gateway.start_run("run", request("fail"))

    found = await ended(gateway, "run")

    assert found.state == world.ExecutionState.FAILED
    assert found.failure == "the history is broken"


async def test_terminated_run_is_told_apart(gateway: TemporalGateway, platform: None) -> None:
    await gateway.start_run("run", request("wait"))

    await gateway.terminate_run("run", "the run is being deleted")
    await gateway.terminate_run("run", "again")

    found = await gateway.execution("run")
    assert found is not None
    assert found.state == world.ExecutionState.TERMINATED


async def test_hold_and_release_take_effect_before_the_next_look(
    gateway: TemporalGateway, platform: None
) -> None:
    await gateway.start_run("run", request("wait"))

    seen = []
    for _ in range(2):
        await gateway.hold_run("run", "driften: stopp")
        seen.append((await running(gateway)).held)
        await gateway.release_run("run")
        seen.append((await running(gateway)).held)

    assert seen == [True, False, True, False]


async def test_signal_is_not_repeated_while_nobody_answers(
    gateway: TemporalGateway, settings: connection.Settings
) -> None:
    await gateway.start_run("run", request("wait"))

    await gateway.hold_run("run", "driften: stopp")
    await gateway.hold_run("run", "driften: stopp")

    client = await temporal.connect(settings)
    history = await client.get_workflow_handle("run").fetch_history()
    signals = [
        one
        for one in history.events
        if one.HasField("workflow_execution_signaled_event_attributes")
    ]
    assert len(signals) == 1


async def test_schedule_is_made_changed_and_deleted_however_often(gateway: TemporalGateway) -> None:
    desired = mapping.desired_schedule(examples.job(), None)
    assert desired is not None
    changed = replace(desired, cron="0 7 * * *", pause="Held")

    await gateway.create_schedule(desired)
    await gateway.create_schedule(changed)
    made = await gateway.schedule(desired.id)
    await gateway.update_schedule(changed)
    await gateway.update_schedule(changed)
    updated = await gateway.schedule(desired.id)
    owned = await until_listed(gateway)
    await gateway.delete_schedule(desired.id)
    await gateway.delete_schedule(desired.id)
    await gateway.update_schedule(desired)
    await gateway.pause_schedule(desired.id, "nobody reads this")

    assert made is not None
    assert (made.digest, made.paused) == (desired.digest, False)
    assert updated is not None
    assert (updated.digest, updated.pause) == (changed.digest, "Held")
    assert owned == [desired.id]
    assert await gateway.schedule(desired.id) is None


async def test_schedule_carries_nothing_for_traces_where_nobody_traces(
    gateway: TemporalGateway, settings: connection.Settings
) -> None:
    desired = mapping.desired_schedule(examples.job(), None)
    assert desired is not None
    await gateway.create_schedule(desired)

    client = await temporal.connect(settings)
    made = await client.get_schedule_handle(desired.id).describe()

    action = made.raw_description.schedule.action.start_workflow
    assert not action.header.fields


async def test_schedule_whose_input_was_edited_elsewhere_is_not_as_desired(
    gateway: TemporalGateway, settings: connection.Settings
) -> None:
    desired = mapping.desired_schedule(examples.job(), None)
    assert desired is not None
    await gateway.create_schedule(desired)
    handle = (await temporal.connect(settings)).get_schedule_handle(desired.id)

    def edit(given: ScheduleUpdateInput) -> ScheduleUpdate:
        action = given.description.schedule.action
        assert isinstance(action, ScheduleActionStartWorkflow)
        action.args = ["nothing that a run could read"]
        return ScheduleUpdate(schedule=given.description.schedule)

    await handle.update(edit)

    found = await gateway.schedule(desired.id)
    assert found is not None
    assert found.digest == schedule_content.CHANGED


async def test_schedule_of_another_cluster_is_not_ours(
    gateway: TemporalGateway, settings: connection.Settings
) -> None:
    desired = mapping.desired_schedule(examples.job(), None)
    assert desired is not None
    await gateway.create_schedule(desired)
    await until_listed(gateway)

    other = TemporalGateway(await temporal.connect(settings), owner="cluster-2")

    assert await other.owned_schedules() == []


async def test_silent_queue_has_no_catalogue(gateway: TemporalGateway) -> None:
    started = asyncio.get_running_loop().time()

    assert await gateway.catalogue("rpafabrik-worker/ekonomi/borta") is None
    assert asyncio.get_running_loop().time() - started < 5


async def test_schedule_tells_when_its_last_run_began_and_whether_it_is_under_way(
    gateway: TemporalGateway, settings: connection.Settings, platform: None
) -> None:
    desired = mapping.desired_schedule(examples.job(), None)
    assert desired is not None
    desired = replace(desired, request=request("wait"))
    await gateway.create_schedule(desired)
    handle = (await connection.connect(settings)).get_schedule_handle(desired.id)

    async def seen() -> world.Schedule:
        found = await gateway.schedule(desired.id)
        assert found is not None
        return found

    async def ended() -> bool:
        return (await seen()).running_since is None

    async def begun() -> bool:
        return not await ended()

    before = await seen()
    asked = datetime.now(UTC)
    await handle.trigger()
    await until(begun)
    under_way = await seen()
    assert under_way.last_run_id is not None
    await gateway.terminate_run(under_way.last_run_id, "the test is over")
    await until(ended)
    after = await seen()

    assert (before.last_begun, before.running_since) == (None, None)
    assert under_way.last_begun is not None
    assert abs(under_way.last_begun - asked) < timedelta(seconds=20)
    assert under_way.running_since == under_way.last_begun == after.last_begun


async def test_certificate_of_robots_is_known_once_one_has_told_what_it_can_do(
    gateway: TemporalGateway, settings: connection.Settings
) -> None:
    told = contract.Catalogue(activities=("compare",), credential_expires=THEN)

    @activity.defn(name=contract.CATALOGUE_ACTIVITY)
    async def answer() -> contract.Catalogue:
        return told

    before = await gateway.queue("robotar", {})
    client = await connection.connect(settings)
    async with Worker(client, task_queue="robotar", activities=[answer]):
        assert await gateway.catalogue("robotar") == told
    after = await gateway.queue("robotar", {})

    assert (before.credential, after.credential) == (None, world.Credential(THEN))


async def test_namespace_that_is_not_there_counts_as_temporal_away(temporal_server: str) -> None:
    settings = connection.settings(address=temporal_server, namespace="finns-inte")
    gateway = TemporalGateway(await temporal.connect(settings), owner="cluster-1")

    with pytest.raises(ports.TemporalUnavailableError, match="finns-inte"):
        await gateway.schedule("workerjob/ekonomi/avstamning/uid")


async def ended(gateway: TemporalGateway, workflow_id: str) -> world.Execution:
    async with asyncio.timeout(20):
        while True:
            found = await gateway.execution(workflow_id)
            if found and found.state != world.ExecutionState.RUNNING:
                return found
            await asyncio.sleep(0.05)


async def running(gateway: TemporalGateway) -> world.Execution:
    found = await gateway.execution("run")
    assert found is not None
    return found


async def until_listed(gateway: TemporalGateway) -> list[str]:
    """Visibility knows a moment later."""
    async with asyncio.timeout(20):
        while True:
            if listed := await gateway.owned_schedules():
                return listed
            await asyncio.sleep(0.05)
