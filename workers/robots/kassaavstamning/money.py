"""Money as whole öre: read from text, written as text and as exact decimals.

No float ever holds an amount. What an amount means lives elsewhere.
"""

import re
from decimal import Decimal

_AMOUNT = {mark: re.compile(rf"(-?)([0-9]+)(?:[{mark}]([0-9]{{1,2}}))?") for mark in ",."}


def parse(text: str, mark: str) -> int:
    """Öre of `text`: kronor with at most two decimals after `mark`, which is "," or "."."""
    found = _AMOUNT[mark].fullmatch(text)
    if found is None:
        raise ValueError(f"must be kronor with at most two decimals, as 1234{mark}50")
    sign, kronor, decimals = found.groups(default="")
    ore = int(kronor) * 100 + int(decimals.ljust(2, "0"))
    return -ore if sign else ore


def plain(ore: int, mark: str) -> str:
    """Kronor with two decimals after `mark` and no thousands separator: 1234,50."""
    kronor, decimals = divmod(abs(ore), 100)
    return f"{'-' if ore < 0 else ''}{kronor}{mark}{decimals:02}"


def swedish(ore: int) -> str:
    """As a Swedish reader expects it, with spaces that do not break: 1 234,50 kr."""
    kronor, decimals = divmod(abs(ore), 100)
    grouped = f"{kronor:,}".replace(",", "\N{NO-BREAK SPACE}")
    return f"{'-' if ore < 0 else ''}{grouped},{decimals:02}\N{NO-BREAK SPACE}kr"


def decimal(ore: int) -> Decimal:
    """Kronor, exactly, with two decimals: what a spreadsheet cell holds."""
    return Decimal(ore).scaleb(-2)
