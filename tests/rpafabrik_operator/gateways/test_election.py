"""The rules of leadership: who takes the lease, who keeps it, who has lost it."""

import pytest

from rpafabrik_operator.gateways import election
from rpafabrik_operator.gateways.election import Acquire, Lost, Record, Renew, WaitFor

MINE = Record("me", seconds=10, version="7")
THEIRS = Record("another", seconds=10, version="7")
GIVEN_UP = Record("", seconds=10, version="7")


@pytest.mark.parametrize(
    ("record", "silent", "step"),
    [
        (None, 0, Acquire()),
        (GIVEN_UP, 0, Acquire()),
        (MINE, 0, Acquire()),  # the answer to the write that took it was lost
        (THEIRS, 0, WaitFor(1)),
        (THEIRS, 9.5, WaitFor(0.5)),
        (THEIRS, 10, Acquire()),
        (Record("another", seconds=60, version="7"), 10, WaitFor(1)),
    ],
)
def test_one_that_waits_takes_a_lease_that_is_free_or_silent(
    record: Record | None, silent: float, step: object
) -> None:
    assert election.decide(record, "me", leading=False, since=100, now=100 + silent) == step


@pytest.mark.parametrize(
    ("record", "silent", "step"),
    [
        (MINE, 0, Renew()),
        (MINE, 5.9, Renew()),
        (MINE, 6, Lost("it was not renewed for 6.0 s")),
        (THEIRS, 0, Lost("its holder is another")),
        (GIVEN_UP, 0, Lost("its holder is nobody")),
        (None, 0, Lost("its holder is nobody")),
    ],
)
def test_a_leader_renews_until_it_is_late_or_another_holds_the_lease(
    record: Record | None, silent: float, step: object
) -> None:
    assert election.decide(record, "me", leading=True, since=100, now=100 + silent) == step


def test_a_leader_ends_well_before_another_may_act() -> None:
    rounds = election.ROUND_SECONDS + election.RENEW_SECONDS

    assert election.DEADLINE_SECONDS + election.ROUND_SECONDS < election.LEASE_SECONDS
    assert rounds < election.DEADLINE_SECONDS, "one round may fail"
