"""What is decided about a JobRun."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from rpafabrik_api import names
from rpafabrik_api.reasons import Reason
from rpafabrik_api.workerjob import WorkerJob
from rpafabrik_operator.planning import actions, jobrun, plan, world
from support import examples

RUN_ID = "jobrun/ekonomi/idag/run-uid"
RUNNING = world.Execution(
    workflow_id=RUN_ID, state=world.ExecutionState.RUNNING, started_at=examples.NOW
)

HELD = replace(RUNNING, held=True)


def decide(run: dict[str, Any] | None = None, **observed: Any) -> plan.Plan:
    seen = jobrun.Observed(**observed)
    return jobrun.make(examples.run(**(run or {})), seen, examples.NOW)


def told(decided: plan.Plan) -> tuple[str, str, str]:
    """Status, reason and message of the condition that sums up the run."""
    assert decided.status is not None
    condition = decided.status.conditions[0]
    return condition.status.value, condition.reason, condition.message


def test_run_starts_with_its_own_input_laid_over_the_jobs() -> None:
    job = examples.job(spec__input={"from": "a", "to": "b"})

    decided = decide({"spec__input": {"to": "c"}}, job=job)

    (start,) = decided.actions
    assert isinstance(start, actions.StartRun)
    assert start.workflow_id == RUN_ID
    assert start.request.input == {"from": "a", "to": "c"}
    assert start.request.name == "idag"


@pytest.mark.parametrize(
    ("purpose", "workflow_id"),
    [
        (None, RUN_ID),
        ("OnDemand", RUN_ID),
        ("Backfill", RUN_ID),
        ("Shadow", "trialrun/ekonomi/idag/run-uid"),
        ("DryRun", "trialrun/ekonomi/idag/run-uid"),
    ],
)
def test_run_is_started_with_its_purpose_and_a_trial_says_so_in_its_id(
    purpose: str | None, workflow_id: str
) -> None:
    decided = decide({"spec__purpose": purpose}, job=examples.job())

    (start,) = decided.actions
    assert isinstance(start, actions.StartRun)
    assert (start.request.purpose, start.workflow_id) == (purpose or "OnDemand", workflow_id)


@pytest.mark.parametrize(
    ("job", "status", "reason", "message"),
    [
        (None, "Unknown", "UnknownJob", "spec.jobRef.name: must be a WorkerJob"),
        (
            {"metadata__deletionTimestamp": examples.NOW.isoformat()},
            "Unknown",
            "UnknownJob",
            "spec.jobRef.name: must be a WorkerJob",
        ),
        ({"spec__stage": "Retired"}, "False", "JobRetired", "spec.jobRef.name: the stage of"),
        (
            {"metadata__annotations": {names.HOLD_ANNOTATION: "driften: stopp"}},
            "Unknown",
            "Held",
            "the job is held: driften: stopp",
        ),
        (
            {"spec__steps__1__when": "steps.nope.x"},
            "Unknown",
            "JobNotReady",
            "the job 'avstamning' is not ready: spec.steps[1].when: must name an earlier step",
        ),
    ],
)
def test_obstacle_is_told_and_nothing_starts(
    job: dict[str, Any] | None, status: str, reason: str, message: str
) -> None:
    decided = decide(job=None if job is None else examples.job(**job))

    assert decided.actions == ()
    assert told(decided)[:2] == (status, reason)
    assert told(decided)[2].startswith(message)


def not_ready(reason: str, generation: int) -> dict[str, Any]:
    return {
        "type": "Ready",
        "status": "False",
        "reason": reason,
        "observedGeneration": generation,
        "lastTransitionTime": examples.NOW.isoformat(),
        "message": "spec.steps[0].activity: must be …",
    }


@pytest.mark.parametrize(
    ("reason", "generation", "starts"),
    [
        ("UnknownActivity", 1, False),
        ("UnknownActivity", 0, True),
        ("WorkerUnavailable", 1, True),
    ],
)
def test_run_believes_what_the_job_says_of_its_present_generation(
    reason: str, generation: int, *, starts: bool
) -> None:
    job = examples.job(status__conditions=[not_ready(reason, generation)])

    decided = decide(job=job)

    assert bool(decided.actions) == starts


def test_suspended_job_can_still_be_run_on_demand() -> None:
    decided = decide(job=examples.job(spec__suspend=True))

    assert len(decided.actions) == 1


HELD_JOB = examples.job(metadata__annotations={names.HOLD_ANNOTATION: "driften: stopp"})
"""An emergency stop is in force."""


@pytest.mark.parametrize(
    ("job", "execution", "follows"),
    [
        (HELD_JOB, RUNNING, [actions.HoldRun(RUN_ID, "driften: stopp")]),
        (HELD_JOB, HELD, []),
        (examples.job(), HELD, [actions.ReleaseRun(RUN_ID, "the emergency stop is over")]),
        (None, HELD, []),  # not seen yet, or any more: nobody has said that the stop is over
    ],
)
@pytest.mark.parametrize("run", [{}, {"metadata__deletionTimestamp": examples.NOW.isoformat()}])
def test_run_follows_the_emergency_stop_of_a_job_that_is_seen_even_while_it_is_deleted(
    run: dict[str, Any],
    job: WorkerJob | None,
    execution: world.Execution,
    follows: list[actions.Action],
) -> None:
    decided = decide(run, job=job, execution=execution)

    assert list(decided.actions) == follows


def test_held_run_whose_job_is_gone_says_that_nobody_releases_it() -> None:
    decided = decide(execution=HELD)

    message = "held, and no WorkerJob 'avstamning' is seen to release it"
    assert told(decided) == ("Unknown", "Held", message)


def test_run_that_temporal_has_forgotten_is_lost_and_not_begun_again() -> None:
    decided = decide({"status__workflowId": RUN_ID}, job=examples.job())

    assert decided.actions == ()
    assert decided.outcome == plan.Done()
    assert told(decided)[:2] == ("False", "Lost")


def test_running_run_is_told_as_running() -> None:
    decided = decide(job=examples.job(), execution=RUNNING)

    assert decided.actions == ()
    assert told(decided) == ("Unknown", "Running", "")
    assert decided.outcome == plan.Done()


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (world.ExecutionState.FAILED, "Failed"),
        (world.ExecutionState.TERMINATED, "Terminated"),
        (world.ExecutionState.CANCELLED, "Cancelled"),
        (world.ExecutionState.TIMED_OUT, "TimedOut"),
    ],
)
def test_run_that_ended_without_a_summary_has_failed(
    state: world.ExecutionState, reason: str
) -> None:
    ended = world.Execution(
        workflow_id=RUN_ID, state=state, started_at=examples.NOW, failure="because"
    )

    decided = decide(job=examples.job(), execution=ended)

    assert told(decided) == ("False", reason, "because")


@pytest.mark.parametrize(
    ("policy", "late", "outcome", "terminated"),
    [
        ("Drain", False, plan.Waiting, False),
        ("Drain", True, plan.Done, True),
        ("Terminate", False, plan.Done, True),
        ("Orphan", False, plan.Done, False),
    ],
)
def test_deleted_run_ends_by_its_policy(
    policy: str, *, late: bool, outcome: type[plan.Outcome], terminated: bool
) -> None:
    asked = examples.NOW - timedelta(hours=2 if late else 0)
    changes = {
        "metadata__deletionTimestamp": asked.isoformat(),
        "spec__deletionPolicy": policy,
    }

    decided = decide(changes, job=examples.job(), execution=RUNNING)

    assert isinstance(decided.outcome, outcome)
    assert bool(decided.actions) == terminated


def test_temporal_away_is_told() -> None:
    decided = decide(job=examples.job(), execution=world.UNAVAILABLE)

    assert told(decided)[:2] == ("Unknown", "TemporalUnavailable")
    assert isinstance(decided.outcome, plan.Waiting)


def test_run_that_stopped_on_failures_says_so_and_is_looked_at_again() -> None:
    stopped = replace(RUNNING, stopped="5 items in a row failed")

    decided = decide(job=examples.job(), execution=stopped)

    assert told(decided) == ("Unknown", "StoppedOnFailures", "5 items in a row failed")
    assert decided.status is not None
    assert [one.type for one in decided.status.conditions] == ["Succeeded", "Stalled"]
    assert (decided.actions, decided.outcome) == (
        (),
        plan.Waiting(jobrun.JOB_RETRY_SECONDS, Reason.STOPPED_ON_FAILURES),
    )


@pytest.mark.parametrize(
    ("stopped", "resumed", "resumes"),
    [("5 failed", "", True), ("5 failed", "driften: lagat", False), ("", "", False)],
)
def test_run_is_resumed_once_by_the_same_words(
    stopped: str, resumed: str, *, resumes: bool
) -> None:
    words = {names.RESUME_ANNOTATION: "driften: lagat"}
    job = examples.job(metadata__annotations=words)

    decided = decide(job=job, execution=replace(RUNNING, stopped=stopped, resumed=resumed))

    resume = actions.ResumeRun(RUN_ID, "driften: lagat")
    assert decided.actions == ((resume,) if resumes else ())


def test_ended_run_whose_deletion_policy_changes_is_observed_and_otherwise_left_alone() -> None:
    succeeded = {
        "type": "Succeeded",
        "status": "True",
        "reason": "Completed",
        "lastTransitionTime": examples.NOW.isoformat(),
    }
    status = {"observedGeneration": 1, "conditions": [succeeded]}
    run = {"metadata__generation": 2, "status": status}

    decided = decide(run)

    assert decided.actions == ()
    assert decided.status == examples.run(**run, status__observedGeneration=2).status
