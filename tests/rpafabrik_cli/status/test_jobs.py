"""How a job is judged: each thing that may be wrong, since when, and the command against it."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from rpafabrik_api import contract
from rpafabrik_cli.status import facts, jobs, view
from rpafabrik_cli.status.view import Level, Trouble

from . import factory
from .factory import HOUR, NOW, condition


def judged(*conditions: dict[str, Any], **changes: Any) -> view.Job:
    (row,) = jobs.views(factory.seen(factory.job(*conditions, **changes)))
    return row


def test_a_job_that_is_well_tells_its_last_and_next_run_and_its_hours() -> None:
    row = judged()

    assert row == view.Job(
        name="avstamning",
        namespace="ekonomi",
        state="Ready",
        title="Avstämning",
        worker="ekonomi",
        last=view.LastRun(
            workflow_id="workerjob/ekonomi/avstamning/job-uid-workflow-2026-01-07T04:00:00Z",
            result="Succeeded",
            started=NOW - 2 * HOUR,
            ended=NOW - HOUR,
        ),
        next_run=NOW + 2 * HOUR,
        saved_seconds=43_200,
        saved_hours="12.0",
    )


POD_QUERY = "kubectl get pods -n ekonomi -l rpafabrik.dev/digital-worker=ekonomi"
OPERATOR = "kubectl get pods -A -l app.kubernetes.io/part-of=rpafabrik"
DESCRIBE = "kubectl describe wj/avstamning -n ekonomi"
RELEASE = "rpafabrik release avstamning -n ekonomi"
RESUME = "rpafabrik resume avstamning -n ekonomi --who … --why …"
UNPAUSE = (
    "temporal schedule toggle --unpause --reason … --schedule-id"
    " workerjob/ekonomi/avstamning/avstamning-uid"
)


@pytest.mark.parametrize(
    ("kind", "status", "reason", "level", "remedy"),
    [
        ("Ready", "False", "WorkerUnavailable", Level.UNWELL, POD_QUERY),
        ("Ready", "Unknown", "TemporalUnavailable", Level.UNWELL, OPERATOR),
        ("Ready", "False", "UnknownActivity", Level.UNWELL, DESCRIBE),
        ("Ready", "False", "AWordOfALaterVersion", Level.UNWELL, DESCRIBE),
        ("Ready", "False", "Draining", Level.ATTENTION, DESCRIBE),
        ("Stopped", "True", "StoppedOnFailures", Level.UNWELL, RESUME),
        ("VolumeAsExpected", "False", "FewerItemsThanExpected", Level.UNWELL, DESCRIBE),
        ("OnSchedule", "False", "RunMissed", Level.UNWELL, DESCRIBE),
        ("OnSchedule", "False", "Silent", Level.UNWELL, DESCRIBE),
        ("RunsSucceeding", "False", "FailingInARow", Level.UNWELL, DESCRIBE),
        ("RunsSucceeding", "False", "FailingOften", Level.ATTENTION, DESCRIBE),
        ("ItemsOnTime", "False", "OldestItemOld", Level.UNWELL, DESCRIBE),
        ("Suspended", "True", "Held", Level.ATTENTION, RELEASE),
        ("Suspended", "True", "SuspendedAndHeld", Level.ATTENTION, RELEASE),
        ("Suspended", "True", "PausedInTemporal", Level.ATTENTION, UNPAUSE),
    ],
)
def test_a_condition_is_told_with_its_words_its_time_and_a_command(
    kind: str, status: str, reason: str, level: Level, remedy: str
) -> None:
    row = judged(condition(kind, status, reason, "as it says"))

    assert row.troubles == (
        Trouble(
            level=level,
            reason=reason,
            message="as it says",
            since=NOW - 3 * HOUR,
            remedy=remedy,
        ),
    )
    assert row.level == level


@pytest.mark.parametrize(
    ("reason", "state"),
    [("Suspended", "Suspended"), ("SuspendedAndHeld", "Held"), ("PausedInTemporal", "Paused")],
)
def test_a_job_that_somebody_lets_rest_says_so_in_a_word(reason: str, state: str) -> None:
    assert judged(condition("Suspended", "True", reason)).state == state


def test_the_worst_trouble_gives_the_state() -> None:
    row = judged(
        condition("Suspended", "True", "Held"), condition("Ready", "False", "WorkerUnavailable")
    )

    assert (row.state, [one.reason for one in row.troubles]) == (
        "WorkerUnavailable",
        ["WorkerUnavailable", "Held"],
    )


def test_a_job_that_stands_still_because_it_is_invalid_has_one_trouble() -> None:
    row = judged(
        condition("Ready", "False", "InvalidCron"), condition("Suspended", "True", "InvalidCron")
    )

    assert [one.reason for one in row.troubles] == ["InvalidCron"]


@pytest.mark.parametrize(("minutes", "level"), [(1, Level.ATTENTION), (3, Level.UNWELL)])
def test_a_job_that_no_operator_looks_at_is_unwell_after_a_while(
    minutes: int, level: Level
) -> None:
    made = NOW - minutes * HOUR / 60
    row = judged(status=None, metadata__creationTimestamp=made.isoformat())

    (trouble,) = row.troubles
    assert (trouble.level, trouble.since, trouble.remedy) == (level, made, OPERATOR)
    assert row.last is None


def test_a_change_that_no_operator_has_looked_at_is_told() -> None:
    row = judged(metadata__generation=2)

    (trouble,) = row.troubles
    assert (row.level, row.state, trouble.remedy) == (Level.ATTENTION, "Reconciling", OPERATOR)


def test_a_failed_run_with_failed_items_leads_to_the_items() -> None:
    last = factory.ended("Failed", items={"applicationExceptions": 2, "total": 2})
    row = judged(status__lastRun=last)

    (trouble,) = row.troubles
    assert (trouble.level, trouble.reason, trouble.since) == (Level.UNWELL, "Failed", NOW - HOUR)
    assert trouble.remedy == f"rpafabrik items list ekonomi/avstamning --run {last['workflowId']}"


def test_a_failed_run_without_items_leads_to_the_run() -> None:
    last = factory.ended("Failed")
    row = judged(status__lastRun=last)

    (trouble,) = row.troubles
    assert trouble.remedy == f"temporal workflow show --workflow-id {last['workflowId']}"


@pytest.mark.parametrize("result", ["Succeeded", "CompletedWithErrors"])
def test_a_run_that_did_its_work_is_no_trouble(result: str) -> None:
    assert judged(status__lastRun=factory.ended(result)).troubles == ()


def test_a_cancelled_run_is_told_without_alarm() -> None:
    assert judged(status__lastRun=factory.ended("Cancelled")).level == Level.ATTENTION


def test_a_retired_job_is_not_unwell_for_how_its_last_run_ended() -> None:
    row = judged(status__lastRun=factory.ended("Failed"), spec__stage="Retired")

    assert row.level == Level.WELL


def test_a_later_run_on_demand_is_the_last_and_tells_why_it_failed() -> None:
    failed = factory.run(
        condition("Succeeded", "False", "TimedOut", "the run took longer than it may"),
        status__completionTime=(NOW - HOUR / 2).isoformat(),
        status__workflowId="jobrun/ekonomi/idag/run-uid",
    )

    (row,) = jobs.views(factory.seen(factory.job(), runs=(failed,)))

    assert row.last is not None
    assert (row.last.ended, row.last.result) == (NOW - HOUR / 2, "Failed")
    (trouble,) = row.troubles
    assert (trouble.reason, trouble.message) == ("TimedOut", "the run took longer than it may")


def test_of_a_run_that_job_and_jobrun_tell_of_the_jobrun_says_more() -> None:
    told = factory.ended("Failed", workflowId="jobrun/ekonomi/idag/run-uid")
    failed = factory.run(
        condition("Succeeded", "False", "SourceFailed", "no such file"),
        **{f"status__{name}": value for name, value in told.items()},
    )

    (row,) = jobs.views(factory.seen(factory.job(status__lastRun=told), runs=(failed,)))

    assert [(one.reason, one.message) for one in row.troubles] == [("SourceFailed", "no such file")]


def test_a_failed_trial_says_nothing_of_the_job() -> None:
    trial = factory.run(
        condition("Succeeded", "False", "TimedOut"),
        spec__purpose="DryRun",
        status__completionTime=NOW.isoformat(),
    )

    (row,) = jobs.views(factory.seen(factory.job(), runs=(trial,)))

    assert row.level == Level.WELL


@pytest.mark.parametrize(("minutes", "reasons"), [(10, []), (20, ["Overdue"])])
def test_a_next_run_whose_time_is_long_gone_is_overdue(minutes: int, reasons: list[str]) -> None:
    due = NOW - minutes * HOUR / 60
    row = judged(status__nextRunTime=due.isoformat())

    assert [one.reason for one in row.troubles] == reasons


EVERY_NIGHT = {
    "metadata__creationTimestamp": (NOW - 100 * HOUR).isoformat(),
    "spec__schedule": {"cron": "0 2 * * *", "timeZone": "UTC"},
    "status__scheduledSince": (NOW - 90 * HOUR).isoformat(),
    "status__lastRun": factory.ended(startTime=(NOW - 28 * HOUR).isoformat()),
}
"""Due four hours ago, and run the night before."""


def missed(*running: facts.Execution, **changes: Any) -> list[tuple[str, datetime | None, str]]:
    active = factory.ACTIVE | {"lastTransitionTime": (NOW - 90 * HOUR).isoformat()}
    job = factory.job(active, **{**EVERY_NIGHT, **changes})
    (row,) = jobs.views(factory.seen(job, temporal=factory.temporal(running=running)))
    return [(one.reason, one.since, one.remedy) for one in row.troubles]


def test_a_run_that_was_due_and_has_not_begun_is_missed() -> None:
    look = "temporal schedule describe --schedule-id workerjob/ekonomi/avstamning/avstamning-uid"

    assert missed() == [("RunMissed", NOW - 4 * HOUR, look)]


@pytest.mark.parametrize(
    "changes",
    [
        {"status__lastRun": factory.ended(startTime=(NOW - 4 * HOUR).isoformat())},
        {"status__scheduledSince": (NOW - 2 * HOUR).isoformat()},
        {"spec__schedule": {"cron": "55 5 * * *", "timeZone": "UTC"}},
        {"spec__suspend": True},
        {"spec__stage": "Candidate"},
    ],
    ids=["it-began", "the-schedule-is-new", "it-may-still-begin", "suspended", "not-scheduled"],
)
def test_a_run_is_not_missed_that_began_or_was_not_to_begin(changes: dict[str, Any]) -> None:
    assert missed(**changes) == []


def test_a_run_is_not_missed_while_one_is_under_way() -> None:
    under_way = facts.Execution(
        workflow_id="workerjob/ekonomi/avstamning/avstamning-uid-workflow-2026-01-07T02:00:00Z",
        started_at=NOW - 4 * HOUR,
    )

    assert missed(under_way) == []


def test_whether_a_run_was_missed_is_not_said_without_temporal() -> None:
    assert judged(**EVERY_NIGHT).troubles == ()


def test_a_held_job_is_not_overdue() -> None:
    row = judged(
        condition("Suspended", "True", "Held"), status__nextRunTime=(NOW - HOUR).isoformat()
    )

    assert [one.reason for one in row.troubles] == ["Held"]


def test_what_the_ledger_says_of_a_jobs_hours_comes_before_its_status() -> None:
    ledger = facts.Ledger(saved={"avstamning-uid": contract.Saved(net_seconds=5_400)})
    (row,) = jobs.views(factory.seen(factory.job(), ledger=ledger))

    assert (row.saved_seconds, row.saved_hours) == (5_400, "1.5")


def test_on_a_laptop_a_schedule_that_rests_by_itself_is_well() -> None:
    resting = factory.job(condition("Suspended", "True", "Suspended", "spec.suspend is true"))
    (row,) = jobs.views(factory.seen(resting, laptop=factory.LAPTOP))

    assert (row.state, row.level) == ("Ready", Level.WELL)


def test_on_a_laptop_commands_are_those_of_a_laptop() -> None:
    troubled = factory.job(condition("Ready", "False", "WorkerUnavailable"))
    there = factory.seen(troubled, laptop=factory.LAPTOP)
    (row,) = jobs.views(there)
    (elsewhere,) = jobs.views(replace(there, laptop=None))

    assert row.troubles[0].remedy == "see .rpafabrik/dev/logs/worker-ekonomi-ekonomi.log"
    assert elsewhere.troubles[0].remedy == POD_QUERY
