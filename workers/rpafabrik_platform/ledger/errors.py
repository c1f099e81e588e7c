"""What leaves the ledger when it fails; nothing of SQLAlchemy or a driver does.

    LedgerError
    ├── LedgerUnavailable   the same call may succeed later
    └── LedgerRefused       the same call never succeeds; mend what the message names

No message holds a password, or a value of a row: a reference may be personal data.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc


class LedgerError(Exception):
    """The ledger did not do what it was asked."""


class LedgerUnavailable(LedgerError):  # noqa: N818 - named by what it says, as outcomes are
    """The ledger cannot be used now; nothing was written, or the same call may be repeated."""


class LedgerRefused(LedgerError):  # noqa: N818 - named by what it says, as outcomes are
    """The ledger will never accept this."""


_PASSING = (exc.OperationalError, exc.InterfaceError, exc.TimeoutError, sqlite3.OperationalError)


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Turn what the database raises into a `LedgerError` that names the ledger's place."""
    try:
        yield
    except (exc.SQLAlchemyError, sqlite3.Error) as error:
        kind = LedgerUnavailable if isinstance(error, _PASSING) else LedgerRefused
        # Without its cause: the driver's detail quotes the row.
        raise kind(f"ledger {place}: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    """What the database says, as far as it cannot hold a value of a row."""
    origin = error.orig if isinstance(error, exc.DBAPIError) and error.orig else error
    diagnosis = getattr(origin, "diag", None)
    if constraint := getattr(diagnosis, "constraint_name", None):
        return f"the row breaks {constraint}"
    if isinstance(origin, sqlite3.Error) or isinstance(error, _PASSING):
        primary = getattr(diagnosis, "message_primary", None) or str(origin)
        return "; ".join(line.strip() for line in primary.splitlines())
    return " ".join(filter(None, [type(origin).__name__, getattr(origin, "sqlstate", None)]))
