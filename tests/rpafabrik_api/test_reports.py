"""What a finished run writes into status."""

from datetime import UTC, datetime

import pytest

from rpafabrik_api import contract, findings, reports
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
        ("Succeeded", "True", "Completed")
    ]


def test_job_tells_its_last_run_and_all_that_it_saved() -> None:
    body = {**examples.JOB, "status": reports.job_status(SUMMARY)}

    status = findings.read(body).manifest()["status"]

    assert status["lastRun"]["workflowId"] == SUMMARY.run_id
    assert status["saved"] == {"grossSeconds": 46_002, "netSeconds": 46_002, "hours": "12.8"}


@pytest.mark.parametrize(
    ("seconds", "hours"),
    [(0, "0.0"), (179, "0.0"), (180, "0.1"), (3_600, "1.0"), (-3_600, "-1.0"), (539, "0.1")],
)
def test_hours_are_rounded_half_up_to_one_decimal(seconds: int, hours: str) -> None:
    saved = reports.saved(contract.Saved(gross_seconds=0, net_seconds=seconds))

    assert saved.hours == hours
