"""Calls about runs, which are workflow executions. Errors are the caller's concern."""

import contextlib
import time
from datetime import UTC, datetime, timedelta

from temporalio.client import (
    Client,
    WorkflowExecutionDescription,
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowQueryFailedError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from rpafabrik_api import contract, names
from rpafabrik_operator.gateways import away
from rpafabrik_operator.planning import world

CALL = timedelta(seconds=5)
_TAKE_EFFECT = timedelta(seconds=1)
_JUST_SECONDS = 5
_REPEAT_SECONDS = 60
"""How soon a signal is sent again that seems to have had no effect: each one is an event in the
history of a run, whose worker may be away for long."""

_STATES = {
    WorkflowExecutionStatus.COMPLETED: world.ExecutionState.COMPLETED,
    WorkflowExecutionStatus.FAILED: world.ExecutionState.FAILED,
    WorkflowExecutionStatus.CANCELED: world.ExecutionState.CANCELLED,
    WorkflowExecutionStatus.TERMINATED: world.ExecutionState.TERMINATED,
    WorkflowExecutionStatus.TIMED_OUT: world.ExecutionState.TIMED_OUT,
}


class Executions:
    """The runs in Temporal."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._sent: dict[str, tuple[str, float]] = {}
        self._just_started: dict[str, datetime] = {}

    async def get(self, workflow_id: str) -> world.Execution | None:
        """The run as it is now; None when there is none.

        Whoever has just started a run, and looks, is told so without a question: a thousand
        runs at once are a thousand questions less.
        """
        started_at = self._just_started.pop(workflow_id, None)
        if started_at and datetime.now(UTC) - started_at < timedelta(seconds=_JUST_SECONDS):
            return world.Execution(
                workflow_id=workflow_id,
                state=world.ExecutionState.RUNNING,
                started_at=started_at,
            )
        handle = self._client.get_workflow_handle(workflow_id)
        try:
            seen = await handle.describe(rpc_timeout=CALL)
        except RPCError as error:
            if away.is_absent(error):
                return None
            raise
        state = _STATES.get(seen.status or WorkflowExecutionStatus.RUNNING)
        summary, failure = await self._result(seen)
        memo = await seen.memo()
        return world.Execution(
            workflow_id=workflow_id,
            state=state or world.ExecutionState.RUNNING,
            started_at=seen.start_time,
            held=bool(memo.get(contract.HELD_MEMO)),
            stopped=str(memo.get(contract.STOPPED_MEMO) or ""),
            resumed=str(memo.get(contract.RESUMED_MEMO) or ""),
            closed_at=seen.close_time,
            summary=summary,
            failure=failure,
        )

    async def listed(self, schedule_id: str) -> set[str]:
        """Ids of the schedule's runs under way, as visibility knows them."""
        query = f"TemporalScheduledById = '{schedule_id}' AND ExecutionStatus = 'Running'"
        return {one.id async for one in self._client.list_workflows(query, rpc_timeout=CALL)}

    async def start(self, workflow_id: str, request: contract.RunRequest) -> None:
        """Start the run, unless it was ever started before."""
        with contextlib.suppress(WorkflowAlreadyStartedError):
            await self._client.start_workflow(
                contract.JOB_RUN_WORKFLOW,
                request,
                id=workflow_id,
                task_queue=names.PLATFORM_QUEUE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                rpc_timeout=CALL,
            )
            self._just_started[workflow_id] = datetime.now(UTC)

    async def signal(self, workflow_id: str, signal: str, *args: str) -> None:
        """Send a signal, and give the run a moment to act on it."""
        self._just_started.pop(workflow_id, None)
        recent = time.monotonic() - _REPEAT_SECONDS
        self._sent = {run: sent for run, sent in self._sent.items() if sent[1] > recent}
        if self._sent.get(workflow_id, ("", 0.0))[0] == signal:
            return
        handle = self._client.get_workflow_handle(workflow_id)
        await handle.signal(signal, args=args, rpc_timeout=CALL)
        self._sent[workflow_id] = (signal, time.monotonic())
        # A query is answered after the signals before it. Whoever looks next sees the effect.
        with contextlib.suppress(RPCError, WorkflowQueryFailedError):
            await handle.query(contract.PROGRESS_QUERY, rpc_timeout=_TAKE_EFFECT)

    async def terminate(self, workflow_id: str, reason: str) -> None:
        """End the run at once."""
        self._just_started.pop(workflow_id, None)
        handle = self._client.get_workflow_handle(workflow_id)
        await handle.terminate(reason=reason, rpc_timeout=CALL)

    async def _result(
        self, seen: WorkflowExecutionDescription
    ) -> tuple[contract.RunSummary | None, str]:
        """The summary of a completed run, or why a failed one failed."""
        if seen.status not in (WorkflowExecutionStatus.COMPLETED, WorkflowExecutionStatus.FAILED):
            return None, ""
        handle = self._client.get_workflow_handle(
            seen.id, run_id=seen.run_id, result_type=contract.RunSummary
        )
        try:
            return await handle.result(follow_runs=False, rpc_timeout=CALL), ""
        except WorkflowFailureError as error:
            return None, _root(error)


def _root(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    return str(error)
