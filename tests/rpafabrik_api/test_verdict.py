"""How an item ended, by the failure of a step."""

import pytest
from temporalio import exceptions

from rpafabrik import ApplicationError, BusinessError
from rpafabrik.runtime import causes
from rpafabrik_api import verdict
from rpafabrik_api.contract import Outcome
from rpafabrik_api.verdict import Cause, Kind, Verdict

WORKER_LACKS_IT = exceptions.ApplicationError(
    "Activity function x for workflow y is not registered on this worker, available: z",
    type="NotFoundError",
)


def in_activity(cause: BaseException) -> exceptions.ActivityError:
    """The failure as a workflow sees it."""
    error = exceptions.ActivityError(
        "Activity task failed",
        scheduled_event_id=1,
        started_event_id=2,
        identity="",
        activity_type="work",
        activity_id="work",
        retry_state=None,
    )
    error.__cause__ = cause
    return error


def in_child(cause: BaseException) -> exceptions.ChildWorkflowError:
    error = exceptions.ChildWorkflowError(
        "Child Workflow execution failed",
        namespace="default",
        workflow_id="w",
        run_id="r",
        workflow_type="Inquiry",
        initiated_event_id=1,
        started_event_id=2,
        retry_state=None,
    )
    error.__cause__ = cause
    return error


def timeout(kind: exceptions.TimeoutType) -> exceptions.TimeoutError:
    return exceptions.TimeoutError("timed out", type=kind, last_heartbeat_details=[])


def raised_from(error: BaseException, cause: BaseException) -> BaseException:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("failure", "cause"),
    [
        (
            BusinessError("no deposit", code="MissingDeposit"),
            Cause(
                kind=Kind.RAISED, message="no deposit", type="BusinessError", code="MissingDeposit"
            ),
        ),
        (
            ApplicationError("away", code="SystemAway"),
            Cause(kind=Kind.RAISED, message="away", type="ApplicationError", code="SystemAway"),
        ),
        (
            raised_from(BusinessError("no", code="No"), KeyError("x")),
            Cause(kind=Kind.RAISED, message="no", type="BusinessError", code="No"),
        ),
        (
            raised_from(
                exceptions.ApplicationError("Failed decoding arguments"),
                exceptions.ApplicationError("Loan: due: Field required", type="UnreadableError"),
            ),
            Cause(kind=Kind.RAISED, message="Failed decoding arguments: Loan: due: Field required"),
        ),
        (
            raised_from(  # by a robot that is older than the platform
                exceptions.ApplicationError("Failed decoding arguments"),
                exceptions.ApplicationError("input_value='Anna'", type="ValidationError"),
            ),
            Cause(kind=Kind.RAISED, message="Failed decoding arguments"),
        ),
        (
            exceptions.ApplicationError("'column'", type="KeyError"),
            Cause(kind=Kind.RAISED, message="'column'", type="KeyError"),
        ),
        (
            exceptions.ApplicationError("odd", {"code": 7}, type="Odd"),
            Cause(kind=Kind.RAISED, message="odd", type="Odd"),
        ),
        (
            exceptions.ApplicationError("the page was not found", type="NotFoundError"),
            Cause(kind=Kind.RAISED, message="the page was not found", type="NotFoundError"),
        ),
        (
            WORKER_LACKS_IT,
            Cause(
                kind=Kind.UNKNOWN_ACTIVITY, message=WORKER_LACKS_IT.message, type="NotFoundError"
            ),
        ),
        (
            timeout(exceptions.TimeoutType.START_TO_CLOSE),
            Cause(kind=Kind.TIMEOUT, message="it ran longer than timeoutSeconds allows"),
        ),
        (
            timeout(exceptions.TimeoutType.HEARTBEAT),
            Cause(kind=Kind.TIMEOUT, message="it gave no heartbeat within heartbeatTimeoutSeconds"),
        ),
    ],
)
def test_cause_of_an_activitys_failure(failure: BaseException, cause: Cause) -> None:
    assert causes.of(in_activity(failure)) == cause


def test_cause_of_a_child_workflow_is_that_of_its_activity() -> None:
    failure = in_child(in_activity(BusinessError("no", code="No")))

    assert causes.of(failure) == Cause(
        kind=Kind.RAISED, message="no", type="BusinessError", code="No"
    )


def test_child_workflow_that_was_terminated_has_failed() -> None:
    failure = in_child(exceptions.TerminatedError("terminated by the administrator"))

    assert causes.of(failure) == Cause(
        kind=Kind.WORKFLOW_FAILED, message="terminated by the administrator"
    )


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (
            Cause(kind=Kind.RAISED, message="m", type="BusinessError", code="C"),
            Verdict(outcome=Outcome.BUSINESS_EXCEPTION, code="C", message="m"),
        ),
        (
            Cause(kind=Kind.RAISED, message="m", type="BusinessError"),
            Verdict(outcome=Outcome.BUSINESS_EXCEPTION, code="BusinessError", message="m"),
        ),
        (
            Cause(kind=Kind.RAISED, message="m", type="ApplicationError", code="C"),
            Verdict(outcome=Outcome.APPLICATION_EXCEPTION, code="C", message="m"),
        ),
        (
            Cause(kind=Kind.RAISED, message="m", type="KeyError"),
            Verdict(outcome=Outcome.APPLICATION_EXCEPTION, code="KeyError", message="m"),
        ),
        (
            Cause(kind=Kind.RAISED, message="m"),
            Verdict(outcome=Outcome.APPLICATION_EXCEPTION, code="ApplicationError", message="m"),
        ),
        (
            Cause(kind=Kind.TIMEOUT, message="m"),
            Verdict(outcome=Outcome.APPLICATION_EXCEPTION, code="Timeout", message="step 'x': m"),
        ),
        (
            Cause(kind=Kind.EXPRESSION, message="m"),
            Verdict(
                outcome=Outcome.APPLICATION_EXCEPTION,
                code="ExpressionError",
                message="step 'x': m",
            ),
        ),
        (
            Cause(kind=Kind.UNKNOWN_ACTIVITY, message="m", type="NotFoundError"),
            Verdict(
                outcome=Outcome.APPLICATION_EXCEPTION,
                code="UnknownActivity",
                message="step 'x': m",
            ),
        ),
        (
            Cause(kind=Kind.WORKFLOW_FAILED, message="m", type="BusinessError"),
            Verdict(
                outcome=Outcome.APPLICATION_EXCEPTION, code="WorkflowFailed", message="step 'x': m"
            ),
        ),
    ],
)
def test_only_a_business_error_makes_a_business_exception(cause: Cause, expected: Verdict) -> None:
    assert verdict.on_failure(cause, "step 'x'") == expected
