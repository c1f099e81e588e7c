"""The workflow `Case`: one item through the steps of its job, and one row in the ledger.

A case that completes has its row; one that is terminated has none, and the next run may take the
item again. What a step means is decided in `interpreter`, what a failure means in `verdict`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

import pydantic_core
from temporalio import exceptions, workflow

from rpafabrik.runtime import causes, stepping
from rpafabrik_api import contract, expressions, interpreter, verdict
from rpafabrik_platform.activities import calls
from rpafabrik_platform.workflows import options, shield
from rpafabrik_platform.workflows.human_task import HumanTask

ResultT = TypeVar("ResultT")

PARKED_SIGNAL = "parked"
"""Signal of `JobRun`: the case of this workflow id waits, and gives its place to another."""
RETURNING_SIGNAL = "returning"
"""Signal of `JobRun`: the wait is over, and the case asks for a place again."""
PLACE_SIGNAL = "place"
"""Signal of `Case`: here is the place it asked for."""

MOST_HISTORY_BYTES = 10_000_000
"""Temporal ends a workflow at 50 MB, and ten parallel steps may add nearly 40."""
MOST_INPUT_BYTES = 3_500_000
"""Of steps that begin together. Temporal ends a workflow that brings 4 MiB with one task."""
SHORT_WAIT_SECONDS = 5
"""A wait this short keeps its place: giving it back costs three signals."""

_EVENTS = 10
_EVENTS_A_PLACE = 13
"""For giving a place back and having it again: two signals that come, and one that goes."""

_BOUND_INPUTS = "bound-inputs-in-parallel"
"""Patch: before, parallel steps began however large their inputs were together."""


@workflow.defn(name=contract.CASE_WORKFLOW)
class Case:
    """One item, durable: every step is an activity, a timer or a child workflow of its own."""

    def __init__(self) -> None:
        self._has_place = True
        self._asked = False
        self._input_bytes = 0

    @workflow.signal(name=PLACE_SIGNAL)
    def take_place(self) -> None:
        """Go on after a wait."""
        self._has_place = True

    @workflow.run
    async def run(self, start: contract.CaseRequest) -> contract.Outcome:
        """Do the item and write its row; return the outcome that stands in the ledger."""
        known = contract.Known()
        try:
            known = stepping.known(start.job, start.item)
            await self._do_steps(start)
            reached = verdict.REVIEWED if self._asked else verdict.COMPLETED
        except verdict.StoppedError as stopped:
            reached = stopped.verdict
        except asyncio.CancelledError:
            if workflow.cancellation_reason() is None:  # the worker forgets it, and replays later
                raise
            reached = verdict.ABANDONED
        return await shield.to_the_end(_record(start, reached, known, asked=self._asked))

    async def _do_steps(self, start: contract.CaseRequest) -> None:
        job = start.job
        scope = interpreter.item_scope(job, start.item, start.input, start.run).after(start.outputs)

        async def perform(step: contract.Step, scope: interpreter.Scope) -> Any:
            if step.wait_seconds is not None:
                await self._wait(step.wait_seconds, parks=parks(step) and step in job.steps)
                return None
            if step.human_task is not None:
                return {"outcome": await self._answer(step, step.human_task, start, scope)}
            return await self._result(step, scope, job.queue)

        for step in job.steps[start.next_step :]:
            shield.stop_if_cancelled()
            _must_have_room(step)
            self._input_bytes = 0
            scope = scope.after(await stepping.outputs(step, scope, perform))

    async def _result(self, step: contract.Step, scope: interpreter.Scope, queue: str) -> Any:
        """What the step's activity or workflow returns."""
        with _failing(step):
            if step.activity is not None:
                return await workflow.execute_activity(
                    step.activity.activity,
                    self._rendered(step, step.activity.input, scope),
                    **options.robot(queue, step.activity, step.name),
                )
            if step.workflow is not None:
                return await workflow.execute_child_workflow(
                    step.workflow.type,
                    self._rendered(step, step.workflow.input, scope),
                    id=_child_id(step),
                    task_queue=queue,
                    execution_timeout=timedelta(seconds=step.workflow.timeout_seconds),
                )
        raise expressions.ExpressionError(
            "must be one of activity, wait, workflow, parallel, humanTask"
        )

    def _rendered(
        self, step: contract.Step, template: dict[str, Any], scope: interpreter.Scope
    ) -> dict[str, Any]:
        """The step's input; it ends the item if too much goes to the steps that begin with it."""
        given = interpreter.rendered(template, scope)
        self._input_bytes += len(pydantic_core.to_json(given))
        if self._input_bytes > MOST_INPUT_BYTES and workflow.patched(_BOUND_INPUTS):
            raise _too_large(
                step,
                f"inputs of parallel steps must be at most {MOST_INPUT_BYTES} bytes of JSON"
                f" together, and with this step's are {self._input_bytes}",
            )
        return given

    async def _wait(self, seconds: int, *, parks: bool) -> None:
        """Sleep; another item has the place meanwhile, if nothing else of this one is in work."""
        if parks:
            await self._parked(lambda: workflow.sleep(timedelta(seconds=seconds)))
        else:
            await workflow.sleep(timedelta(seconds=seconds))

    async def _answer(
        self,
        step: contract.Step,
        asked: contract.HumanTask,
        start: contract.CaseRequest,
        scope: interpreter.Scope,
    ) -> str:
        """Ask people, and wait for what one of them answers."""
        task = calls.Task(
            run_id=start.run_id,
            reference=start.reference,
            step=step.name,
            group=asked.group,
            outcomes=asked.outcomes,
            due_after_seconds=asked.due_after_seconds,
            instruction=interpreter.instruction(asked.instruction, scope),
        )
        self._asked = True
        with _failing(step):
            return await self._parked(lambda: _asked(step, task))

    async def _parked(self, waiting: Callable[[], Awaitable[ResultT]]) -> ResultT:
        """Wait, and let another item have the place meanwhile."""
        parent = workflow.info().parent
        if parent is None:
            return await waiting()
        run, case = workflow.get_external_workflow_handle(parent.workflow_id), workflow.info()
        self._has_place = False
        await run.signal(PARKED_SIGNAL, case.workflow_id)
        shield.stop_if_cancelled()
        result = await waiting()
        await run.signal(RETURNING_SIGNAL, case.workflow_id)
        shield.stop_if_cancelled()
        await workflow.wait_condition(lambda: self._has_place)
        return result


def parks(step: contract.Step) -> bool:
    """Whether a step that stands alone waits so long that the case gives its place back."""
    return step.human_task is not None or (step.wait_seconds or 0) > SHORT_WAIT_SECONDS


def events_in_run(job: contract.Job) -> int:
    """How many events a case of the job adds at most to the history of its run."""
    return _EVENTS + _EVENTS_A_PLACE * sum(parks(step) for step in job.steps)


def _must_have_room(step: contract.Step) -> None:
    """End an item whose history has no room for what a step may add to it."""
    size = workflow.info().get_current_history_size()
    if size > MOST_HISTORY_BYTES:
        raise _too_large(
            step,
            f"inputs and outputs so far must be at most {MOST_HISTORY_BYTES} bytes"
            f" together, and are {size}",
        )


def _too_large(step: contract.Step, message: str) -> verdict.StoppedError:
    cause = verdict.Cause(kind=verdict.Kind.TOO_LARGE, message=message)
    return verdict.StoppedError(verdict.on_failure(cause, stepping.place(step)))


async def _asked(step: contract.Step, task: calls.Task) -> str:
    """What people answer: a workflow of its own waits for that, and tidies up if this one ends."""
    return await workflow.execute_child_workflow(
        HumanTask.run,
        task,
        id=_child_id(step),
        parent_close_policy=workflow.ParentClosePolicy.REQUEST_CANCEL,
    )


def _child_id(step: contract.Step) -> str:
    return f"{workflow.info().workflow_id}/{step.name}"


@contextmanager
def _failing(step: contract.Step) -> Iterator[None]:
    """Turn what failed for good into the item's verdict."""
    try:
        yield
    except (
        exceptions.ActivityError,
        exceptions.ChildWorkflowError,
        exceptions.WorkflowAlreadyStartedError,
    ) as failure:
        if shield.is_cancellation(failure):
            raise asyncio.CancelledError from failure
        reached = verdict.on_failure(causes.of(failure), stepping.place(step))
        raise verdict.StoppedError(replace(reached, attempts=_tries(step, failure))) from failure


def _tries(step: contract.Step, failure: BaseException) -> int | None:
    """How often the step was tried, which Temporal tells when all tries are used up."""
    used_up = (
        isinstance(failure, exceptions.ActivityError)
        and failure.retry_state is exceptions.RetryState.MAXIMUM_ATTEMPTS_REACHED
    )
    return step.activity.retry.maximum_attempts if step.activity and used_up else None


async def _record(
    start: contract.CaseRequest,
    reached: verdict.Verdict,
    known: contract.Known,
    *,
    asked: bool,
) -> contract.Outcome:
    """Write the item's final row, however long the ledger is away."""
    ending = calls.Ending(
        job=start.job,
        run_id=start.run_id,
        reference=start.reference,
        outcome=reached.outcome,
        completed_at=workflow.now(),
        unit=known.unit,
        arrived_at=known.arrived_at,
        trial=start.trial,
        code=reached.code,
        message=reached.message,
        step=reached.step,
        attempts=reached.attempts,
        item=start.item if reached.outcome.dead_letter else None,
        asked=asked,
    )
    standing: contract.Outcome = await workflow.execute_local_activity(
        calls.RECORD_ITEM, ending, result_type=contract.Outcome, **options.LEDGER_LOCAL
    )
    return standing
