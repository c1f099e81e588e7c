"""What an activity may know about the step it does. Names of ids live in `rpafabrik_api.names`."""

from dataclasses import dataclass

from temporalio import activity

from rpafabrik_api import names


@dataclass(frozen=True, slots=True, kw_only=True)
class StepContext:
    """The step that runs now."""

    step: str
    """The step's name in the job."""
    attempt: int
    """1 the first time."""
    idempotency_key: str
    """The same however often this step of this item is tried; hand it to target systems."""


def step_context() -> StepContext:
    """Return the step that the running activity does."""
    info = activity.info()
    return StepContext(
        step=info.activity_id,
        attempt=info.attempt,
        # The platform makes the case id the workflow's id and the step's name the activity's.
        idempotency_key=names.idempotency_key(info.workflow_id or "", info.activity_id),
    )


def job_of(workflow_id: str) -> str | None:
    """Return `namespace/name` of the job that a case or a scheduled run belongs to."""
    match workflow_id.split("/"):
        case ["case" | "workerjob", namespace, name, _, *_]:
            return f"{namespace}/{name}"
    return None
