"""Reads why an activity or a child workflow failed out of Temporal's exceptions.

The only place that knows how Temporal wraps failures. What follows from a cause is `verdict`'s.
"""

from typing import Any

from temporalio import exceptions

from rpafabrik import payloads
from rpafabrik_api.verdict import Cause, Kind

_NOT_FOUND = "NotFoundError"
_NOT_REGISTERED = "is not registered on this worker"
"""Temporal's own words; a developer's error may well be called NotFoundError too."""
_UNREADABLE = payloads.UnreadableError.__name__
"""Its message holds nothing of the input. That of pydantic's own, which older robots tell, does."""
_LIMITS = {
    exceptions.TimeoutType.START_TO_CLOSE: "it ran longer than timeoutSeconds allows",
    exceptions.TimeoutType.HEARTBEAT: "it gave no heartbeat within heartbeatTimeoutSeconds",
    exceptions.TimeoutType.SCHEDULE_TO_CLOSE: "it did not end within all its tries and a day",
    exceptions.TimeoutType.SCHEDULE_TO_START: "no digital worker took it up",
}

TOO_LONG = Cause(kind=Kind.TIMEOUT, message=_LIMITS[exceptions.TimeoutType.START_TO_CLOSE])
"""A try ran longer than it may."""


def of(failure: BaseException) -> Cause:
    """The cause of a failed activity or child workflow."""
    nearest = _nearest(failure)
    match nearest:
        case exceptions.ApplicationError():
            return _raised(nearest)
        case exceptions.TimeoutError():
            return Cause(kind=Kind.TIMEOUT, message=_limit(nearest))
        case _:
            return Cause(kind=Kind.WORKFLOW_FAILED, message=_text(nearest))


def unknown_activity(name: str) -> Cause:
    """What Temporal's own worker says when it is asked for an activity that it lacks."""
    message = f"Activity function {name} {_NOT_REGISTERED}"
    return Cause(kind=Kind.UNKNOWN_ACTIVITY, message=message, type=_NOT_FOUND)


def _nearest(failure: BaseException) -> BaseException:
    """The failure inside Temporal's wrappers.

    Not the deepest one: what an error was raised `from` is for the developer, who has chosen
    the words and the type of the error itself.
    """
    while isinstance(failure, exceptions.ActivityError | exceptions.ChildWorkflowError):
        if failure.cause is None:
            break
        failure = failure.cause
    return failure


def _raised(error: exceptions.ApplicationError) -> Cause:
    unknown = error.type == _NOT_FOUND and _NOT_REGISTERED in error.message
    return Cause(
        kind=Kind.UNKNOWN_ACTIVITY if unknown else Kind.RAISED,
        message=_told(error),
        type=error.type or "",
        code=_code(error.details),
    )


def _told(error: exceptions.ApplicationError) -> str:
    """What it says, and of an input that cannot be read why: Temporal's own words name no field."""
    why = error.cause
    if isinstance(why, exceptions.ApplicationError) and why.type == _UNREADABLE:
        return f"{error.message}: {why.message}"
    return error.message


def _code(details: Any) -> str:
    """The code that the SDK's errors carry in their first detail."""
    first = details[0] if details else None
    code = first.get("code") if isinstance(first, dict) else None
    return code if isinstance(code, str) else ""


def _limit(error: exceptions.TimeoutError) -> str:
    limit = _LIMITS.get(error.type) if error.type is not None else None
    return limit or "it took longer than it may"


def _text(failure: BaseException) -> str:
    return getattr(failure, "message", "") or str(failure) or type(failure).__name__
