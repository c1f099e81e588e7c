"""Opens a ledger that commands read or add to: one that is there, for none is made by asking."""

import urllib.parse
from pathlib import Path

from rpafabrik_cli import failures
from rpafabrik_cli.processes import common
from rpafabrik_platform.ledger import errors, store

_SQLITE = "sqlite:///"


def opened(url: str) -> store.Ledger:
    """The ledger at the URL."""
    file = urllib.parse.unquote(url.removeprefix(_SQLITE).partition("?")[0])
    if url.startswith(_SQLITE) and not Path(file).exists():
        raise failures.WrongUse(
            f"--ledger must be a ledger that is there, and there is no file {file}"
        )
    with common.refusing(errors.LedgerRefused):
        return store.open_ledger(url)
