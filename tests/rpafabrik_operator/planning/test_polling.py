"""Whether a digital worker's robots ask for work, and whether it is well."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpafabrik_operator.planning import polling, world
from rpafabrik_operator.planning.conditions import Wanted
from support import examples

READY = {
    "type": "Ready",
    "status": "True",
    "reason": "PodsReady",
    "lastTransitionTime": "2026-01-01T00:00:00Z",
}


def queue(robots: int, *, lost: int = 0, waited: float = 0.0) -> world.Queue:
    return world.Queue(robots=robots, backlog=1, backlog_seconds=waited, lost=lost)


@pytest.mark.parametrize(
    ("replicas", "seen", "told"),
    [
        (2, queue(0), ("False", "RobotsMissing")),
        (2, queue(1), ("False", "RobotsMissing")),
        (2, queue(1, lost=1), ("False", "HeartbeatLost")),
        # What was lost has been replaced: the figure tells of it.
        (2, queue(2, lost=9), ("True", "RobotsPolling")),
        (2, queue(2), ("True", "RobotsPolling")),
        # Old pods go when the new ones are there.
        (2, queue(3), ("True", "RobotsPolling")),
        (0, queue(0), ("True", "ScaledToZero")),
        (0, world.UNAVAILABLE, ("True", "ScaledToZero")),
        (2, world.UNAVAILABLE, ("Unknown", "TemporalUnavailable")),
    ],
)
def test_pool_is_told_by_its_robots(
    replicas: int, seen: world.Queue | world.Unknown, told: tuple[str, str]
) -> None:
    found, _ = polling.judged(examples.worker(spec__replicas=replicas), seen, examples.NOW)

    assert (found.status.value, found.reason.value) == told


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        (queue(2, waited=900), ("True", "KeepsUp")),
        (queue(2, waited=901), ("False", "BacklogOld")),
        (queue(0, waited=901), ("False", "BacklogOld")),
        (world.UNAVAILABLE, ("Unknown", "TemporalUnavailable")),
    ],
)
def test_pool_is_told_by_what_waits_for_it(
    seen: world.Queue | world.Unknown, told: tuple[str, str]
) -> None:
    _, found = polling.judged(examples.worker(), seen, examples.NOW)

    assert (found.status.value, found.reason.value) == told


@pytest.mark.parametrize(
    ("days", "told"),
    [
        (15, ("True", "CredentialValid", "it is valid until 2026-01-22T06:00:00Z")),
        (
            14,
            (
                "False",
                "CredentialExpires",
                "the certificate is valid until 2026-01-21T06:00:00Z: renew it, restart the pods",
            ),
        ),
    ],
)
def test_pool_is_told_by_the_certificate_that_its_robots_show(
    days: int, told: tuple[str, str, str]
) -> None:
    expires = world.Credential(examples.NOW + timedelta(days=days))
    seen = replace(queue(2), credential=expires)

    *_, found = polling.judged(examples.worker(), seen, examples.NOW)

    assert (found.status.value, found.reason.value, found.message) == told


def test_pool_whose_robots_show_no_certificate_says_nothing_of_one() -> None:
    seen = replace(queue(2), credential=world.Credential(None))

    kinds = [one.type.value for one in polling.judged(examples.worker(), seen, examples.NOW)]

    assert kinds == ["Polling", "KeepingUp"]
    assert polling.known(seen) == polling.TOLD


@given(
    seen=st.builds(queue, st.integers(0, 3), lost=st.integers(0, 2), waited=st.floats(0, 2_000)),
    then=st.builds(queue, st.integers(0, 3), lost=st.integers(0, 2), waited=st.floats(0, 2_000)),
)
def test_conditions_are_others_only_where_what_they_depend_on_is(
    seen: world.Queue, then: world.Queue
) -> None:
    def judged(queue: world.Queue) -> list[Wanted]:
        return list(polling.judged(examples.worker(), queue, examples.NOW))

    if polling.depends_on(seen) == polling.depends_on(then):
        assert judged(seen) == judged(then)


@pytest.mark.parametrize(
    ("worker", "robots", "healthy"),
    [
        ({"status__conditions": [READY]}, 2, True),
        ({"status__conditions": [READY]}, 1, False),
        ({"status__conditions": [READY | {"status": "False"}]}, 2, False),
        ({}, 2, False),
        ({"status__conditions": [READY], "spec__replicas": 0}, 0, True),
    ],
)
def test_pool_is_well_with_all_its_pods_and_all_of_them_at_work(
    worker: dict[str, Any], robots: int, *, healthy: bool
) -> None:
    assert polling.healthy(examples.worker(**worker), queue(robots)) == healthy


def test_robots_that_no_digital_worker_declares_are_well_when_there_is_one() -> None:
    assert not polling.healthy(None, queue(0))
    assert polling.healthy(None, queue(1))
