"""What a finished run writes into status."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from rpafabrik_api import contract, findings, reports
from rpafabrik_api.reasons import Reason
from support import examples

SUMMARY = contract.RunSummary(
    run_id="jobrun/ekonomi/idag/run-uid",
    result=contract.RunResult.SUCCEEDED,
    started_at=datetime(2026, 1, 7, 6, 0, tzinfo=UTC),
    finished_at=datetime(2026, 1, 7, 6, 1, tzinfo=UTC),
    counts=contract.Counts(completed=140, business_exceptions=9),
    saved=contract.Saved(gross_seconds=23_001, net_seconds=23_001),
    job_saved=contract.Saved(gross_seconds=46_002, net_seconds=46_002),
    files=("ut/avstamning.xlsx",),
)


def test_finished_run_is_succeeded_with_its_counts() -> None:
    body = {**examples.RUN, "status": reports.run_status(SUMMARY)}

    status = findings.read(body).manifest()["status"]

    assert status["items"]["total"] == 149
    assert status["saved"]["hours"] == "6.4"
    assert status["files"] == ["ut/avstamning.xlsx"]
    assert [(one["type"], one["status"], one["reason"]) for one in status["conditions"]] == [
        ("Succeeded", "True", "Completed"),
        ("Reconciling", "False", "Completed"),
        ("Stalled", "False", "Completed"),
    ]


def test_failed_run_says_that_no_more_will_come_of_it() -> None:
    failed = replace(
        SUMMARY, result=contract.RunResult.FAILED, reason=Reason.SOURCE_FAILED, message="no file"
    )

    told = reports.run_status(failed)["conditions"]

    assert [(one["type"], one["status"], one["reason"], one["message"]) for one in told] == [
        ("Succeeded", "False", "SourceFailed", "no file"),
        ("Reconciling", "False", "SourceFailed", "no file"),
        ("Stalled", "True", "SourceFailed", "no file"),
    ]


def test_job_tells_its_last_run_and_all_that_it_saved() -> None:
    body = {**examples.JOB, "status": reports.job_status(SUMMARY)}

    status = findings.read(body).manifest()["status"]

    assert status["lastRun"]["workflowId"] == SUMMARY.run_id
    assert status["saved"] == {"grossSeconds": 46_002, "netSeconds": 46_002, "hours": "12.8"}


def test_run_completed_with_errors_has_succeeded_and_says_how() -> None:
    summary = replace(
        SUMMARY,
        result=contract.RunResult.COMPLETED_WITH_ERRORS,
        reason="CompletedWithErrors",
        message="2 of 10 items failed",
    )

    condition, *_ = reports.run_status(summary)["conditions"]

    told = (condition["status"], condition["reason"], condition["message"])
    assert told == ("True", "CompletedWithErrors", "2 of 10 items failed")


@pytest.mark.parametrize(
    ("listed", "status", "reason", "message"),
    [
        (0, "False", "FewerItemsThanExpected", "listed 0 items, and at least 149 are expected"),
        (148, "False", "FewerItemsThanExpected", "listed 148 items, and at least 149 are expect"),
        (149, "True", "VolumeAsExpected", "the source listed 149 items"),
        (400, "True", "VolumeAsExpected", "the source listed 400 items"),
        (401, "False", "MoreItemsThanExpected", "listed 401 items, and at most 400 are expected"),
    ],
)
def test_volume_is_a_condition_of_the_run(
    listed: int, status: str, reason: str, message: str
) -> None:
    volume = contract.Volume(listed=listed, minimum=149, maximum=400)
    summary = replace(SUMMARY, volume=volume)

    *_, of_run = reports.run_status(summary)["conditions"]

    assert (of_run["type"], of_run["status"], of_run["reason"]) == (
        "VolumeAsExpected",
        status,
        reason,
    )
    assert message in of_run["message"]


def test_job_is_told_facts_of_its_health_and_no_judgement() -> None:
    standing = contract.Standing(
        last_success=SUMMARY.started_at,
        succeeded=7,
        failed=3,
        failed_in_a_row=2,
        oldest_open=SUMMARY.started_at,
    )
    volume = contract.Volume(listed=3, minimum=149)
    body = {
        **examples.JOB,
        "status": reports.job_status(replace(SUMMARY, standing=standing, volume=volume)),
    }

    status = findings.read(body).manifest()["status"]

    assert status["lastSuccessfulTime"] == "2026-01-07T06:00:00Z"
    assert status["recentRuns"] == {"succeeded": 7, "failed": 3, "failedInARow": 2}
    assert status["volume"] == {"listed": 3, "min": 149}
    assert status["oldestOpenItemTime"] == "2026-01-07T06:00:00Z"
    assert status["conditions"] == []


def test_stop_is_a_condition_as_long_as_it_lasts() -> None:
    stopped = reports.stop_status("5 items in a row failed", SUMMARY.finished_at)

    (condition,) = stopped["conditions"]
    assert (condition["type"], condition["status"]) == ("Stopped", "True")
    assert condition["message"] == "5 items in a row failed"
    assert reports.stop_status(None, SUMMARY.finished_at) == {}


@pytest.mark.parametrize(
    ("seconds", "hours"),
    [(0, "0.0"), (179, "0.0"), (180, "0.1"), (3_600, "1.0"), (-3_600, "-1.0"), (539, "0.1")],
)
def test_hours_are_rounded_half_up_to_one_decimal(seconds: int, hours: str) -> None:
    saved = reports.saved(contract.Saved(gross_seconds=0, net_seconds=seconds))

    assert saved.hours == hours
