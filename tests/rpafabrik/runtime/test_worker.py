"""A digital worker against the real Temporal: what the platform, Kubernetes and Prometheus see."""

import asyncio
import dataclasses
import logging
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from temporalio import envconfig
from temporalio.client import ActivityFailureError
from temporalio.exceptions import ApplicationError, CancelledError
from temporalio.worker import Replayer

from rpafabrik import connection, errors
from rpafabrik.runtime import discovery, process, worker
from rpafabrik_api import contract
from support import certificates, scrape
from support import process as support_process

pytestmark = [pytest.mark.server, pytest.mark.timeout(60)]


async def failure(call: Any) -> ApplicationError:
    with pytest.raises(ActivityFailureError) as failed:
        await call
    assert isinstance(failed.value.cause, ApplicationError)
    return failed.value.cause


async def test_catalogue_tells_what_the_worker_can_do(robot: Any) -> None:
    answer = await robot.call(contract.CATALOGUE_ACTIVITY)

    assert contract.Catalogue(
        activities=tuple(answer["activities"]), workflows=tuple(answer["workflows"])
    ) == contract.Catalogue(
        activities=(
            "count_until_drained",
            "fail",
            "finish_second_time",
            "hang",
            "linger",
            "refuse",
            "resume",
            "use_system",
            "wait_for_ever",
            "work",
        ),
        workflows=("Greeting",),
    )


async def test_unknown_activity_is_told_as_not_found(robot: Any) -> None:
    assert (await failure(robot.call("no_such_activity", {}))).type == "NotFoundError"


async def test_business_error_is_not_retried(robot: Any) -> None:
    cause = await failure(robot.call("refuse", {}))

    assert (cause.type, cause.message, list(cause.details)) == (
        contract.BUSINESS_ERROR,
        "attempt 1",
        [{"code": "Refused"}],
    )


async def test_application_error_is_retried(robot: Any) -> None:
    cause = await failure(robot.call("fail", {}))

    assert (cause.type, cause.message, list(cause.details)) == (
        contract.APPLICATION_ERROR,
        "attempt 2",
        [{"code": "SystemAway"}],
    )


async def test_silent_sync_activity_outlives_its_heartbeat_timeout(robot: Any) -> None:
    assert await robot.call("work", 3, heartbeat=1) == "done"


async def test_last_checkpoint_reaches_the_next_attempt(robot: Any) -> None:
    assert await robot.call("resume", {}) == [2]


async def test_pulse_never_wipes_a_checkpoint(robot: Any) -> None:
    assert await robot.call("linger", {}, heartbeat=1) == ["here"]


async def test_cancellation_reaches_an_activity_that_never_heartbeats(robot: Any) -> None:
    handle = await robot.start("wait_for_ever", {}, heartbeat=1)
    await asyncio.sleep(0.5)

    await handle.cancel()

    with pytest.raises(ActivityFailureError) as ended:
        await asyncio.wait_for(handle.result(), 10)
    assert isinstance(ended.value.cause, CancelledError)


async def test_workflow_of_the_developers_own_runs_and_logs_once(
    robot: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "rpafabrik")
    handle = await robot.client.start_workflow(
        "Greeting", "Pippi", id=uuid.uuid4().hex, task_queue=robot.queue
    )
    replayer = Replayer(
        workflows=list(discovery.discover(("sdk_robot",)).workflows.values()),
        workflow_runner=worker._WORKFLOW_RUNNER,
    )

    assert await handle.result() == "Hej, Pippi!"
    await replayer.replay_workflow(await handle.fetch_history())

    assert caplog.text.count("'event': 'greeting'") == 1


async def test_metrics_are_temporals_own_in_seconds_each_once(robot: Any, web: Any) -> None:
    await robot.call("work", 0)

    status, text = await web.get("/metrics")

    types = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")]
    assert status == 200
    assert len(types) == len(set(types))
    assert {
        "temporal_activity_execution_latency_seconds",
        "temporal_activity_schedule_to_start_latency_seconds",
        "temporal_request_total",
        "temporal_worker_task_slots_available",
    } <= set(types)
    assert f'task_queue="{robot.queue}"' in text


async def test_systems_that_activities_work_in_are_told_as_they_were_last(
    robot: Any, web: Any
) -> None:
    assert (await failure(robot.call("use_system", {"away": True}))).message == "the system is away"
    after_fault = await web.get("/metrics")

    await robot.call("use_system", {"away": False})
    after_use = await web.get("/metrics")

    system = [({"target_system": "testsystem"}, 0.0)]
    assert scrape.read(after_fault[1])["rpafabrik_target_system_healthy"] == system
    system = [({"target_system": "testsystem"}, 1.0)]
    assert scrape.read(after_use[1])["rpafabrik_target_system_healthy"] == system


async def test_certificate_that_temporal_is_shown_tells_when_it_runs_out(web: Any) -> None:
    (nobody,) = support_process.free_ports(1)
    # It has no key, and needs none: nothing answers there.
    tls = envconfig.ClientConfigTLS(client_cert=certificates.SOON, client_private_key="none")
    to = dataclasses.replace(connection.settings(address=f"127.0.0.1:{nobody}"), tls=tls)
    settings = process.ProcessSettings(
        connection=to, health_port=web.health_port, metrics_port=web.metrics_port
    )
    stop = asyncio.Event()
    running = asyncio.create_task(process.run(settings, no_worker, stop=stop))
    await web.until("/healthz", (200, "alive\n"))

    _, text = await web.get("/metrics")

    stop.set()
    await running
    expiry = datetime(2031, 11, 21, 17, 37, 10, tzinfo=UTC).timestamp()
    told = scrape.read(text)["rpafabrik_credential_expiry_timestamp_seconds"]
    assert told == [({"credential": "temporal-client"}, expiry)]


def test_catalogue_tells_when_the_certificate_runs_out() -> None:
    tls = envconfig.ClientConfigTLS(client_cert=certificates.SOON, client_private_key="none")
    to = dataclasses.replace(connection.settings(), tls=tls)
    settings = worker.WorkerSettings(
        process=process.ProcessSettings(connection=to), queue="queue", modules=()
    )

    told = worker.catalogue(settings, discovery.Found(activities={}, workflows={}))

    assert told.credential_expires == datetime(2031, 11, 21, 17, 37, 10, tzinfo=UTC)


async def no_worker() -> process.Build:
    def build(_client: Any) -> Any:
        raise AssertionError("nothing answers there")

    return build


async def test_drain_lets_work_finish_and_takes_no_more(
    running: Any, caller: Any, web: Any, temporal_server: str
) -> None:
    async with running(temporal_server, caller.queue) as stop:
        await web.until("/readyz", (200, "ready\n"))
        handle = await caller.start("work", 2)
        await asyncio.sleep(1)
        stop.set()
        await web.until("/readyz", (503, "draining\n"))
        assert await web.get("/healthz") == (200, "alive\n")
        assert await handle.result() == "done"


async def test_activity_with_checkpoints_goes_on_in_the_next_process(
    running: Any, caller: Any, web: Any, temporal_server: str
) -> None:
    async with running(temporal_server, caller.queue):
        await web.until("/readyz", (200, "ready\n"))
        handle = await caller.start("count_until_drained", {})
        await asyncio.sleep(1)
    async with running(temporal_server, caller.queue):
        [word, row] = await handle.result()

    assert word == "row"
    assert row > 0


async def test_activity_that_drain_cuts_off_is_tried_again_in_the_next_process(
    running: Any, caller: Any, web: Any, temporal_server: str
) -> None:
    async with running(temporal_server, caller.queue, drain_seconds=0):
        await web.until("/readyz", (200, "ready\n"))
        handle = await caller.start("finish_second_time", {})
        await asyncio.sleep(1)
    async with running(temporal_server, caller.queue):
        assert await handle.result() == "done"


@pytest.mark.parametrize("port", ["health_port", "metrics_port"])
async def test_port_that_is_taken_is_told(temporal_server: str, port: str) -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    taken = server.sockets[0].getsockname()[1]
    settings = process.ProcessSettings(
        connection=connection.settings(address=temporal_server), **{port: taken}
    )

    async def prepare() -> process.Build:
        raise AssertionError("must not come to this")

    async with server:
        with pytest.raises(errors.StartError, match=f"127.0.0.1:{taken} must be free to listen on"):
            await process.run(settings, prepare, stop=asyncio.Event())


def test_module_that_cannot_be_imported_is_told_before_anything_else() -> None:
    settings = worker.WorkerSettings(
        process=process.ProcessSettings(connection=connection.settings(address="127.0.0.1:1")),
        queue="sdk",
        modules=("no_such_module",),
    )

    with pytest.raises(errors.StartError, match="module no_such_module cannot be imported"):
        asyncio.run(worker.run_worker(settings))
