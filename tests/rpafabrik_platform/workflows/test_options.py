"""How Temporal is asked to run the activities of digital workers."""

from datetime import timedelta

import pytest
from temporalio import common

from rpafabrik_api import contract
from rpafabrik_platform.workflows import options

EVENTS_A_TRY = 9
"""Of a local activity that waits by a timer: its marker, the timer, and two workflow tasks."""
MOST_EVENTS = 51_200
"""Of a history, before Temporal ends its workflow."""


def test_robots_activity_is_bounded_in_every_try_and_in_all() -> None:
    call = contract.ActivityCall(
        activity="work",
        retry=contract.Retry(
            maximum_attempts=3, initial_interval_seconds=2, maximum_interval_seconds=9
        ),
        timeout_seconds=40,
        heartbeat_timeout_seconds=15,
    )

    assert options.robot("queue", call, "pay") == {
        "activity_id": "pay",
        "task_queue": "queue",
        "start_to_close_timeout": timedelta(seconds=40),
        "schedule_to_close_timeout": timedelta(days=1, seconds=3 * (40 + 9)),
        "heartbeat_timeout": timedelta(seconds=15),
        "retry_policy": common.RetryPolicy(
            initial_interval=timedelta(seconds=2),
            maximum_interval=timedelta(seconds=9),
            maximum_attempts=3,
            non_retryable_error_types=["BusinessError"],
        ),
    }


def test_dead_robot_is_noticed_soon_though_nobody_asked_for_it() -> None:
    call = contract.ActivityCall(activity="work", timeout_seconds=3_600)

    assert options.robot("queue", call, "pay")["heartbeat_timeout"] == timedelta(seconds=30)


@pytest.mark.parametrize("config", [options.PROGRESS, options.REPORT, options.catalogue("queue")])
def test_what_is_not_the_ledgers_is_never_tried_for_ever(config: dict[str, object]) -> None:
    assert config["schedule_to_close_timeout"] is not None


def test_case_outlives_a_ledger_that_is_away_for_two_weeks() -> None:
    retry = options.LEDGER_LOCAL["retry_policy"]
    assert retry
    assert retry.maximum_interval

    tries = timedelta(days=14) / retry.maximum_interval

    assert tries * EVENTS_A_TRY < MOST_EVENTS


def test_robots_that_stay_away_are_not_waited_for_beyond_ten_minutes() -> None:
    assert options.catalogue("queue")["schedule_to_close_timeout"] == timedelta(minutes=10)
