"""What one heartbeat does, in an activity that nobody watches and in one that should stop."""

from typing import Any

import pytest
from temporalio import exceptions
from temporalio.testing import ActivityEnvironment

import rpafabrik


def test_heartbeat_sends_its_checkpoint() -> None:
    sent: list[tuple[Any, ...]] = []
    environment = ActivityEnvironment()
    environment.on_heartbeat = lambda *checkpoint: sent.append(checkpoint)

    environment.run(rpafabrik.heartbeat, "row", 7)

    assert sent == [("row", 7)]


def test_heartbeat_stops_a_cancelled_activity() -> None:
    environment = ActivityEnvironment()
    environment.cancel()

    with pytest.raises(exceptions.CancelledError):
        environment.run(rpafabrik.heartbeat)


async def test_heartbeat_stops_a_cancelled_async_activity() -> None:
    environment = ActivityEnvironment()

    async def work() -> None:
        environment.cancel()
        rpafabrik.heartbeat()

    with pytest.raises(exceptions.CancelledError):
        await environment.run(work)


def test_heartbeat_with_a_checkpoint_stops_the_attempt_when_the_worker_drains() -> None:
    environment = ActivityEnvironment()
    environment.worker_shutdown()

    with pytest.raises(rpafabrik.ApplicationError) as stopped:
        environment.run(rpafabrik.heartbeat, 7)

    assert (stopped.value.code, stopped.value.non_retryable) == ("WorkerDraining", False)


def test_heartbeat_without_a_checkpoint_lets_the_activity_finish_when_the_worker_drains() -> None:
    environment = ActivityEnvironment()
    environment.worker_shutdown()

    environment.run(rpafabrik.heartbeat)


def test_heartbeat_outside_an_activity_is_refused() -> None:
    with pytest.raises(RuntimeError, match="Not in activity context"):
        rpafabrik.heartbeat()
