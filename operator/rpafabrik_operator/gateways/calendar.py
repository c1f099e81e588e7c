"""Cron expressions as Temporal's structured calendars, and back. Pure.

Made by the same library that checks expressions, so both read them alike. Temporal keeps the
calendar and forgets the text, unless the text stands in the calendar's comment.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

import cronsim
from temporalio.api.schedule.v1 import Range, StructuredCalendarSpec

_ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)
_SUNDAY = 7

_Fields = tuple[frozenset[int], ...]
"""Minutes, hours, days of the month, months, days of the week."""


def write(cron: str) -> StructuredCalendarSpec:
    """The calendar of a valid expression."""
    minutes, hours, days, months, weekdays = (_ranges(values) for values in _fields(cron))
    return StructuredCalendarSpec(
        second=_ranges({0}),
        minute=minutes,
        hour=hours,
        day_of_month=days,
        month=months,
        day_of_week=weekdays,
        comment=cron,
    )


def read(seen: StructuredCalendarSpec) -> str | None:
    """The expression that is written as this calendar; None when there is none."""
    ranges = (seen.minute, seen.hour, seen.day_of_month, seen.month, seen.day_of_week)
    try:
        meant = _fields(seen.comment)
    except cronsim.CronSimError:
        return None
    same = tuple(_values(field) for field in ranges) == meant
    return seen.comment if same and _values(seen.second) == {0} and not seen.year else None


def _fields(cron: str) -> _Fields:
    times = cronsim.CronSim(cron, _ANY_TIME)
    # Sunday is 0 and 7. Tuples stand for "the second Monday", which a job may not say.
    weekdays = {day % _SUNDAY for day in times.weekdays if isinstance(day, int)}
    fields = (times.minutes, times.hours, times.days, times.months, weekdays)
    return tuple(frozenset(field) for field in fields)


def _ranges(values: Iterable[int]) -> list[Range]:
    ranges: list[Range] = []
    for value in sorted(values):
        if ranges and value == ranges[-1].end + 1:
            ranges[-1].end = value
        else:
            ranges.append(Range(start=value, end=value, step=1))
    return ranges


def _values(ranges: Iterable[Range]) -> frozenset[int]:
    """The values of ranges; an end or a step that is left out has Temporal's default."""
    return frozenset(
        value
        for one in ranges
        for value in range(one.start, max(one.start, one.end) + 1, one.step or 1)
    )
