"""What a job needs of its digital worker, held against what the worker has. Pure."""

from collections.abc import Iterable, Iterator

from rpafabrik_api import contract, verdict


def missing(job: contract.Job, catalogue: contract.Catalogue) -> str:
    """What the worker lacks, and where in the job it is named; empty when it lacks nothing."""
    lacking = [
        f"{place}: must be an activity of the digital worker ({_choice(catalogue.activities)}),"
        f" and {name!r} is none"
        for place, name in _activities(job)
        if name not in catalogue.activities
    ]
    lacking += [
        f"{place}: must be a workflow of the digital worker ({_choice(catalogue.workflows)}),"
        f" and {name!r} is none"
        for place, name in _workflows(job)
        if name not in catalogue.workflows
    ]
    chunked = job.items is not None and job.items.mode is contract.Mode.CHUNKED
    if chunked and not catalogue.chunks:
        lacking.append(
            "items.mode: must be Durable, or the digital worker's image newer: it has no chunks"
        )
    return "; ".join(lacking)


def no_answer(queue: str, seconds: int, cause: verdict.Cause) -> str:
    """What people read when no worker told what it can do."""
    detail = "" if cause.kind is verdict.Kind.TIMEOUT else f": {cause.message}"
    return f"no digital worker answered on {queue} within {seconds} s{detail}"


def _activities(job: contract.Job) -> Iterator[tuple[str, str]]:
    if job.items is not None:
        yield "items.source", job.items.source.activity
    for step in _simple_steps(job.steps):
        if step.activity is not None:
            yield f"step {step.name!r}", step.activity.activity
    if job.on_completion is not None:
        yield "onCompletion", job.on_completion.activity


def _workflows(job: contract.Job) -> Iterator[tuple[str, str]]:
    for step in _simple_steps(job.steps):
        if step.workflow is not None:
            yield f"step {step.name!r}", step.workflow.type


def _simple_steps(steps: Iterable[contract.Step]) -> Iterator[contract.Step]:
    for step in steps:
        if step.parallel:
            yield from _simple_steps(step.parallel)
        else:
            yield step


def _choice(known: tuple[str, ...]) -> str:
    return ", ".join(sorted(known)) or "it has none"
