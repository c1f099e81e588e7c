"""How a job is told to be, and when that may change though nothing happens."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpafabrik_api import health
from rpafabrik_api.reasons import ConditionType, Reason
from rpafabrik_operator.planning import wellbeing, world
from support import examples

MADE = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
"""A Monday; the job is due at five each weekday, by UTC."""
TUESDAY = datetime(2026, 1, 6, 5, 0, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
LATE = TUESDAY + health.MISSED_AFTER


def schedule(**changes: Any) -> world.Schedule:
    return world.Schedule(
        **{"digest": "", "paused": False, "note": "", "next_run": None, **changes}
    )


def told(
    kind: ConditionType, now: datetime, seen: world.Schedule | None = None, **changes: Any
) -> wellbeing.Judged:
    job = examples.job(metadata__creationTimestamp=MADE.isoformat(), **changes)
    found = wellbeing.judged(job, seen or schedule(), now)
    return next(one for one in found if one.wanted.type == kind)


def on_schedule(
    now: datetime, seen: world.Schedule | None = None, **changes: Any
) -> tuple[str, str, str]:
    wanted = told(ConditionType.ON_SCHEDULE, now, seen, **changes).wanted
    return wanted.status.value, wanted.reason.value, wanted.message


def last_run(begun: datetime, **status: Any) -> dict[str, Any]:
    return {
        "status__lastRun": {"workflowId": "run-1", "startTime": begun.isoformat()},
        **{f"status__{name}": value for name, value in status.items()},
    }


def test_run_is_missed_from_ten_minutes_after_it_was_due_until_one_begins() -> None:
    was_due = "a run was due at 2026-01-06T05:00:00Z, and none has begun"

    assert on_schedule(LATE - MINUTE) == ("True", "OnSchedule", "")
    assert on_schedule(LATE) == ("False", "RunMissed", was_due)
    # The first that was missed is told, however many follow: nothing is written for each.
    assert on_schedule(LATE + 2 * DAY) == ("False", "RunMissed", was_due)
    assert on_schedule(LATE, schedule(last_begun=LATE - MINUTE))[:2] == ("True", "OnSchedule")
    assert on_schedule(LATE, **last_run(TUESDAY))[:2] == ("True", "OnSchedule")


def test_run_that_waits_for_the_one_before_is_missed_and_says_so() -> None:
    begun = TUESDAY - HOUR
    seen = schedule(last_run_id="run-1", last_begun=begun, running_since=begun)

    assert on_schedule(LATE, seen)[2].endswith(
        "and none has begun; the run before is still under way"
    )
    assert on_schedule(LATE, seen, **last_run(begun))[2].endswith("and none has begun")


def test_job_is_silent_a_day_after_a_run_was_due_that_did_not_succeed() -> None:
    tried = last_run(TUESDAY + DAY)
    after = TUESDAY + DAY + MINUTE
    succeeded = {**tried, "status__lastSuccessfulTime": (TUESDAY + HOUR).isoformat()}

    assert on_schedule(after, **tried) == (
        "False",
        "Silent",
        "a run was due at 2026-01-06T05:00:00Z, and none has succeeded since",
    )
    assert on_schedule(after, **succeeded)[:2] == ("True", "OnSchedule")


@pytest.mark.parametrize(
    "changes",
    [
        {"spec__suspend": True},
        {"spec__schedule": None},
        {"spec__stage": "Retired"},
        {"spec__schedule__cron": "0 0 30 2 *"},
    ],
)
def test_job_that_nothing_starts_misses_nothing(changes: dict[str, Any]) -> None:
    assert on_schedule(LATE + 9 * DAY, **changes) == ("True", "NothingDue", "")


def test_job_that_was_let_go_just_now_has_missed_nothing_of_before() -> None:
    let_go = {
        "type": "Suspended",
        "status": "False",
        "reason": "Active",
        "lastTransitionTime": (LATE + HOUR).isoformat(),
    }

    assert on_schedule(LATE + 2 * HOUR, status__conditions=[let_go])[1] == "OnSchedule"


@pytest.mark.parametrize(
    ("runs", "status", "reason"),
    [
        (None, "Unknown", "NoRunYet"),
        ((0, 0, 0), "Unknown", "NoRunYet"),
        ((1, 0, 0), "True", "RunsSucceed"),
        ((0, 1, 1), "True", "RunsSucceed"),
        ((3, 1, 1), "True", "RunsSucceed"),
        ((3, 2, 1), "False", "FailingOften"),
        ((16, 4, 0), "True", "RunsSucceed"),
        ((15, 5, 0), "False", "FailingOften"),
        ((15, 5, 2), "False", "FailingInARow"),
        ((0, 20, 55), "False", "FailingInARow"),
    ],
)
def test_runs_are_judged_by_the_last_of_them(
    runs: tuple[int, int, int] | None, status: str, reason: str
) -> None:
    names = ("succeeded", "failed", "failedInARow")
    recent = None if runs is None else dict(zip(names, runs, strict=True))

    wanted = told(ConditionType.RUNS_SUCCEEDING, LATE, status__recentRuns=recent).wanted

    assert (wanted.status.value, wanted.reason.value) == (status, reason)


def test_what_fails_again_says_the_same_and_is_not_written_again() -> None:
    def message(failures: int) -> str:
        runs = {"succeeded": 9, "failed": failures, "failedInARow": failures}
        since: dict[str, Any] = {
            "status__lastSuccessfulTime": TUESDAY.isoformat(),
            "status__recentRuns": runs,
        }
        return told(ConditionType.RUNS_SUCCEEDING, LATE, **since).wanted.message

    assert message(2) == message(3) == "no run has succeeded since 2026-01-06T05:00:00Z"


@pytest.mark.parametrize(("promised", "hours"), [(None, 48), (3_600, 1), (5_400, 1.5)])
def test_item_is_old_when_it_is_open_for_longer_than_is_promised(
    promised: int | None, hours: float
) -> None:
    kind, since = ConditionType.ITEMS_ON_TIME, TUESDAY
    targets: dict[str, Any] = {"spec__benefit__targets": promised and {"leadTimeSeconds": promised}}
    seen = schedule(last_run_id="run-2", running_since=since)
    limit = since + timedelta(hours=hours)

    before = told(kind, limit - MINUTE, seen, **targets)
    after = told(kind, limit, seen, **targets).wanted

    assert (before.wanted.status.value, before.until) == ("True", limit)
    assert (after.status.value, after.reason) == ("False", Reason.OLDEST_ITEM_OLD)
    assert after.message == (
        f"an item is open since 2026-01-06T05:00:00Z, and {hours:g} hours are promised"
    )


def test_item_that_waited_as_the_last_run_ended_is_open() -> None:
    waited: dict[str, Any] = last_run(TUESDAY, oldestOpenItemTime=(TUESDAY - DAY).isoformat())
    ended = schedule(last_run_id="run-1", running_since=TUESDAY - 9 * DAY)

    found = told(ConditionType.ITEMS_ON_TIME, LATE, ended, **waited)

    assert found.until == TUESDAY + DAY


@pytest.mark.parametrize(
    ("listed", "status", "reason", "message"),
    [
        (149, "True", "VolumeAsExpected", ""),
        (
            3,
            "False",
            "FewerItemsThanExpected",
            "the source listed 3 items, and at least 149 are expected",
        ),
    ],
)
def test_volume_is_judged_by_what_the_last_run_listed(
    listed: int, status: str, reason: str, message: str
) -> None:
    volume: dict[str, Any] = {"status__volume": {"listed": listed, "min": 149}}

    wanted = told(ConditionType.VOLUME_AS_EXPECTED, LATE, **volume).wanted

    assert (wanted.status.value, wanted.reason.value, wanted.message) == (status, reason, message)


def test_job_that_expects_no_volume_says_nothing_of_it() -> None:
    kinds = {one.wanted.type for one in wellbeing.judged(examples.job(), None, LATE)}

    assert ConditionType.VOLUME_AS_EXPECTED not in kinds


@given(
    now=st.datetimes(min_value=datetime(2026, 1, 5, 12), max_value=datetime(2026, 2, 5)),  # noqa: DTZ001 # a zone is given below
    begun=st.integers(min_value=0, max_value=40 * 24 * 60),
    succeeded=st.integers(min_value=0, max_value=40 * 24 * 60),
)
def test_nothing_changes_before_the_moment_that_is_told_and_something_does_then(
    now: datetime, begun: int, succeeded: int
) -> None:
    moment = now.replace(tzinfo=UTC)
    changes = {"status__lastSuccessfulTime": (MADE + succeeded * MINUTE).isoformat()}
    seen = schedule(last_begun=MADE + begun * MINUTE)

    found = told(ConditionType.ON_SCHEDULE, moment, seen, **changes)

    if found.until is not None:
        assert found.until > moment
        just_before = found.until - timedelta(microseconds=1)
        assert told(ConditionType.ON_SCHEDULE, just_before, seen, **changes) == found
        then = told(ConditionType.ON_SCHEDULE, found.until, seen, **changes).wanted
        assert then.status != found.wanted.status
