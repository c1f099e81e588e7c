"""The platform's activities on human tasks: opened and withdrawn by workflows, answered by people.

An answer is written first and told then. Whatever dies in between is tried again, and finds its own
answer written; so an answer is told at least once, and counted once.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from rpafabrik_api import names
from rpafabrik_platform.activities import calls, claims
from rpafabrik_platform.ledger import errors, store, task_entries

MOST_SECONDS = 600_000
"""Of one person on one task: three weeks of work without a pause say that the unit is wrong."""


class Waiting(Protocol):
    """The workflows that wait for people."""

    async def alive(self, workflow_id: str) -> bool:
        """Whether it waits; raises when nobody can tell, to be asked again."""

    async def tell(self, workflow_id: str, outcome: str) -> None:
        """Say what was answered; one that has gone on already is no error."""


class TemporalWaiting(claims.TemporalRuns):
    """Those in Temporal."""

    async def tell(self, workflow_id: str, outcome: str) -> None:
        """Signal the workflow."""
        try:
            handle = self._client.get_workflow_handle(workflow_id)
            await handle.signal(calls.TASK_ANSWERED, outcome)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise


class TaskActivities:
    """Activities that need the ledger and Temporal."""

    def __init__(self, ledger: store.Ledger, waiting: Waiting) -> None:
        self._ledger = ledger
        self._waiting = waiting

    @activity.defn(name=calls.OPEN_TASK)
    def open_task(self, opening: calls.TaskOpening) -> str | None:
        """Write that people are asked; what they have answered if the task is an old one."""
        asked = opening.task
        stands = self._ledger.open_task(
            task_entries.Task(
                task_id=opening.task_id,
                workflow_id=opening.workflow_id,
                run_id=asked.run_id,
                reference=asked.reference,
                step=asked.step,
                group=asked.group,
                outcomes=asked.outcomes,
                opened_at=opening.opened_at,
                due_at=opening.opened_at + timedelta(seconds=asked.due_after_seconds),
                instruction=asked.instruction,
            )
        )
        if not stands.open and stands.answer is None:
            raise errors.LedgerRefused("the task was withdrawn, and is not opened again")
        return stands.answer.outcome if stands.answer else None

    @activity.defn(name=calls.WITHDRAW_TASK)
    def withdraw_task(self, withdrawal: calls.TaskWithdrawal) -> None:
        """Close a task that nobody waits for any more."""
        self._ledger.withdraw_task(withdrawal.task_id, withdrawal.at)

    @activity.defn(name=calls.ANSWER_TASK)
    async def answer_task(self, told: calls.Answering) -> calls.Answered:
        """Write what somebody answered, and let the item go on."""
        info = activity.info()
        answer_id = names.entry_id(info.activity_id, info.activity_run_id or "")
        try:
            answer = _answer(told, answer_id, datetime.now(UTC))
            await self._withdraw_if_gone(told.task_id, answer.at)
            stands = await asyncio.to_thread(self._ledger.answer_task, told.task_id, answer)
        except errors.LedgerRefused as refused:  # whoever calls has no retry policy of ours
            raise ApplicationError(
                str(refused), type=calls.LEDGER_REFUSED, non_retryable=True
            ) from refused
        await self._waiting.tell(stands.task.workflow_id, told.outcome)
        return calls.Answered(
            namespace=stands.namespace, job=stands.job, step=stands.task.step, outcome=told.outcome
        )

    async def _withdraw_if_gone(self, task_id: str, at: datetime) -> None:
        """Close a task whose workflow was terminated, which could not do that itself."""
        stands = await asyncio.to_thread(self._ledger.task, task_id)
        if stands.open and not await self._waiting.alive(stands.task.workflow_id):
            await asyncio.to_thread(self._ledger.withdraw_task, task_id, at)

    @property
    def all(self) -> tuple[Callable[..., Any], ...]:
        """What a worker registers."""
        return (self.open_task, self.withdraw_task, self.answer_task)


def _answer(told: calls.Answering, answer_id: str, now: datetime) -> task_entries.Answer:
    """The answer; what cannot be meant is refused, by its name."""
    if not 0 < told.seconds <= MOST_SECONDS:
        raise errors.LedgerRefused(f"seconds must be 1 to {MOST_SECONDS}")
    return task_entries.Answer(
        answer_id=answer_id,
        outcome=told.outcome,
        by=told.by.strip(),
        because=told.because.strip(),
        seconds=told.seconds,
        at=now,
    )
