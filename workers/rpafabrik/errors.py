"""The errors of the SDK. Nothing that decides what happens next lives here.

    Exception
    ├── temporalio.exceptions.ApplicationError
    │   ├── BusinessError       the rules of the business refuse this item; never tried again
    │   └── ApplicationError    something technical failed; tried again by the step's policy
    └── StartError              the process cannot start; not for activities

Any other exception is an application error too: Temporal carries it under its class name and the
platform treats it so. Raise `ApplicationError` where a code helps whoever reads the report.

Messages and codes are kept in histories, in the ledger and in reports: no personal data in them.
"""

import re

from temporalio import exceptions

from rpafabrik_api import contract

_CODE = re.compile(r"[A-Z][A-Za-z0-9]{0,62}")


class BusinessError(exceptions.ApplicationError):
    """The item cannot be done as it stands, and trying again would not help.

    Args:
        message: What is wrong, for the person who takes the item over.
        code: The kind of exception as one CamelCase word, `MissingDeposit`; reports count by it.
    """

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(
            message,
            {"code": _checked(code)},
            type=contract.BUSINESS_ERROR,
            non_retryable=True,
            # An expected answer, so no warning and no failure metric in Temporal.
            category=exceptions.ApplicationErrorCategory.BENIGN,
        )
        self.code = code


class ApplicationError(exceptions.ApplicationError):
    """Something technical failed: a system is away, a file is broken.

    Args:
        message: What failed, for the person who runs the digital worker.
        code: The kind of failure as one CamelCase word, `SystemAway`.
        retryable: False where another try would fail just the same.
    """

    def __init__(self, message: str, *, code: str, retryable: bool = True) -> None:
        super().__init__(
            message,
            {"code": _checked(code)},
            type=contract.APPLICATION_ERROR,
            non_retryable=not retryable,
        )
        self.code = code


class StartError(Exception):
    """A process of the factory cannot start as it is set up; the message says what must be."""


def _checked(code: str) -> str:
    if not _CODE.fullmatch(code):
        raise ValueError(
            f"code {code!r} must be one CamelCase word of at most 63 letters and digits, "
            "for example 'MissingDeposit'"
        )
    return code
