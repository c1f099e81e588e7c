"""Runs under way: each once, whether a resource tells of it, or Temporal, or both."""

import pytest

from rpafabrik_api import contract
from rpafabrik_cli.status import facts, runs, view
from rpafabrik_cli.status.view import Level

from . import factory
from .factory import HOUR, NOW, condition

OF_RUN = "jobrun/ekonomi/idag/run-uid"
OF_SCHEDULE = "workerjob/ekonomi/avstamning/avstamning-uid-workflow-2026-01-07T05:00:00Z"
RUNNING = condition("Succeeded", "Unknown", "Running")
STOPPED = condition("Succeeded", "Unknown", "StoppedOnFailures", "3 failures in a row")


def execution(workflow_id: str, **changes: object) -> facts.Execution:
    counts = contract.Counts(completed=7, business_exceptions=2, application_exceptions=1)
    given = {"counts": counts, "listed": 40, "listing_done": False, **changes}
    progress = contract.Progress(**given)  # type: ignore[arg-type] # fields by name
    return facts.Execution(workflow_id=workflow_id, started_at=NOW - HOUR, progress=progress)


def there(*running: facts.Execution) -> facts.Temporal:
    return factory.temporal(running=running)


def test_a_run_that_its_jobrun_tells_of() -> None:
    run = factory.run(
        RUNNING,
        status__startTime=(NOW - HOUR).isoformat(),
        status__listed=30,
        status__items={"completed": 4, "businessExceptions": 1, "total": 5},
    )

    assert runs.views(factory.seen(factory.job(), runs=(run,))) == (
        view.Run(
            name="avstamning",
            namespace="ekonomi",
            state="Running",
            run="idag",
            workflow_id=OF_RUN,
            started=NOW - HOUR,
            done=5,
            listed=30,
            exceptions=1,
        ),
    )


def test_a_run_that_temporal_tells_of_as_well_is_shown_once_as_temporal_has_it() -> None:
    found = runs.views(
        factory.seen(factory.job(), runs=(factory.run(RUNNING),), temporal=there(execution(OF_RUN)))
    )

    (row,) = found
    assert (row.run, row.done, row.listed, row.exceptions) == ("idag", 10, 40, 3)
    assert row.started == NOW - HOUR


def test_a_run_of_the_schedule_is_known_by_its_id() -> None:
    (row,) = runs.views(factory.seen(factory.job(), temporal=there(execution(OF_SCHEDULE))))

    assert (row.key, row.run, row.workflow_id) == ("ekonomi/avstamning", "", OF_SCHEDULE)
    assert (row.state, row.done, row.listed, row.exceptions) == ("Running", 10, 40, 3)


def test_runs_of_other_factories_in_the_same_temporal_are_not_shown() -> None:
    strangers = (
        execution("jobrun/annan/idag/other-uid"),
        execution("workerjob/ekonomi/avstamning/other-uid-workflow-2026-01-07T05:00:00Z"),
    )

    assert runs.views(factory.seen(factory.job(), temporal=there(*strangers))) == ()


def test_a_run_that_has_ended_is_not_under_way() -> None:
    run = factory.run(condition("Succeeded", "True", "Completed"))

    assert runs.views(factory.seen(factory.job(), runs=(run,))) == ()


def test_a_run_that_temporal_could_not_tell_more_of_is_shown_all_the_same() -> None:
    seen = facts.Execution(workflow_id=OF_SCHEDULE, started_at=NOW - HOUR)
    (row,) = runs.views(factory.seen(factory.job(), temporal=there(seen)))

    assert (row.state, row.done, row.listed, row.exceptions) == ("Running", None, None, None)


@pytest.mark.parametrize(
    ("reason", "level"),
    [
        ("Running", Level.WELL),
        ("Held", Level.WELL),
        ("UnknownJob", Level.UNWELL),
        ("JobNotReady", Level.UNWELL),
        ("TemporalUnavailable", Level.UNWELL),
        ("Pending", Level.UNWELL),
    ],
)
def test_a_run_that_does_not_get_on_is_unwell(reason: str, level: Level) -> None:
    run = factory.run(condition("Succeeded", "Unknown", reason, "as it says"))
    (row,) = runs.views(factory.seen(factory.job(), runs=(run,)))

    assert (row.state, row.level) == (reason, level)
    assert [(one.message, one.since) for one in row.troubles] == (
        [("as it says", NOW - 3 * HOUR)] if level == Level.UNWELL else []
    )


def test_a_run_that_was_just_asked_for_is_no_alarm() -> None:
    run = factory.run(metadata__creationTimestamp=(NOW - HOUR / 60).isoformat())
    (row,) = runs.views(factory.seen(factory.job(), runs=(run,)))

    assert (row.state, row.level) == ("Pending", Level.ATTENTION)


RESUME = "rpafabrik resume avstamning -n ekonomi --who … --why …"


def test_a_stopped_run_tells_how_it_is_resumed() -> None:
    (row,) = runs.views(factory.seen(factory.job(), runs=(factory.run(STOPPED),)))

    assert [(one.reason, one.remedy) for one in row.troubles] == [("StoppedOnFailures", RESUME)]


def test_a_stopped_run_of_the_schedule_tells_it_too() -> None:
    stopped = execution(OF_SCHEDULE, stopped_because="3 failures in a row")
    (row,) = runs.views(factory.seen(factory.job(), temporal=there(stopped)))

    assert (row.state, row.level) == ("StoppedOnFailures", Level.UNWELL)
    assert [(one.message, one.remedy) for one in row.troubles] == [("3 failures in a row", RESUME)]


def test_a_stop_that_the_job_tells_of_is_told_once() -> None:
    job = factory.job(condition("Stopped", "True", "StoppedOnFailures"))
    stopped = execution(OF_SCHEDULE, stopped_because="3 failures in a row")
    found = runs.views(factory.seen(job, runs=(factory.run(STOPPED),), temporal=there(stopped)))

    assert [(row.level, row.troubles) for row in found] == [(Level.UNWELL, ())] * 2
