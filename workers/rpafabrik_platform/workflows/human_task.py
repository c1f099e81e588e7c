"""The workflow `HumanTask`: one question to people, open until one of them has answered.

A child of the item's case, so that whatever ends the case, by anybody's hand, cancels it, and the
task is withdrawn: none stays open that nobody waits for. It knows the answer's outcome and no more;
who answered, why, and how long it took stand in the ledger.
"""

import asyncio

from temporalio import workflow

from rpafabrik_api import contract, names
from rpafabrik_platform.activities import calls
from rpafabrik_platform.workflows import options, shield


@workflow.defn(name=contract.HUMAN_TASK_WORKFLOW)
class HumanTask:
    """One task for people."""

    def __init__(self) -> None:
        self._outcome: str | None = None

    @workflow.signal(name=calls.TASK_ANSWERED)
    def take(self, outcome: str) -> None:
        """Go on; what is told again is the same."""
        self._outcome = outcome

    @workflow.run
    async def run(self, task: calls.Task) -> str:
        """Wait, without a timer; return what was answered."""
        info = workflow.info()
        # Started anew by a reset, it has the task that it had.
        task_id = names.task_id(info.workflow_id, info.first_execution_run_id)
        try:
            await shield.to_the_end(self._open(task_id, task))
            shield.stop_if_cancelled()
            await workflow.wait_condition(lambda: self._outcome is not None)
        except asyncio.CancelledError:
            if workflow.cancellation_reason() is not None:  # else the worker only forgets it
                await shield.to_the_end(_withdraw(task_id))
            raise
        return self._outcome or ""

    async def _open(self, task_id: str, task: calls.Task) -> None:
        opening = calls.TaskOpening(
            task_id=task_id,
            workflow_id=workflow.info().workflow_id,
            opened_at=workflow.now(),
            task=task,
        )
        answered = await workflow.execute_local_activity(
            calls.OPEN_TASK, opening, result_type=str, **options.LEDGER_LOCAL
        )
        self._outcome = self._outcome or answered


async def _withdraw(task_id: str) -> None:
    withdrawal = calls.TaskWithdrawal(task_id=task_id, at=workflow.now())
    await workflow.execute_local_activity(calls.WITHDRAW_TASK, withdrawal, **options.LEDGER_LOCAL)
