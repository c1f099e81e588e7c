"""What is done with one step of an item: whether, with what input, what its output is called.

Pure: values in, values out, so most of what a case or a chunk decides is tested without a server.
No Temporal call, no clock and no I/O belong here. Everything an expression can do wrong ends as
an `ExpressionError`, for it is the item's failure and never the workflow's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pydantic_core

from rpafabrik_api import contract, expressions

MOST_BYTES = 1_900_000
"""Of one value on its way through Temporal, which takes 2 MB with the value's own clothes."""

INSTRUCTION_LENGTH = 2_000


@dataclass(frozen=True, slots=True)
class Scope:
    """What expressions see at one place in a job."""

    variables: Mapping[str, Any]
    """`item`, `input`, `run` and `job`, or those of them that there are."""
    outputs: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    """Outputs of the earlier steps by name, in the order of the job."""

    def after(self, outputs: Mapping[str, dict[str, Any]]) -> "Scope":
        """The scope of the next step, once these steps have their outputs."""
        return replace(self, outputs={**self.outputs, **outputs})

    @property
    def names(self) -> expressions.Names:
        """The names that the checker allowed here."""
        return expressions.Names(variables=tuple(self.variables), steps=tuple(self.outputs))

    @property
    def values(self) -> dict[str, Any]:
        """The value of each name."""
        return {**self.variables, "steps": self.outputs}


def job_variable(job: contract.Job) -> dict[str, Any]:
    """What expressions read as `job`."""
    return {"namespace": job.namespace, "name": job.name, "department": job.department}


def item_scope(
    job: contract.Job, item: dict[str, Any], given: dict[str, Any], run: dict[str, Any]
) -> Scope:
    """What the first step of an item sees; `given` is the run's input."""
    return Scope({"item": item, "input": given, "run": run, "job": job_variable(job)})


def is_wanted(step: contract.Step, scope: Scope) -> bool:
    """Whether the step's `when` lets it run."""
    if step.when is None:
        return True
    try:
        return expressions.holds(step.when, scope.names, scope.values)
    except expressions.ExpressionError as error:
        raise expressions.ExpressionError(f"when: {error}") from error


def rendered(template: dict[str, Any], scope: Scope) -> dict[str, Any]:
    """The input of an activity or workflow: the template with every `${…}` in its place."""
    try:
        value: dict[str, Any] = expressions.render(template, scope.names, scope.values)
        _must_be_json(value, "")
        _must_fit(value)
    except expressions.ExpressionError as error:
        raise expressions.ExpressionError(f"input: {error}") from error
    return value


def instruction(template: str, scope: Scope) -> str:
    """What people read of a task: the template with every `${…}` in its place, cut if too long."""
    try:
        text = expressions.render_text(template, scope.names, scope.values)
    except expressions.ExpressionError as error:
        raise expressions.ExpressionError(f"humanTask.instruction: {error}") from error
    longest = INSTRUCTION_LENGTH
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def text_of(expression: str, item: dict[str, Any], longest: int) -> str:
    """The text that an expression over `item` gives: a reference, or a unit.

    The error never holds the value, which may be personal data.
    """
    value = expressions.evaluate(expression, expressions.ITEM_ONLY, {"item": item})
    if not isinstance(value, str):
        raise expressions.ExpressionError(
            f"{expression!r} must give text, and gives {_kind(value)}; string(…) makes text of it"
        )
    if not value.strip():
        raise expressions.ExpressionError(f"{expression!r} must give text, and gives none")
    if len(value) > longest:
        raise expressions.ExpressionError(
            f"{expression!r} must give at most {longest} characters, and gives {len(value)}"
        )
    return value


def time_of(expression: str, item: dict[str, Any], time_zone: str) -> datetime:
    """The time that an expression over `item` gives: a timestamp, or text as ISO 8601 writes it.

    A date is its first moment; what names no zone is in the job's. The error never holds the value.
    """
    value = expressions.evaluate(expression, expressions.ITEM_ONLY, {"item": item})
    try:
        time = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        aware = time if time.tzinfo else time.replace(tzinfo=ZoneInfo(time_zone))
        return aware.astimezone(UTC)
    except (TypeError, ValueError, OverflowError) as error:
        raise expressions.ExpressionError(
            f"{expression!r} must give a date or a time such as 2026-03-02T06:00:00+01:00"
        ) from error


def output_of(value: Any) -> dict[str, Any]:
    """A step's output as `steps.<name>`: an object is itself, nothing is `{}`, the rest `value`."""
    match value:
        case None:
            return {}
        case dict():
            return value
        case _:
            return {"value": value}


def left_out(step: contract.Step) -> dict[str, dict[str, Any]]:
    """The outputs of a step that did not run: `{}` for it, or for each of its parallel steps."""
    return {one.name: {} for one in step.parallel or (step,)}


def _must_fit(value: Any) -> None:
    size = len(pydantic_core.to_json(value))
    if size > MOST_BYTES:
        raise expressions.ExpressionError(
            f"must be at most {MOST_BYTES} bytes of JSON, and is {size}"
        )


def _must_be_json(value: Any, path: str) -> None:
    """CEL has durations, bytes and maps with any key; an input is JSON, and says so here.

    Found here it fails the item; found by the data converter it would stop the workflow.
    """
    match value:
        case None | bool() | int() | float() | str():
            return
        case list():
            for index, one in enumerate(value):
                _must_be_json(one, f"{path}[{index}]")
        case dict():
            for key, one in value.items():
                if not isinstance(key, str):
                    raise expressions.ExpressionError(
                        f"{path}: keys must be text, and one is {_kind(key)}".lstrip(": ")
                    )
                _must_be_json(one, f"{path}.{key}".lstrip("."))
        case _:
            raise expressions.ExpressionError(
                f"{path}: must be JSON, and is {_kind(value)}; string(…) makes text of it"
            )


def _kind(value: Any) -> str:
    return "null" if value is None else type(value).__name__
