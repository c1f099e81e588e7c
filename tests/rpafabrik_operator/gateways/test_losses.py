"""Which robots are lost: each is counted once, and told of for an hour."""

from datetime import timedelta

from temporalio.api.worker.v1 import WorkerHeartbeat

from rpafabrik_operator.gateways.losses import SURE_AFTER, Losses
from support.examples import NOW

HOUR = timedelta(hours=1)


def robots(*names: str) -> list[WorkerHeartbeat]:
    return [WorkerHeartbeat(worker_instance_key=name, task_queue="kassa") for name in names]


def test_robot_is_counted_once_and_told_of_for_an_hour_though_temporal_forgets_it() -> None:
    losses = Losses()
    losses.notice(robots("a", "b"), [], NOW)

    losses.notice(robots("b"), robots("a"), NOW)
    assert (losses.recent(), losses.counted()) == ({"kassa": 1}, {})

    for _ in range(2):
        losses.notice(robots("b"), robots("a"), NOW + SURE_AFTER)
    assert (losses.recent(), losses.counted()) == ({"kassa": 1}, {"kassa": 1})

    losses.notice(robots("b"), [], NOW + HOUR)
    assert losses.recent() == {"kassa": 1}

    losses.notice(robots("b"), [], NOW + 2 * HOUR)
    assert (losses.recent(), losses.counted()) == ({}, {"kassa": 1})


def test_robots_that_an_operator_finds_silent_were_counted_by_the_one_before() -> None:
    losses = Losses()

    losses.notice([], robots("a"), NOW)
    losses.notice([], robots("a"), NOW + SURE_AFTER)

    assert (losses.recent(), losses.counted()) == ({"kassa": 1}, {})


def test_robots_that_are_heard_again_when_temporal_is_back_were_not_lost() -> None:
    losses = Losses()
    losses.notice(robots("a", "b"), [], NOW)
    losses.notice([], robots("a", "b"), NOW + HOUR)

    losses.notice(robots("a", "b"), [], NOW + HOUR + SURE_AFTER)

    assert (losses.recent(), losses.counted()) == ({}, {})
