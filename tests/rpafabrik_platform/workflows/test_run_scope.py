"""What a run's own expressions see, and what is kept of the run."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from rpafabrik_api import contract, expressions, interpreter
from rpafabrik_api.reasons import Reason
from rpafabrik_platform.workflows import run_scope
from rpafabrik_platform.workflows.run_failure import RunFailedError
from support import jobs

REQUEST = contract.RunRequest(
    job=jobs.job(), purpose=contract.Purpose.SCHEDULED, input={"folder": "in"}
)
LATE = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)


def test_run_has_the_date_of_its_own_time_zone() -> None:
    assert run_scope.run_variable(REQUEST, "run/1", LATE) == {
        "id": "run/1",
        "name": "",
        "purpose": "Scheduled",
        "date": "2026-03-02",
        "startTime": "2026-03-02T00:30:00+01:00",
    }


def test_unknown_time_zone_fails_the_run() -> None:
    request = replace(REQUEST, job=replace(REQUEST.job, time_zone="Europe/Exempelby"))

    with pytest.raises(RunFailedError, match="and is 'Europe/Exempelby'") as raised:
        run_scope.run_variable(request, "run/1", LATE)

    assert raised.value.reason is Reason.INVALID_TIME_ZONE


def test_source_sees_input_run_and_job_but_no_item() -> None:
    scope = run_scope.scope(REQUEST, run_scope.run_variable(REQUEST, "run/1", LATE))

    template = {"path": "${input.folder}/${job.name}-${run.date}.csv"}
    assert interpreter.rendered(template, scope) == {"path": "in/job-2026-03-02.csv"}
    with pytest.raises(expressions.ExpressionError, match="must speak of input, run, job"):
        interpreter.rendered({"id": "${item.id}"}, scope)


def test_completion_sees_the_counts_under_the_names_of_status() -> None:
    counts = contract.Counts(completed=3, business_exceptions=2, skipped=1)
    scope = run_scope.scope(REQUEST, {"id": "run/1"}, counts)

    assert interpreter.rendered({"counts": "${run.counts}"}, scope) == {
        "counts": {
            "completed": 3,
            "reviewed": 0,
            "businessExceptions": 2,
            "applicationExceptions": 0,
            "skipped": 1,
            "abandoned": 0,
            "total": 6,
        }
    }


@pytest.mark.parametrize("outcome", list(contract.Outcome))
def test_every_outcome_is_counted_once(outcome: contract.Outcome) -> None:
    assert run_scope.counted(contract.Counts(), outcome).total == 1


@pytest.mark.parametrize(
    ("returned", "files"),
    [
        ({"files": ["a.xlsx", "b.xlsx"]}, ("a.xlsx", "b.xlsx")),
        ({"files": []}, ()),
        ({"files": "a.xlsx"}, ()),
        ({}, ()),
        (None, ()),
        ({"files": ["x"] * 60}, ("x",) * 50),
        ({"files": ["x" * 2000]}, ("x" * 1000,)),
    ],
)
def test_files_are_kept_within_bounds(returned: Any, files: tuple[str, ...]) -> None:
    assert run_scope.files_of(returned) == files
