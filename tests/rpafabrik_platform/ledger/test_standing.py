"""How a job stands by its runs: what its status tells once a run has closed."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from rpafabrik_api import contract, health
from rpafabrik_platform.ledger import store
from support import ledger_entries
from support.ledger_entries import DONE, NOON

DAY = timedelta(days=1)
SUCCEEDED, FAILED = contract.RunResult.SUCCEEDED, contract.RunResult.FAILED
WITH_ERRORS = contract.RunResult.COMPLETED_WITH_ERRORS
CANCELLED = contract.RunResult.CANCELLED


def runs(ledger: store.Ledger, *results: contract.RunResult, job_uid: str = "job-7") -> None:
    """One run a day, from the first on."""
    for day, result in enumerate(results):
        run_id = f"{job_uid}/{day}"
        begun = replace(ledger_entries.run(run_id, job_uid=job_uid), started_at=NOON + day * DAY)
        ledger.open_run(begun)
        ledger.close_run(ledger_entries.ended(run_id, result, at=DONE + day * DAY))


@pytest.mark.parametrize(
    ("results", "standing"),
    [
        ((), contract.Standing()),
        ((CANCELLED,), contract.Standing()),
        ((SUCCEEDED,), contract.Standing(last_success=DONE, succeeded=1)),
        ((FAILED, FAILED), contract.Standing(failed=2, failed_in_a_row=2)),
        (
            (FAILED, WITH_ERRORS, FAILED, CANCELLED, FAILED),
            contract.Standing(last_success=DONE + DAY, succeeded=1, failed=3, failed_in_a_row=2),
        ),
        (
            (SUCCEEDED, *[FAILED] * 25),
            contract.Standing(last_success=DONE, failed=20, failed_in_a_row=25),
        ),
        (
            (*[FAILED] * 5, *[SUCCEEDED] * 19, FAILED),
            contract.Standing(
                last_success=DONE + 23 * DAY, succeeded=19, failed=1, failed_in_a_row=1
            ),
        ),
    ],
)
def test_a_job_stands_as_its_last_runs_ended(
    ledger: store.Ledger, results: tuple[contract.RunResult, ...], standing: contract.Standing
) -> None:
    runs(ledger, SUCCEEDED, job_uid="another")
    runs(ledger, *results)

    assert ledger.standing("job-7") == standing


def test_trials_say_nothing_of_a_job(ledger: store.Ledger) -> None:
    trial = replace(ledger_entries.run("trial", job_uid="job-7"), purpose=contract.Purpose.SHADOW)
    ledger.open_run(trial)
    ledger.close_run(ledger_entries.ended("trial", FAILED))

    assert ledger.standing("job-7") == contract.Standing()


def test_another_run_under_way_is_open_since_it_began_unless_a_later_one_has_ended(
    ledger: store.Ledger,
) -> None:
    runs(ledger, SUCCEEDED, SUCCEEDED)
    begun = replace(ledger_entries.run("now", job_uid="job-7"), started_at=NOON + 9 * DAY)
    terminated = replace(ledger_entries.run("lost", job_uid="job-7"), started_at=NOON - DAY)
    for one in (begun, terminated):
        ledger.open_run(one)

    assert ledger.standing("job-7").oldest_open == NOON + 9 * DAY


def test_item_that_somebody_re_queued_is_open_since_then(ledger: store.Ledger) -> None:
    failed = contract.Outcome.APPLICATION_EXCEPTION
    for run_id in ("run-1", "run-2"):
        ledger.close_run(ledger_entries.ended(run_id))

    def open_since() -> list[datetime | None]:
        (told,) = ledger.export(date(2026, 3, 2)).opened
        return [told["since"], ledger.standing("job-1").oldest_open]

    for day, run_id in [(1, "run-1"), (150, "run-2")]:
        item = ledger_entries.item("a", run_id=run_id, outcome=failed)
        ledger.record(replace(item, payload="{}"))
        ledger.requeue(ledger_entries.requeue("a", at=NOON + day * DAY))
        assert open_since() == [NOON + day * DAY] * 2
    ledger.record(replace(ledger_entries.item("b", outcome=failed), payload="{}"))
    ledger.requeue(ledger_entries.requeue("b", at=NOON + 149 * DAY))

    assert open_since() == [NOON + 149 * DAY] * 2


def test_what_status_and_metrics_tell_of_a_job_is_the_same(ledger: store.Ledger) -> None:
    results = [SUCCEEDED, FAILED, WITH_ERRORS, *[SUCCEEDED, FAILED] * 12, CANCELLED, FAILED]
    runs(ledger, *results)

    standing = ledger.standing("job-7")
    exported = ledger.export(date(2026, 3, 2))

    (recent,), (success,) = exported.recent, exported.successes
    assert (recent["succeeded"], recent["failed"]) == (standing.succeeded, standing.failed)
    assert standing.succeeded + standing.failed == health.RECENT_RUNS
    told: tuple[datetime | None, int] = (success["finished_at"], success["failed"])
    assert told == (standing.last_success, standing.failed_in_a_row)
