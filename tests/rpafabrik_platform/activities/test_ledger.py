"""What the platform's activities write, in a real ledger."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rpafabrik_api import contract
from rpafabrik_platform.activities import calls
from rpafabrik_platform.activities.ledger import LedgerActivities
from rpafabrik_platform.ledger import errors, store
from support import jobs

AT = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
OPENING = calls.Opening(
    job=jobs.job(), run_id="run/1", purpose=contract.Purpose.SCHEDULED, started_at=AT
)
ENDING = calls.Ending(
    job=jobs.job(),
    run_id="run/1",
    reference="a",
    outcome=contract.Outcome.COMPLETED,
    completed_at=AT,
)


@pytest.fixture
def activities(tmp_path: Path) -> Iterator[LedgerActivities]:
    with store.open_ledger(f"sqlite:///{tmp_path}/ledger.db") as ledger:
        activities = LedgerActivities(ledger)
        activities.open_run(OPENING)
        activities.open_run(replace(OPENING, run_id="run/2"))
        yield activities


def test_item_recorded_again_stands_as_it_stood(activities: LedgerActivities) -> None:
    first = activities.record_item(ENDING)
    again = activities.record_item(replace(ENDING, outcome=contract.Outcome.ABANDONED))

    assert (first, again) == (contract.Outcome.COMPLETED, contract.Outcome.COMPLETED)


def test_item_that_another_run_has_recorded_is_skipped(activities: LedgerActivities) -> None:
    activities.record_item(ENDING)

    outcome = activities.record_item(replace(ENDING, run_id="run/2"))

    assert outcome is contract.Outcome.SKIPPED


def test_closed_run_tells_what_it_and_its_job_have_saved_and_how_the_job_stands(
    activities: LedgerActivities,
) -> None:
    activities.record_item(ENDING)
    activities.record_item(replace(ENDING, reference="b", run_id="run/2"))
    closing = calls.Closing(
        job=jobs.job(),
        run_id="run/2",
        purpose=contract.Purpose.SCHEDULED,
        result=contract.RunResult.SUCCEEDED,
        finished_at=AT,
        counts=contract.Counts(skipped=1),
    )

    assert activities.close_run(closing) == calls.Saved(
        run=contract.Saved(gross_seconds=600, net_seconds=600),
        job=contract.Saved(gross_seconds=1200, net_seconds=1200),
        standing=contract.Standing(last_success=AT, succeeded=1),
    )


def test_trial_tells_nothing_of_how_its_job_stands(activities: LedgerActivities) -> None:
    trial = contract.Purpose.SHADOW
    activities.open_run(calls.Opening(job=jobs.job(), run_id="run/3", purpose=trial, started_at=AT))
    closing = calls.Closing(
        job=jobs.job(),
        run_id="run/3",
        purpose=trial,
        result=contract.RunResult.SUCCEEDED,
        finished_at=AT,
        counts=contract.Counts(),
    )

    assert activities.close_run(closing).standing is None


def test_refusal_has_the_name_that_stops_retries(activities: LedgerActivities) -> None:
    with pytest.raises(errors.LedgerRefused) as raised:
        activities.close_run(
            calls.Closing(
                job=jobs.job(),
                run_id="never opened",
                purpose=contract.Purpose.SCHEDULED,
                result=contract.RunResult.FAILED,
                finished_at=AT,
                counts=contract.Counts(),
            )
        )

    assert type(raised.value).__name__ == calls.LEDGER_REFUSED
