"""What the platform and Temporal read of the SDK's errors."""

import pytest
from temporalio import exceptions

import rpafabrik
from rpafabrik_api import contract


def test_business_error_is_never_retried_and_carries_its_code() -> None:
    error = rpafabrik.BusinessError("the deposit is missing", code="MissingDeposit")

    assert isinstance(error, exceptions.ApplicationError)
    assert (error.type, error.non_retryable, error.message, list(error.details)) == (
        contract.BUSINESS_ERROR,
        True,
        "the deposit is missing",
        [{"code": "MissingDeposit"}],
    )


def test_business_error_is_no_failure_in_temporals_logs_and_metrics() -> None:
    error = rpafabrik.BusinessError("the deposit is missing", code="MissingDeposit")

    assert error.category is exceptions.ApplicationErrorCategory.BENIGN


@pytest.mark.parametrize("retryable", [True, False])
def test_application_error_is_retried_unless_it_says_otherwise(retryable: bool) -> None:  # noqa: FBT001 - a parametrized value
    error = rpafabrik.ApplicationError("the system is away", code="SystemAway", retryable=retryable)

    assert isinstance(error, exceptions.ApplicationError)
    assert (error.type, error.non_retryable, list(error.details)) == (
        contract.APPLICATION_ERROR,
        not retryable,
        [{"code": "SystemAway"}],
    )


@pytest.mark.parametrize("code", ["", "missing", "Missing deposit", "Saknad-insättning", "A" * 64])
@pytest.mark.parametrize("error", [rpafabrik.BusinessError, rpafabrik.ApplicationError])
def test_code_that_is_not_one_camel_case_word_is_refused(
    error: type[rpafabrik.BusinessError], code: str
) -> None:
    with pytest.raises(ValueError, match="must be one CamelCase word"):
        error("…", code=code)
