"""When a job or a digital worker is unwell: the limits that conditions, alerts and boards share.

A test holds the alert rules against them. Pure.
"""

from datetime import timedelta

MISSED_AFTER = timedelta(minutes=10)
"""A run that was due for so long, and none has begun, is missed."""
SILENT_AFTER = timedelta(days=1)
"""A job that had a run due for so long, and none has succeeded since, is silent."""
FAILURES_IN_A_ROW = 2
"""So many runs that failed one after the other are no accident."""
RECENT_RUNS = 20
"""The success rate is that of the last so many runs."""
LEAST_RUNS = 5
"""Fewer runs than these have no success rate."""
SUCCESS_PERCENT = 80
"""A success rate below this is low."""
OPEN_AT_MOST = timedelta(days=2)
"""How old an open item may be where the job promises no lead time."""
BACKLOG_AT_MOST = timedelta(minutes=15)
"""How long work may wait for a robot."""
LOST_WITHIN = timedelta(hours=1)
"""For so long it is told of a robot that it fell silent without a word."""
LOST_AT_MOST = 2
"""More robots lost within that time, and they die again and again."""
EXPIRES_WITHIN = timedelta(days=14)
"""A certificate that runs out sooner must be renewed now."""


def is_low(succeeded: int, failed: int) -> bool:
    """Whether the success rate of so many recent runs is low."""
    runs = succeeded + failed
    return runs >= LEAST_RUNS and succeeded * 100 < SUCCESS_PERCENT * runs
