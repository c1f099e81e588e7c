"""Times as people read them: `3 min ago`, `in 2 h`. Pure."""

from datetime import datetime

_UNITS = ((90, 1, "s"), (90 * 60, 60, "min"), (36 * 3_600, 3_600, "h"))
"""Below so many seconds, in units of so many, by name; else in days."""
_DAY = 86_400


def told(when: datetime, now: datetime) -> str:
    """How far away a time is."""
    seconds = (when - now).total_seconds()
    return f"in {_span(seconds)}" if seconds > 0 else f"{_span(-seconds)} ago"


def _span(seconds: float) -> str:
    for below, unit, name in _UNITS:
        if seconds < below:
            return f"{round(seconds / unit)} {name}"
    return f"{round(seconds / _DAY)} d"
