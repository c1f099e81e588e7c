"""The workflow `Case`: one item through the steps of its job, and one row in the ledger.

A case that completes has its row; one that is terminated has none, and the next run may take the
item again. What a step means is decided in `interpreter`, what a failure means in `verdict`.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from temporalio import exceptions, workflow

from rpafabrik_api import contract, expressions
from rpafabrik_platform.activities import calls
from rpafabrik_platform.workflows import causes, interpreter, options, shield, verdict

PARKED_SIGNAL = "parked"
"""Signal of `JobRun`: the case of this workflow id waits, and gives its place to another."""
RETURNING_SIGNAL = "returning"
"""Signal of `JobRun`: the wait is over, and the case asks for a place again."""
PLACE_SIGNAL = "place"
"""Signal of `Case`: here is the place it asked for."""

SHORT_WAIT_SECONDS = 5
"""A wait this short keeps its place: giving it back costs three signals."""
UNIT_LENGTH = 200


class _StoppedError(Exception):
    """The item has its verdict before its last step."""

    def __init__(self, reached: verdict.Verdict) -> None:
        super().__init__(reached.message)
        self.verdict = reached


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of an item before it is begun."""

    unit: str | None = None
    arrived_at: datetime | None = None


@workflow.defn(name=contract.CASE_WORKFLOW)
class Case:
    """One item, durable: every step is an activity, a timer or a child workflow of its own."""

    def __init__(self) -> None:
        self._has_place = True
        self._in_parallel = False

    @workflow.signal(name=PLACE_SIGNAL)
    def take_place(self) -> None:
        """Go on after a wait."""
        self._has_place = True

    @workflow.run
    async def run(self, start: contract.CaseRequest) -> contract.Outcome:
        """Do the item and write its row; return the outcome that stands in the ledger."""
        known = _Known()
        try:
            known = _known(start)
            await self._do_steps(start)
            reached = verdict.COMPLETED
        except _StoppedError as stopped:
            reached = stopped.verdict
        except asyncio.CancelledError:
            if workflow.cancellation_reason() is None:  # the worker forgets it, and replays later
                raise
            reached = verdict.ABANDONED
        return await shield.to_the_end(_record(start, reached, known))

    async def _do_steps(self, start: contract.CaseRequest) -> None:
        scope = interpreter.Scope(
            {
                "item": start.item,
                "input": start.input,
                "run": start.run,
                "job": interpreter.job_variable(start.job),
            }
        )
        for step in start.job.steps:
            shield.stop_if_cancelled()
            scope = scope.after(await self._outputs(step, scope, start.job.queue))

    async def _outputs(
        self, step: contract.Step, scope: interpreter.Scope, queue: str
    ) -> dict[str, dict[str, Any]]:
        """Do a step, or leave it out; its output, or those of its parallel steps, by name."""
        with _stopping(f"step {step.name!r}"):
            if not interpreter.is_wanted(step, scope):
                return interpreter.left_out(step)
            if step.parallel:
                return await self._together(step.parallel, scope, queue)
            if step.wait_seconds is not None:
                await self._wait(step.wait_seconds)
                return {step.name: {}}
            return {step.name: interpreter.output_of(await _result(step, scope, queue))}

    async def _together(
        self, steps: tuple[contract.Step, ...], scope: interpreter.Scope, queue: str
    ) -> dict[str, dict[str, Any]]:
        """Do steps at the same time. All of them end before the first one's failure counts."""
        outputs: dict[str, dict[str, Any]] = {}
        self._in_parallel = True
        running = (self._outputs(step, scope, queue) for step in steps)
        settled = await asyncio.gather(*running, return_exceptions=True)
        self._in_parallel = False
        for ended in settled:
            if isinstance(ended, BaseException):
                raise ended
            outputs.update(ended)
        return outputs

    async def _wait(self, seconds: int) -> None:
        """Sleep; another item has the place meanwhile, if nothing else of this one is in work."""
        parent = workflow.info().parent
        if parent is None or self._in_parallel or seconds <= SHORT_WAIT_SECONDS:
            await workflow.sleep(timedelta(seconds=seconds))
            return
        run, case = workflow.get_external_workflow_handle(parent.workflow_id), workflow.info()
        self._has_place = False
        await run.signal(PARKED_SIGNAL, case.workflow_id)
        shield.stop_if_cancelled()
        await workflow.sleep(timedelta(seconds=seconds))
        await run.signal(RETURNING_SIGNAL, case.workflow_id)
        shield.stop_if_cancelled()
        await workflow.wait_condition(lambda: self._has_place)


@contextmanager
def _stopping(place: str) -> Iterator[None]:
    """Turn what fails at a place in the job into the item's verdict."""
    try:
        yield
    except expressions.ExpressionError as error:
        cause = verdict.Cause(kind=verdict.Kind.EXPRESSION, message=str(error))
        raise _StoppedError(verdict.on_failure(cause, place)) from error
    except (
        exceptions.ActivityError,
        exceptions.ChildWorkflowError,
        exceptions.WorkflowAlreadyStartedError,
    ) as failure:
        if causes.is_cancellation(failure):
            raise asyncio.CancelledError from failure
        raise _StoppedError(verdict.on_failure(causes.of(failure), place)) from failure


def _known(start: contract.CaseRequest) -> _Known:
    """What figures need, asked before the first step: an item without is not begun."""
    job = start.job
    unit = arrived_at = None
    if job.benefit is not None and job.benefit.unit is not None:
        with _stopping("benefit.unit"):
            unit = interpreter.text_of(job.benefit.unit, start.item, UNIT_LENGTH)
    if job.items is not None and job.items.arrived_at is not None:
        with _stopping("items.arrivedAt"):
            arrived_at = interpreter.time_of(job.items.arrived_at, start.item, job.time_zone)
    return _Known(unit, arrived_at)


async def _result(step: contract.Step, scope: interpreter.Scope, queue: str) -> Any:
    """What the step's activity or workflow returns."""
    if step.activity is not None:
        return await workflow.execute_activity(
            step.activity.activity,
            interpreter.rendered(step.activity.input, scope),
            **options.robot(queue, step.activity, step.name),
        )
    if step.workflow is not None:
        return await workflow.execute_child_workflow(
            step.workflow.type,
            interpreter.rendered(step.workflow.input, scope),
            id=f"{workflow.info().workflow_id}/{step.name}",
            task_queue=queue,
            execution_timeout=timedelta(seconds=step.workflow.timeout_seconds),
        )
    raise expressions.ExpressionError("must be one of activity, wait, workflow, parallel")


async def _record(
    start: contract.CaseRequest, reached: verdict.Verdict, known: _Known
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
    )
    standing: contract.Outcome = await workflow.execute_local_activity(
        calls.RECORD_ITEM, ending, result_type=contract.Outcome, **options.LEDGER_LOCAL
    )
    return standing
