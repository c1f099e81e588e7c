"""What an activity learns of its step, and whose job a workflow id names."""

import dataclasses

import pytest
from temporalio.testing import ActivityEnvironment

import rpafabrik
from rpafabrik import steps
from rpafabrik_api import names

CASE = names.case_id("ekonomi", "kassaavstamning", "uid-1", "VC1/2026-01-02")


TRIAL = names.trial_case_id("ekonomi", "kassaavstamning", "run-1", "VC1/2026-01-02")


def context_of(
    *, step: str = "betalningar", attempt: int = 1, workflow_id: str = CASE
) -> rpafabrik.StepContext:
    environment = ActivityEnvironment()
    environment.info = dataclasses.replace(
        environment.info, workflow_id=workflow_id, activity_id=step, attempt=attempt
    )
    return environment.run(rpafabrik.step_context)


def test_step_context_tells_step_attempt_and_key() -> None:
    assert context_of(attempt=3) == rpafabrik.StepContext(
        step="betalningar", attempt=3, idempotency_key=names.idempotency_key(CASE, "betalningar")
    )


def test_idempotency_key_is_the_same_for_each_attempt_and_another_for_each_step() -> None:
    first, second, other = context_of(), context_of(attempt=2), context_of(step="mejla")

    assert first.idempotency_key == second.idempotency_key
    assert first.idempotency_key != other.idempotency_key


@pytest.mark.parametrize(
    ("workflow_id", "trial"),
    [
        (CASE, False),
        (TRIAL, True),
        (TRIAL + "/fraga", True),
        (names.run_id("ekonomi", "idag", "uid-2"), False),
        (names.run_id("ekonomi", "idag", "uid-2", trial=True), True),
        (names.schedule_id("ekonomi", "kassaavstamning", "uid-1") + "-2026-01-02", False),
    ],
)
def test_step_context_tells_a_trial(workflow_id: str, *, trial: bool) -> None:
    assert context_of(workflow_id=workflow_id).trial is trial


def test_step_context_outside_an_activity_is_refused() -> None:
    with pytest.raises(RuntimeError, match="Not in activity context"):
        rpafabrik.step_context()


@pytest.mark.parametrize(
    ("workflow_id", "job"),
    [
        (CASE, "ekonomi/kassaavstamning"),
        (TRIAL, "ekonomi/kassaavstamning"),
        (names.schedule_id("ekonomi", "paminnelser", "u") + "-2026-01-02", "ekonomi/paminnelser"),
        (names.run_id("ekonomi", "en-korning", "u"), None),
        ("something-else", None),
        ("", None),
    ],
)
def test_job_is_read_from_ids_of_cases_and_scheduled_runs(
    workflow_id: str, job: str | None
) -> None:
    assert steps.job_of(workflow_id) == job
