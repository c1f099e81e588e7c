"""Times are told in the unit that people would use."""

from datetime import UTC, datetime, timedelta

import pytest

from rpafabrik_cli.status import times

NOW = datetime(2026, 1, 7, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("away", "told"),
    [
        (timedelta(0), "0 s ago"),
        (timedelta(seconds=-89), "89 s ago"),
        (timedelta(seconds=-90), "2 min ago"),
        (timedelta(minutes=-89), "89 min ago"),
        (timedelta(minutes=-119), "2 h ago"),
        (timedelta(hours=-35), "35 h ago"),
        (timedelta(hours=-49), "2 d ago"),
        (timedelta(seconds=30), "in 30 s"),
        (timedelta(hours=2), "in 2 h"),
        (timedelta(days=30), "in 30 d"),
    ],
)
def test_a_time_is_told_by_how_far_away_it_is(away: timedelta, told: str) -> None:
    assert times.told(NOW + away, NOW) == told
