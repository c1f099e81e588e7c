"""What the systems of the simulated year hold day by day, and what goes wrong in them. Pure.

A system that is away is so from morning to noon. What is asked of it in the morning's run fails;
in the afternoon people re-queue what failed, and start the runs that are told of here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from rpafabrik_api import contract
from year.working_days import DAYS, YEAR

REMINDERS, CASH = "paminnelser", "kassaavstamning"
INCOME, SUPPLIERS = "arsinkomst", "leverantorsfakturor"

REMINDERS_A_DAY, CENTRES, TWO_REGISTERS_EVERY = 100, 149, 10
LISTED_AGAIN = 5
"""The first reminders of the day before are still in the mailbox."""
DEPARTMENTS, INVOICES_EACH = 12, 225
UNKNOWN_SUPPLIER, DIFFERENCE = "unknown", "VC010/K2"
"""Each morning's business exceptions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """A run in the afternoon, beside those of the schedules."""

    day: date
    job: str
    purpose: contract.Purpose
    of: date | None = None
    """The day that it makes up for."""


def _reminders(day: date) -> list[str]:
    number = DAYS.index(day)
    return [f"F-{number:03}-{n:03}" for n in range(REMINDERS_A_DAY)]


JOB_AWAY = {
    REMINDERS: {date(YEAR, 5, 8)},
    CASH: {date(YEAR, 4, 24)},
    INCOME: {date(YEAR, 3, day) for day in (5, 6, 7, 8)},
    SUPPLIERS: {date(YEAR, 4, 17)},
}
"""On these days the morning's run fails before its first item; of a week, all but Friday's."""
TOO_MANY_AWAY = date(YEAR, 4, 10)
"""On this day the run of the reminders fails after having done 60 of 100."""
ITEMS_AWAY = {
    date(YEAR, 1, 30): {*_reminders(date(YEAR, 1, 30))[:3]},
    TOO_MANY_AWAY: {*_reminders(TOO_MANY_AWAY)[:40]},
    date(YEAR, 2, 13): {"VC001/K1"},
    date(YEAR, 3, 13): {"VC020/K2"},
    date(YEAR, 10, 9): {"timlön"},
}
RETRIES = {
    date(YEAR, 1, 30): REMINDERS,
    TOO_MANY_AWAY: REMINDERS,
    date(YEAR, 2, 13): CASH,
    date(YEAR, 3, 13): CASH,
    date(YEAR, 10, 9): INCOME,
}
"""Whose failed items are re-queued in the afternoon; the next run does them."""
STUMBLES = {_reminders(date(YEAR, 1, 16))[7]}
"""Fails once, and goes well when it is tried again."""
LOST_FILE = date(YEAR, 11, 7)

_AGAIN, _LATER = contract.Purpose.ON_DEMAND, contract.Purpose.BACKFILL
_SHADOW, _DRY = contract.Purpose.SHADOW, contract.Purpose.DRY_RUN
EXTRAS = (
    # A day that failed is made up for on the next one.
    Extra(day=date(YEAR, 5, 9), job=REMINDERS, purpose=_LATER, of=date(YEAR, 5, 8)),
    Extra(day=date(YEAR, 4, 25), job=CASH, purpose=_LATER, of=date(YEAR, 4, 24)),
    Extra(day=date(YEAR, 3, 9), job=INCOME, purpose=_LATER, of=date(YEAR, 3, 5)),
    Extra(day=date(YEAR, 4, 18), job=SUPPLIERS, purpose=_LATER, of=date(YEAR, 4, 17)),
    # The only register of a centre failed in the morning: the centre's day is done the same day.
    Extra(day=date(YEAR, 2, 13), job=CASH, purpose=_AGAIN),
    # All is done already.
    Extra(day=date(YEAR, 8, 14), job=REMINDERS, purpose=_AGAIN),
    Extra(day=date(YEAR, 7, 11), job=CASH, purpose=_AGAIN),
    Extra(day=date(YEAR, 1, 17), job=INCOME, purpose=_AGAIN),
    Extra(day=date(YEAR, 9, 12), job=SUPPLIERS, purpose=_AGAIN),
    # Trials.
    Extra(day=date(YEAR, 6, 12), job=REMINDERS, purpose=_SHADOW),
    Extra(day=date(YEAR, 7, 10), job=REMINDERS, purpose=_DRY),
    Extra(day=date(YEAR, 6, 13), job=CASH, purpose=_SHADOW),
    Extra(day=date(YEAR, 2, 20), job=INCOME, purpose=_DRY),
    Extra(day=date(YEAR, 8, 15), job=SUPPLIERS, purpose=_SHADOW),
    Extra(day=date(YEAR, 8, 16), job=SUPPLIERS, purpose=_DRY),
)


def is_away(away: Callable[[date], bool], at: str) -> bool:
    """Whether a system is away at a moment, given whether it is away on its morning."""
    return at[11:13] < "12" and away(date.fromisoformat(at[:10]))


def listed(job: str, day: date) -> list[dict[str, Any]]:
    """The items that a job's source has for a day."""
    return _LISTS[job](day)


def _mailbox(day: date) -> list[dict[str, Any]]:
    number = DAYS.index(day)
    again = _reminders(DAYS[number - 1])[:LISTED_AGAIN] if number else []
    unknown = f"F-{number:03}-{UNKNOWN_SUPPLIER}"
    return [{"invoice": one} for one in (*again, *_reminders(day), unknown)]


def _registers(day: date) -> list[dict[str, Any]]:
    return [
        {"centre": f"VC{centre:03}", "register": f"K{register}", "date": str(day)}
        for centre in range(1, CENTRES + 1)
        for register in range(1, 2 if centre % TWO_REGISTERS_EVERY else 3)
    ]


def _pay_batches(day: date) -> list[dict[str, Any]]:
    return [{"batch": batch, "date": str(day)} for batch in ("timlön", "övertid")]


def _departments(day: date) -> list[dict[str, Any]]:
    """As many invoices as were sent have come, but for the one file that is lost."""
    lost = DEPARTMENTS if day == LOST_FILE else None
    return [
        {
            "department": f"F{number:02}",
            "date": str(day),
            "sent": INVOICES_EACH,
            "received": 0 if number == lost else INVOICES_EACH,
        }
        for number in range(1, DEPARTMENTS + 1)
    ]


_LISTS: dict[str, Callable[[date], list[dict[str, Any]]]] = {
    REMINDERS: _mailbox,
    CASH: _registers,
    INCOME: _pay_batches,
    SUPPLIERS: _departments,
}
