"""What ends a run before all its items have their outcome."""

from collections.abc import Iterator
from contextlib import contextmanager

from temporalio import exceptions

from rpafabrik.runtime import causes
from rpafabrik_api import expressions, verdict
from rpafabrik_api.reasons import Reason
from rpafabrik_platform.workflows import shield


class RunFailedError(Exception):
    """The run cannot go on; the reason is public API, the message is for people."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@contextmanager
def failing(reason: Reason, place: str) -> Iterator[None]:
    """Turn what fails at a place in the job into the end of the run."""
    try:
        yield
    except expressions.ExpressionError as error:
        cause = verdict.Cause(kind=verdict.Kind.EXPRESSION, message=str(error))
        raise RunFailedError(reason, verdict.told(cause, place)) from error
    except exceptions.ActivityError as failure:
        if shield.is_cancellation(failure):
            raise
        raise RunFailedError(reason, verdict.told(causes.of(failure), place)) from failure
