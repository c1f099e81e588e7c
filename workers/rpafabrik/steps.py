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
    trial: bool = False
    """Whether the run is a shadow or a dry run: then write nothing to a target system."""


def step_context() -> StepContext:
    """Return the step that the running activity does."""
    info = activity.info()
    # The platform makes the case id the workflow's id and the step's name the activity's.
    case = info.workflow_id or ""
    return StepContext(
        step=info.activity_id,
        attempt=info.attempt,
        idempotency_key=names.idempotency_key(case, info.activity_id),
        trial=names.is_trial(case),
    )


def job_of(workflow_id: str) -> str | None:
    """Return `namespace/name` of the job that a case or a scheduled run belongs to."""
    match workflow_id.split("/"):
        case ["case" | "trialcase" | "workerjob", namespace, name, _, *_]:
            return f"{namespace}/{name}"
    return None
