"""Temporal's own metrics have the names that the boards ask for."""

import uuid
from datetime import timedelta

import aiohttp
import pytest
from temporalio import activity, workflow
from temporalio.client import Client, WorkflowFailureError
from temporalio.common import RetryPolicy
from temporalio.service import RPCError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from rpafabrik.runtime import telemetry
from rpafabrik_dashboards import temporal_sdk
from support import process

pytestmark = pytest.mark.server


@activity.defn
async def stumble() -> None:
    raise RuntimeError("as it was told to")


@workflow.defn
class Stumbling:
    @workflow.run
    async def run(self) -> None:
        once = RetryPolicy(maximum_attempts=1)
        soon = timedelta(seconds=30)
        await workflow.execute_activity(stumble, start_to_close_timeout=soon, retry_policy=once)


async def test_a_process_that_has_failed_once_exports_every_name(
    temporal_server: str,
) -> None:
    (port,) = process.free_ports(1)
    measured = telemetry.create(f"127.0.0.1:{port}")
    client = await Client.connect(temporal_server, runtime=measured)
    queue = uuid.uuid4().hex
    runner = UnsandboxedWorkflowRunner()
    async with Worker(
        client,
        task_queue=queue,
        workflows=[Stumbling],
        activities=[stumble],
        workflow_runner=runner,
    ):
        with pytest.raises(WorkflowFailureError):
            await client.execute_workflow(Stumbling.run, id=queue, task_queue=queue)
    with pytest.raises(RPCError):
        await client.get_workflow_handle("nobody").describe()

    async with aiohttp.ClientSession() as session:
        text = await (await session.get(f"http://127.0.0.1:{port}/metrics")).text()

    exported = {line.partition("{")[0] for line in text.splitlines() if not line.startswith("#")}
    assert set(temporal_sdk.NAMES) - exported == set()
    assert 'status_code="NOT_FOUND"' in text
