"""Whether a digital worker's robots ask for work, and whether it is well."""

from typing import Any

import pytest

from rpafabrik_operator.planning import polling, world
from support import examples

READY = {
    "type": "Ready",
    "status": "True",
    "reason": "PodsReady",
    "lastTransitionTime": "2026-01-01T00:00:00Z",
}


def queue(robots: int) -> world.Queue:
    return world.Queue(robots=robots, backlog=0, backlog_seconds=0.0)


@pytest.mark.parametrize(
    ("replicas", "seen", "told"),
    [
        (2, queue(0), ("False", "RobotsMissing")),
        (2, queue(1), ("False", "RobotsMissing")),
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
    found = polling.condition(examples.worker(spec__replicas=replicas), seen)

    assert (found.status.value, found.reason.value) == told


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
