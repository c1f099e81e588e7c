"""What a schema cannot say of a WorkerJob: expressions, cron, time zone, activities.

The checks are a tuple; together they read as the specification. `kubectl apply` lets these
through, so the operator turns them into conditions, and `rpafabrik validate` tells before.
"""

import json
import zoneinfo
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

import cronsim

from rpafabrik_api import contract, expressions
from rpafabrik_api.findings import Finding, Path
from rpafabrik_api.reasons import Reason
from rpafabrik_api.steps import ActivityCall, ParallelStep, Step
from rpafabrik_api.workerjob import WorkerJobSpec

MAXIMUM_INPUT_BYTES = 64 * 1024
MAXIMUM_JOB_BYTES = 256 * 1024
"""Every item takes its job along, and Temporal takes 2 MB of both."""

_SPEC: Path = ("spec",)


def findings(spec: WorkerJobSpec) -> tuple[Finding, ...]:
    """Everything that must be mended before the job can run."""
    return tuple(finding for check in CHECKS for finding in check(spec))


def unknown_activities(spec: WorkerJobSpec, catalogue: contract.Catalogue) -> tuple[Finding, ...]:
    """Activities and workflows that the digital worker does not have."""
    return tuple(_unknown(spec, catalogue))


def _time_zone(spec: WorkerJobSpec) -> Iterator[Finding]:
    if spec.schedule is None:
        return
    try:
        zoneinfo.ZoneInfo(spec.schedule.time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        message = (
            "must be a name of the IANA time zone database, such as Europe/Stockholm,"
            f" and is {spec.schedule.time_zone!r}"
        )
        yield Finding((*_SPEC, "schedule", "timeZone"), message, Reason.INVALID_TIME_ZONE)


def _cron(spec: WorkerJobSpec) -> Iterator[Finding]:
    if spec.schedule is None:
        return
    path = (*_SPEC, "schedule", "cron")
    cron = spec.schedule.cron
    try:
        next(cronsim.CronSim(cron, datetime(2026, 1, 1, tzinfo=UTC)))
    except (cronsim.CronSimError, StopIteration) as error:
        detail = str(error) or "it never comes"
        message = (
            "must be five fields (minute, hour, day of month, month, day of week),"
            f" and {cron!r} cannot be read: {detail}"
        )
        yield Finding(path, message, Reason.INVALID_CRON)
        return
    # Temporal reads neither of cronsim's extensions, and joins the two day fields with "and"
    # where cron says "or": refused rather than run on another day than the writer meant.
    day, weekday = cron.split()[2], cron.split()[4]
    if {"#", "L", "W"} & set(f"{day}{weekday}".upper().replace("WED", "").replace("JUL", "")):
        message = f"must not use L, W or #, which Temporal does not read, and is {cron!r}"
        yield Finding(path, message, Reason.INVALID_CRON)
    elif not day.startswith("*") and not weekday.startswith("*"):
        message = f"must leave day of month or day of week as '*', and {cron!r} restricts both"
        yield Finding(path, message, Reason.INVALID_CRON)


def _step_names(spec: WorkerJobSpec) -> Iterator[Finding]:
    seen: set[str] = set()
    for path, step in _all_steps(spec):
        if step.name in seen:
            message = f"must be unique in the job, and {step.name!r} is used before"
            yield Finding((*path, "name"), message)
        seen.add(step.name)


def _step_expressions(spec: WorkerJobSpec) -> Iterator[Finding]:
    earlier: tuple[str, ...] = ()
    for index, step in enumerate(spec.steps):
        names = expressions.Names(steps=earlier)
        path = (*_SPEC, "steps", index)
        together = (step, *(step.parallel or ()))
        paths = (path, *((*path, "parallel", at) for at in range(len(together) - 1)))
        for where, one in zip(paths, together, strict=True):
            if one.when is not None:
                yield from _expression((*where, "when"), one.when, names, boolean=True)
            yield from _template((*where, "input"), one.input, names)
            if one.human_task is not None:
                told = (*where, "humanTask", "instruction")
                yield from _template(told, one.human_task.instruction, names)
        earlier += tuple(one.name for one in step.parallel or (step,))


def _item_expressions(spec: WorkerJobSpec) -> Iterator[Finding]:
    if spec.items is not None:
        path = (*_SPEC, "items")
        yield from _template((*path, "source", "input"), spec.items.source.input, RUN)
        yield from _expression((*path, "reference"), spec.items.reference, expressions.ITEM_ONLY)
        if spec.items.arrived_at is not None:
            arrival = (*path, "arrivedAt")
            yield from _expression(arrival, spec.items.arrived_at, expressions.ITEM_ONLY)
    if spec.on_completion is not None:
        yield from _template((*_SPEC, "onCompletion", "input"), spec.on_completion.input, RUN)
    if spec.benefit is not None and spec.benefit.unit is not None:
        path = (*_SPEC, "benefit", "unit")
        yield from _expression(path, spec.benefit.unit, expressions.ITEM_ONLY)


def _baselines(spec: WorkerJobSpec) -> Iterator[Finding]:
    seen = set()
    for index, baseline in enumerate(spec.benefit.baselines if spec.benefit else ()):
        if baseline.valid_from in seen:
            message = f"must be unique, and {baseline.valid_from} is used before"
            yield Finding((*_SPEC, "benefit", "baselines", index, "validFrom"), message)
        seen.add(baseline.valid_from)


def _sizes(spec: WorkerJobSpec) -> Iterator[Finding]:
    inputs: list[tuple[Path, object]] = [((*_SPEC, "input"), spec.input)]
    inputs += [((*path, "input"), step.input) for path, step in _all_steps(spec)]
    for path, value in inputs:
        size = len(json.dumps(value, ensure_ascii=False).encode())
        if size > MAXIMUM_INPUT_BYTES:
            yield Finding(path, f"must be at most {MAXIMUM_INPUT_BYTES} bytes, and is {size}")
    whole = len(spec.model_dump_json(by_alias=True, exclude_none=True).encode())
    if whole > MAXIMUM_JOB_BYTES:
        message = f"must be at most {MAXIMUM_JOB_BYTES} bytes as JSON, and is {whole}"
        yield Finding(_SPEC, message)


CHECKS: tuple[Callable[[WorkerJobSpec], Iterable[Finding]], ...] = (
    _time_zone,
    _cron,
    _step_names,
    _step_expressions,
    _item_expressions,
    _baselines,
    _sizes,
)
RUN = expressions.RUN_ONLY


def _unknown(spec: WorkerJobSpec, catalogue: contract.Catalogue) -> Iterator[Finding]:
    for path, step in _all_steps(spec):
        if step.workflow is not None and step.workflow not in catalogue.workflows:
            yield _absent((*path, "workflow"), step.workflow, catalogue.workflows)
        if step.activity is not None and step.activity not in catalogue.activities:
            yield _absent((*path, "activity"), step.activity, catalogue.activities)
    calls: dict[Path, ActivityCall | None] = {
        (*_SPEC, "items", "source"): spec.items.source if spec.items else None,
        (*_SPEC, "onCompletion"): spec.on_completion,
    }
    for path, call in calls.items():
        if call is not None and call.activity not in catalogue.activities:
            yield _absent((*path, "activity"), call.activity, catalogue.activities)


def _absent(path: Path, name: str, known: tuple[str, ...]) -> Finding:
    kind = path[-1]
    choice = ", ".join(sorted(known)) or "none"
    message = f"must be an {kind} of the digital worker ({choice}), and {name!r} is none"
    return Finding(path, message.replace("an workflow", "a workflow"), Reason.UNKNOWN_ACTIVITY)


def _all_steps(spec: WorkerJobSpec) -> Iterator[tuple[Path, Step | ParallelStep]]:
    for index, step in enumerate(spec.steps):
        path = (*_SPEC, "steps", index)
        yield path, step
        for at, inner in enumerate(step.parallel or ()):
            yield (*path, "parallel", at), inner


def _expression(
    path: Path, text: str, names: expressions.Names, *, boolean: bool = False
) -> Iterator[Finding]:
    try:
        expressions.check(text, names, boolean=boolean)
    except expressions.ExpressionError as error:
        yield Finding(path, str(error), _reason(error))


def _template(path: Path, template: object, names: expressions.Names) -> Iterator[Finding]:
    try:
        expressions.check_template(template, names)
    except expressions.ExpressionError as error:
        yield Finding(path, str(error), _reason(error))


def _reason(error: expressions.ExpressionError) -> Reason:
    unknown = isinstance(error, expressions.UnknownStepError)
    return Reason.UNKNOWN_STEP if unknown else Reason.INVALID_EXPRESSION
