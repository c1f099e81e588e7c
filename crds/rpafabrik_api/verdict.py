"""How an item ended, read from a failure that is given as plain values.

Pure. `causes` makes the plain values from Temporal's exceptions.
"""

from dataclasses import dataclass
from enum import StrEnum

from rpafabrik_api import contract


class Kind(StrEnum):
    """What sort of failure it is; the value is the code where nobody gave another."""

    RAISED = "ApplicationError"
    """The activity or the workflow raised an error."""
    TIMEOUT = "Timeout"
    EXPRESSION = "ExpressionError"
    UNKNOWN_ACTIVITY = "UnknownActivity"
    """The digital worker has no activity of that name."""
    TOO_LARGE = "TooLarge"
    """More bytes than Temporal carries."""
    WORKFLOW_FAILED = "WorkflowFailed"
    """A developer's workflow was terminated or cancelled, or could not start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why something failed: the error nearest to the one who wrote it."""

    kind: Kind
    message: str
    type: str = ""
    """Name of the error's type, when it was raised."""
    code: str = ""
    """The code that the developer gave the error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How an item ended. Code and message are empty when all went well."""

    outcome: contract.Outcome
    code: str = ""
    message: str = ""
    step: str = ""
    """Where it failed."""
    attempts: int | None = None
    """How often that was tried, where it is known."""


COMPLETED = Verdict(outcome=contract.Outcome.COMPLETED)
REVIEWED = Verdict(outcome=contract.Outcome.REVIEWED)
ABANDONED = Verdict(
    outcome=contract.Outcome.ABANDONED,
    code="Cancelled",
    message="the run or the item was cancelled while the item was in work",
)


class StoppedError(Exception):
    """The item has its verdict before its last step."""

    def __init__(self, reached: Verdict) -> None:
        super().__init__(reached.message)
        self.verdict = reached


def told(cause: Cause, place: str) -> str:
    """What people read of a failure at a place in the job, such as `step 'payments'`.

    What a developer raised is told in the developer's words alone.
    """
    return cause.message if cause.kind is Kind.RAISED else f"{place}: {cause.message}"


def on_failure(cause: Cause, place: str) -> Verdict:
    """The verdict on an item that has failed for good at a place in the job.

    Only the rules of the business make a business exception; an unknown error is technical.
    """
    raised = cause.kind is Kind.RAISED
    business = raised and cause.type == contract.BUSINESS_ERROR
    return Verdict(
        outcome=contract.Outcome.BUSINESS_EXCEPTION
        if business
        else contract.Outcome.APPLICATION_EXCEPTION,
        code=cause.code or (raised and cause.type) or cause.kind.value,
        message=told(cause, place),
    )
