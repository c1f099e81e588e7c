"""What is done with an item, step by step, and what must be known of it before.

The same for a case, which is a workflow, and for a chunk, which is an activity; how a single
step is performed is the caller's. No Temporal call and no clock belong here.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from rpafabrik_api import contract, expressions, interpreter, names, verdict

UNIT_LENGTH = 200

Perform = Callable[[contract.Step, interpreter.Scope], Awaitable[Any]]
"""Does a step that is not `parallel`, and returns what it returns; a step that fails for good
raises `verdict.StoppedError`, an input without value an `ExpressionError`."""


async def outputs(
    step: contract.Step, scope: interpreter.Scope, perform: Perform
) -> dict[str, dict[str, Any]]:
    """Do a step, or leave it out; its output, or those of its parallel steps, by name.

    Raises:
        verdict.StoppedError: The step failed for good, and the item with it.
    """
    try:
        if not is_wanted(step, scope):
            return interpreter.left_out(step)
        if step.parallel:
            return await _together(step.parallel, scope, perform)
        return {step.name: interpreter.output_of(await perform(step, scope))}
    except expressions.ExpressionError as error:
        raise _at(step, _stopped(error, place(step))) from error
    except verdict.StoppedError as stopped:
        raise _at(step, stopped) from stopped


def is_wanted(step: contract.Step, scope: interpreter.Scope) -> bool:
    """Whether the step's `when` lets it run.

    Raises:
        verdict.StoppedError: It has no value for this item.
    """
    try:
        return interpreter.is_wanted(step, scope)
    except expressions.ExpressionError as error:
        raise _stopped(error, place(step)) from error


def needs_known(job: contract.Job) -> bool:
    """Whether the job's figures need anything of its items."""
    return _unit(job) is not None or _arrived_at(job) is not None


def known(job: contract.Job, item: dict[str, Any]) -> contract.Known:
    """What figures need, asked before the item's first step: one without is not begun.

    Raises:
        verdict.StoppedError: The item does not give it.
    """
    place, unit, arrived_at = "benefit.unit", None, None
    try:
        if (expression := _unit(job)) is not None:
            unit = interpreter.text_of(expression, item, UNIT_LENGTH)
        place = "items.arrivedAt"
        if (expression := _arrived_at(job)) is not None:
            arrived_at = interpreter.time_of(expression, item, job.time_zone)
    except expressions.ExpressionError as error:
        raise _stopped(error, place) from error
    return contract.Known(unit=unit, arrived_at=arrived_at)


def case_id(job: contract.Job, run_id: str, reference: str, *, trial: bool) -> str:
    """Workflow id of the item's case, and what its idempotency keys are made of in any mode."""
    if trial:
        return names.trial_case_id(job.namespace, job.name, run_id, reference)
    return names.case_id(job.namespace, job.name, job.uid, reference)


def place(step: contract.Step) -> str:
    """What messages call the step."""
    return f"step {step.name!r}"


def _unit(job: contract.Job) -> str | None:
    return job.benefit.unit if job.benefit else None


def _arrived_at(job: contract.Job) -> str | None:
    return job.items.arrived_at if job.items else None


async def _together(
    steps: tuple[contract.Step, ...], scope: interpreter.Scope, perform: Perform
) -> dict[str, dict[str, Any]]:
    """Do steps at the same time. All of them end before the first one's failure counts."""
    running = (outputs(step, scope, perform) for step in steps)
    settled = await asyncio.gather(*running, return_exceptions=True)
    found: dict[str, dict[str, Any]] = {}
    for ended in settled:
        if isinstance(ended, BaseException):
            raise ended
        found.update(ended)
    return found


def _at(step: contract.Step, stopped: verdict.StoppedError) -> verdict.StoppedError:
    """The same with the step where it happened, the innermost one."""
    reached = stopped.verdict
    return verdict.StoppedError(replace(reached, step=reached.step or step.name))


def _stopped(error: expressions.ExpressionError, where: str) -> verdict.StoppedError:
    cause = verdict.Cause(kind=verdict.Kind.EXPRESSION, message=str(error))
    return verdict.StoppedError(verdict.on_failure(cause, where))
