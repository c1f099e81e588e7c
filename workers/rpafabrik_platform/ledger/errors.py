"""What leaves the ledger when it fails; nothing of SQLAlchemy or a driver does.

    LedgerError
    ├── LedgerUnavailable   the database's fault: the same call succeeds when it is well again
    └── LedgerRefused       the call's fault, or at opening the database's that somebody must mend:
                            to repeat it is no use

No message holds a password, or a value of a row: a reference may be personal data.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc


class LedgerError(Exception):
    """The ledger did not do what it was asked."""


class LedgerUnavailable(LedgerError):  # noqa: N818 - named by what it says, as outcomes are
    """The ledger cannot be used now; whatever was asked may be asked again."""


# Retry policies know it by its name, so the name is part of what workflows rely on.
class LedgerRefused(LedgerError):  # noqa: N818 - named by what it says, as outcomes are
    """The ledger will never accept this, or not before somebody has mended it."""


@contextmanager
def translated(place: str, *, opening: bool = False) -> Iterator[None]:
    """Turn what the database raises into a `LedgerError` that names the ledger's place.

    While it is opened, only what passes by itself is worth waiting for. Once it works, an outcome
    is at stake, and only a row that can never be written is given up.
    """
    try:
        yield
    except (exc.SQLAlchemyError, sqlite3.Error) as error:
        refused = not _passes(error) if opening else _is_of_the_row(error)
        kind = LedgerRefused if refused else LedgerUnavailable
        # Without its cause: the driver's detail quotes the row.
        raise kind(f"ledger {place}: {_reason(error)}") from None


def _is_of_the_row(error: Exception) -> bool:
    return isinstance(error, exc.IntegrityError | exc.DataError)


def _passes(error: Exception) -> bool:
    """Whether to wait is enough: a server that is away, a file that another process holds."""
    origin = _origin(error)
    if isinstance(origin, sqlite3.Error):
        return getattr(origin, "sqlite_errorcode", None) in {
            sqlite3.SQLITE_BUSY,
            sqlite3.SQLITE_LOCKED,
        }
    return isinstance(error, exc.OperationalError | exc.InterfaceError | exc.TimeoutError)


def _reason(error: Exception) -> str:
    """What the database says, as far as it cannot hold a value of a row."""
    origin = _origin(error)
    if isinstance(error, exc.DataError):
        return type(origin).__name__
    # PostgreSQL's primary message; its detail is what quotes rows.
    text = getattr(getattr(origin, "diag", None), "message_primary", None) or str(origin)
    return "; ".join(line.strip() for line in text.splitlines())


def _origin(error: Exception) -> BaseException:
    return getattr(error, "orig", None) or error
