"""The working days of the simulated year, as the region's agreements have them: 250.

Weekdays, without public holidays (lag 1989:253) and without the three eves that are free besides:
midsommarafton, julafton, nyårsafton. They lie in 52 ISO weeks.
"""

from datetime import date, timedelta

YEAR = 2035
"""Ahead of today, for the server's clock only goes forward; such a year comes every sixth or so."""

FREE = {
    date(YEAR, 1, 1): "nyårsdagen",
    date(YEAR, 1, 6): "trettondedag jul",
    date(YEAR, 3, 23): "långfredagen",
    date(YEAR, 3, 25): "påskdagen",
    date(YEAR, 3, 26): "annandag påsk",
    date(YEAR, 5, 1): "första maj",
    date(YEAR, 5, 3): "Kristi himmelsfärdsdag",
    date(YEAR, 5, 13): "pingstdagen",
    date(YEAR, 6, 6): "nationaldagen",
    date(YEAR, 6, 22): "midsommarafton",
    date(YEAR, 6, 23): "midsommardagen",
    date(YEAR, 11, 3): "alla helgons dag",
    date(YEAR, 12, 24): "julafton",
    date(YEAR, 12, 25): "juldagen",
    date(YEAR, 12, 26): "annandag jul",
    date(YEAR, 12, 31): "nyårsafton",
}
_SATURDAY = 5
_ALL = (date(YEAR, 1, 1) + timedelta(number) for number in range(365))
DAYS = tuple(day for day in _ALL if day.weekday() < _SATURDAY and day not in FREE)
