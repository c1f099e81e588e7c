"""Temporal as `rpafabrik dev` uses it beside the operator's gateway: is it there, how far is a run.

Nothing is decided here, and nothing is started.
"""

import asyncio
import contextlib
import uuid
from datetime import timedelta

from temporalio.api.workflowservice import v1 as service
from temporalio.client import (
    ActivityFailureError,
    Client,
    WorkflowQueryFailedError,
    WorkflowQueryRejectedError,
)
from temporalio.service import RPCError, RPCStatusCode

from rpafabrik_api import contract
from rpafabrik_cli import failures

_ANSWER_WITHIN = timedelta(seconds=2)
_LOOK_EVERY_SECONDS = 0.1
COME_UP_WITHIN = timedelta(seconds=15)


async def until_there(client: Client) -> None:
    """Wait until Temporal answers and the namespace is there: it comes a moment after the port."""
    request = service.DescribeNamespaceRequest(namespace=client.namespace)
    while True:
        # Temporal's client raises RuntimeError for whatever keeps it from connecting.
        with contextlib.suppress(RPCError, RuntimeError):
            await client.workflow_service.describe_namespace(request, timeout=_ANSWER_WITHIN)
            return
        await asyncio.sleep(_LOOK_EVERY_SECONDS)


async def answers(client: Client, queue: str) -> bool:
    """Whether a digital worker answers on its queue; it gets a while to come up."""
    try:
        await client.execute_activity(
            contract.CATALOGUE_ACTIVITY,
            id=f"catalogue/{queue}/{uuid.uuid4().hex}",
            task_queue=queue,
            schedule_to_close_timeout=COME_UP_WITHIN,
        )
    except RPCError as error:
        if error.status == RPCStatusCode.UNIMPLEMENTED:
            raise failures.Failure(
                f"Temporal must be a server that has standalone activities (1.32 has): {error}"
            ) from error
    except (RuntimeError, ActivityFailureError):
        pass
    else:
        return True
    await asyncio.sleep(_LOOK_EVERY_SECONDS)
    return False


async def progress(client: Client, workflow_id: str) -> contract.Progress | None:
    """How far a run has come; None when nobody can tell just now."""
    handle = client.get_workflow_handle(workflow_id)
    with contextlib.suppress(
        RPCError, RuntimeError, WorkflowQueryFailedError, WorkflowQueryRejectedError
    ):
        found: contract.Progress = await handle.query(
            contract.PROGRESS_QUERY, result_type=contract.Progress, rpc_timeout=_ANSWER_WITHIN
        )
        return found
    return None
