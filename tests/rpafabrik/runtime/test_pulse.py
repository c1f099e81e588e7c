"""How often an activity's heart beats; what beats do is tested with a server, in `test_worker`."""

from datetime import timedelta

import pytest

from rpafabrik.runtime import pulse


@pytest.mark.parametrize(
    ("timeout", "interval"), [(None, 10), (3, 1), (30, 10), (3_600, 10)], ids=str
)
def test_heart_beats_thrice_in_its_timeout_and_every_ten_seconds_at_least(
    timeout: int | None, interval: int
) -> None:
    given = timedelta(seconds=timeout) if timeout else None

    assert pulse.interval(given) == timedelta(seconds=interval)
