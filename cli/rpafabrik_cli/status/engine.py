"""Asks Temporal: who polls which queue, which runs are under way. Judges nothing."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

from rpafabrik import connection
from rpafabrik_api import contract, names
from rpafabrik_cli.dev import server
from rpafabrik_cli.status import facts
from rpafabrik_operator.gateways import temporal

_CALL = timedelta(seconds=3)
_ANSWERS_WITHIN = 5
_AT_ONCE = 20
_ASKED_FOR_PROGRESS = 100
"""Of more runs under way, only that they are."""
_LISTED = 1_000
_UNDER_WAY = f"WorkflowType = '{contract.JOB_RUN_WORKFLOW}' AND ExecutionStatus = 'Running'"


class Engine:
    """Temporal, asked again and again over one connection."""

    def __init__(self) -> None:
        self._to: connection.Settings | None = None
        self._client: Client | None = None

    async def ask(self, to: connection.Settings, queues: Iterable[str]) -> facts.Temporal:
        """What it says now; that it says nothing is an answer, too."""
        address = to.address or connection.DEFAULT_ADDRESS
        try:
            if self._client is None or to != self._to:
                self._to, self._client = to, await temporal.connect(to)
            polls = await _polls(self._client, [names.PLATFORM_QUEUE, *queues])
            running = await _running(self._client)
        # Temporal's client raises RuntimeError for whatever keeps it from connecting.
        except (RPCError, RuntimeError, OSError) as error:
            because = " ".join(str(error).split()) or type(error).__name__
            return facts.Temporal(address=address, away=because)
        return facts.Temporal(address=address, polls=polls, running=running)


async def _polls(client: Client, queues: list[str]) -> dict[str, tuple[datetime, ...]]:
    # One first: it tells whether anybody answers, before many wait for that.
    async with asyncio.timeout(_ANSWERS_WITHIN):
        found = [await _poll(client, queues[0])]
    turns = asyncio.Semaphore(_AT_ONCE)

    async def one(queue: str) -> tuple[datetime, ...]:
        async with turns:
            return await _poll(client, queue)

    found += await asyncio.gather(*(one(queue) for queue in queues[1:]))
    return dict(zip(queues, found, strict=True))


async def _poll(client: Client, queue: str) -> tuple[datetime, ...]:
    kind = TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY
    if queue == names.PLATFORM_QUEUE:
        kind = TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW
    answer = await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=queue),
            task_queue_type=kind,
        ),
        timeout=_CALL,
    )
    return tuple(one.last_access_time.ToDatetime(UTC) for one in answer.pollers)


async def _running(client: Client) -> tuple[facts.Execution, ...]:
    listed = client.list_workflows(_UNDER_WAY, limit=_LISTED, rpc_timeout=_CALL)
    found = [(one.id, one.start_time) async for one in listed]
    turns = asyncio.Semaphore(_AT_ONCE)

    async def one(workflow_id: str, started: datetime) -> facts.Execution:
        async with turns:
            progress = await server.progress(client, workflow_id)
        return facts.Execution(workflow_id=workflow_id, started_at=started, progress=progress)

    told = await asyncio.gather(*(one(*each) for each in found[:_ASKED_FOR_PROGRESS]))
    more = (
        facts.Execution(workflow_id=workflow_id, started_at=started)
        for workflow_id, started in found[_ASKED_FOR_PROGRESS:]
    )
    return (*told, *more)
