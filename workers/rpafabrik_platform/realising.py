"""What people enter of benefit that came true: hours and months as they write them. Pure."""

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from rpafabrik_platform.activities import calls
from rpafabrik_platform.ledger import entries, errors

_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_MOST_HOURS = 1_000_000
_HOUR = 3_600


def realising(told: calls.Realising, entry_id: str, now: datetime) -> entries.Realising:
    """The entry; what cannot be meant is refused, by its name."""
    month = _month(told.period)
    if month > now.date():
        raise errors.LedgerRefused(f"period must have begun, and {told.period} has not")
    return entries.Realising(
        entry_id=entry_id,
        namespace=told.namespace,
        job=told.job,
        month=month,
        seconds=_seconds(told.hours),
        entered_at=now,
        entered_by=told.by.strip(),
        because=told.because.strip(),
    )


def realised(entry: entries.Realised) -> calls.Realised:
    """What stands, in hours."""
    return calls.Realised(
        department=entry.department,
        hours=_hours(entry.seconds),
        month_hours=_hours(entry.month_seconds),
    )


def _month(text: str) -> date:
    if not _MONTH.fullmatch(text) or text < "0001":
        raise errors.LedgerRefused(f"period must be a month such as 2026-03, and is {text!r}")
    return date.fromisoformat(f"{text}-01")


def _seconds(text: str) -> int:
    """Whole seconds, exact; a comma is a decimal point."""
    try:
        seconds = Decimal(text.replace(",", ".")) * _HOUR
        fits = 0 < abs(seconds) <= _MOST_HOURS * _HOUR and not seconds % 1
    except InvalidOperation:  # no number
        fits = False
    if not fits:
        raise errors.LedgerRefused(
            f"hours must be a number such as 12.5, of whole seconds, not 0 and at most"
            f" {_MOST_HOURS}; it is {text!r}"
        )
    return int(seconds)


def _hours(seconds: int) -> str:
    return f"{(Decimal(seconds) / _HOUR).quantize(Decimal('0.0001')).normalize():f}"
