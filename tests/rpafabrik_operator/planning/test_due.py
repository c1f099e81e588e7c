"""When runs are due: by the clocks of the job's time zone, and only while something starts them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from rpafabrik_api import names
from rpafabrik_operator.planning import due
from support import examples

STOCKHOLM = "Europe/Stockholm"
ACTIVE = {"type": "Suspended", "status": "False", "reason": "Active"}
PAUSED = {"type": "Suspended", "status": "True", "reason": "PausedInTemporal"}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("cron", "now", "last", "following"),
    [
        ("0 6 * * *", "2026-01-07T04:59:59", "2026-01-06T05:00", "2026-01-07T05:00"),
        ("0 6 * * *", "2026-01-07T05:00:00", "2026-01-07T05:00", "2026-01-08T05:00"),
        ("0 6 * * *", "2026-07-07T05:00:00", "2026-07-07T04:00", "2026-07-08T04:00"),
        ("0 6 * * 1-5", "2026-01-11T12:00:00", "2026-01-09T05:00", "2026-01-12T05:00"),
        ("*/15 * * * *", "2026-01-07T05:14:59", "2026-01-07T05:00", "2026-01-07T05:15"),
        # The clocks go from 02:00 to 03:00 on 29 March: nobody sees half past two.
        ("30 2 * * *", "2026-03-29T12:00:00", "2026-03-28T01:30", "2026-03-30T00:30"),
        # And from 03:00 back to 02:00 on 25 October: half past two comes twice.
        ("30 2 * * *", "2026-10-25T00:45:00", "2026-10-25T00:30", "2026-10-26T01:30"),
        ("30 2 * * *", "2026-10-25T01:10:00", "2026-10-25T00:30", "2026-10-26T01:30"),
        ("0 0 29 2 *", "2026-01-07T05:00:00", "2024-02-28T23:00", "2028-02-28T23:00"),
    ],
)
def test_times_before_and_after_now(cron: str, now: str, last: str, following: str) -> None:
    found = due.times(cron, STOCKHOLM, at(now))

    assert found == due.Due(at(last), at(following))


@pytest.mark.parametrize(
    ("cron", "zone"), [("61 6 * * *", STOCKHOLM), ("0 6 * * *", "Europe/Uppsala")]
)
def test_schedule_that_cannot_be_read_is_never_due(cron: str, zone: str) -> None:
    assert due.times(cron, zone, examples.NOW) == due.NEVER


@pytest.mark.parametrize("stage", ["Pilot", "Production"])
def test_job_that_runs_by_itself_has_a_schedule(stage: str) -> None:
    job = examples.job(spec__stage=stage)

    assert due.schedule(job) == job.spec.schedule


@pytest.mark.parametrize(
    "change",
    [
        {"spec__suspend": True},
        {"metadata__annotations": {names.HOLD_ANNOTATION: "driften: stopp"}},
        {"metadata__deletionTimestamp": "2026-01-07T05:00:00Z"},
        {"spec__stage": "Candidate"},
        {"spec__stage": "Retired"},
        {"spec__schedule": None},
        {"status__conditions": [PAUSED | {"lastTransitionTime": "2026-01-07T05:00:00Z"}]},
    ],
)
def test_job_that_nothing_starts_is_not_due(change: dict[str, Any]) -> None:
    assert due.schedule(examples.job(**change)) is None


def test_no_run_was_due_before_the_job_was_made_scheduled_and_let_go() -> None:
    times = ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"]
    made, scheduled, let_go = times
    job: dict[str, Any] = {"metadata__creationTimestamp": made}

    assert due.since(examples.job()) is None
    assert due.since(examples.job(**job)) == datetime.fromisoformat(made)
    job |= {"status__scheduledSince": scheduled}
    assert due.since(examples.job(**job)) == datetime.fromisoformat(scheduled)
    job |= {"status__conditions": [ACTIVE | {"lastTransitionTime": let_go}]}
    assert due.since(examples.job(**job)) == datetime.fromisoformat(let_go)
