from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from rpafabrik_api import contract
from rpafabrik_platform import benefit
from rpafabrik_platform.ledger import entries
from support import ledger_entries

JOB = contract.Job(
    uid="job-1",
    namespace="ekonomi",
    name="kassaavstamning",
    department="Regionservice ekonomi",
    queue="ekonomi",
    steps=(),
    benefit=contract.Benefit(
        basis=contract.Basis.PER_UNIT,
        baselines=(
            contract.Baseline(valid_from=date(2026, 1, 1), manual_seconds=60),
            contract.Baseline(valid_from=date(2026, 7, 1), manual_seconds=90),
        ),
        unit="item.centre",
    ),
)
# Half past eleven in the evening of 30 June in UTC; July has begun in Stockholm.
SUMMER_NIGHT = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)


TARGETS = contract.Targets(
    hours_per_year=1_700, automation_rate_percent=85, lead_time_seconds=86_400
)


def test_run_keeps_its_job_and_what_is_hoped_for_as_they_are() -> None:
    assert JOB.benefit
    red = replace(JOB.benefit, benefit_class=contract.BenefitClass.RED, targets=TARGETS)
    job = replace(JOB, title="Kassaavstämning", benefit=red)

    run = entries.run(job, "run-1", contract.Purpose.SCHEDULED, SUMMER_NIGHT)

    assert run == replace(
        ledger_entries.run("run-1"),
        title="Kassaavstämning",
        started_at=SUMMER_NIGHT,
        benefit_class=contract.BenefitClass.RED,
        targets=TARGETS,
        plan=entries.Plan(
            job_uid="job-1",
            valid_from=date(2026, 7, 1),
            namespace="ekonomi",
            job="kassaavstamning",
            department="Regionservice ekonomi",
            benefit_class=contract.BenefitClass.RED,
            hours_per_year=1_700,
        ),
    )


@pytest.mark.parametrize("purpose", [contract.Purpose.SHADOW, contract.Purpose.DRY_RUN])
def test_trial_plans_nothing_and_claims_nothing(purpose: contract.Purpose) -> None:
    job = replace(PER_RUN, benefit=replace(PER_RUN_BENEFIT, targets=TARGETS))
    ending = entries.Ending(
        reference="VC001/1",
        outcome=contract.Outcome.COMPLETED,
        completed_at=SUMMER_NIGHT,
        unit="VC001",
        trial=True,
    )

    assert entries.run(job, "run-1", purpose, SUMMER_NIGHT).plan is None
    assert entries.run_end(job, purpose, run_ending(contract.Counts())).claim is None
    assert entries.item(JOB, "run-1", ending).claim is None


PER_RUN_BENEFIT = contract.Benefit(
    basis=contract.Basis.PER_RUN,
    baselines=(
        contract.Baseline(valid_from=date(2026, 1, 1), manual_seconds=1_440),
        contract.Baseline(valid_from=date(2026, 7, 1), manual_seconds=1_800),
    ),
)
PER_RUN = replace(JOB, benefit=PER_RUN_BENEFIT)


def run_ending(
    counts: contract.Counts, result: contract.RunResult = contract.RunResult.SUCCEEDED
) -> entries.RunEnding:
    return entries.RunEnding(run_id="run-1", result=result, finished_at=SUMMER_NIGHT, counts=counts)


@pytest.mark.parametrize(
    "counts",
    [
        contract.Counts(),
        contract.Counts(completed=1, skipped=5),
        contract.Counts(business_exceptions=1, skipped=5),
    ],
)
def test_successful_run_claims_the_baseline_of_the_day_it_ended_on(
    counts: contract.Counts,
) -> None:
    end = entries.run_end(PER_RUN, contract.Purpose.BACKFILL, run_ending(counts))

    assert end == entries.RunEnd(
        run_id="run-1",
        result=contract.RunResult.SUCCEEDED,
        finished_at=SUMMER_NIGHT,
        completed_on=date(2026, 7, 1),
        skipped=counts.skipped,
        claim=benefit.Claim(
            baseline=benefit.Baseline(
                basis=contract.Basis.PER_RUN, manual_seconds=1_800, valid_from=date(2026, 7, 1)
            )
        ),
    )


@pytest.mark.parametrize(
    "ending",
    [
        run_ending(contract.Counts(completed=1), contract.RunResult.FAILED),
        run_ending(contract.Counts(), contract.RunResult.CANCELLED),
        run_ending(contract.Counts(skipped=5)),
    ],
)
def test_run_that_failed_or_only_skipped_claims_nothing(ending: entries.RunEnding) -> None:
    assert entries.run_end(PER_RUN, contract.Purpose.ON_DEMAND, ending).claim is None


def test_job_whose_time_zone_there_is_not_has_its_rows_all_the_same() -> None:
    job = replace(PER_RUN, time_zone="Europe/Lund")

    end = entries.run_end(job, contract.Purpose.SCHEDULED, run_ending(contract.Counts()))

    assert end.completed_on == date(2026, 6, 30)


def test_day_and_baseline_are_those_of_the_jobs_time_zone() -> None:
    ending = entries.Ending(
        reference="VC001/1",
        outcome=contract.Outcome.REVIEWED,
        completed_at=SUMMER_NIGHT,
        unit="VC001",
        person_seconds=30,
    )

    assert entries.item(JOB, "run-1", ending) == entries.Item(
        job_uid="job-1",
        reference="VC001/1",
        run_id="run-1",
        outcome=contract.Outcome.REVIEWED,
        completed_at=SUMMER_NIGHT,
        completed_on=date(2026, 7, 1),
        claim=benefit.Claim(
            baseline=benefit.Baseline(
                basis=contract.Basis.PER_UNIT, manual_seconds=90, valid_from=date(2026, 7, 1)
            ),
            unit="VC001",
        ),
        person_seconds=30,
    )


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Beloppet skiljer sig.", "Beloppet skiljer sig."),
        ("x" * 2000, "x" * 2000),
        ("x" * 2001, "x" * 1999 + "…"),
        ("a\0b\ud800c", "ab?c"),
        ("", None),
        (None, None),
    ],
)
def test_exceptions_message_is_kept_as_far_as_it_can_be(said: str | None, kept: str | None) -> None:
    ending = entries.Ending(
        reference="VC001/1",
        outcome=contract.Outcome.BUSINESS_EXCEPTION,
        completed_at=SUMMER_NIGHT,
        code=said and said[:80],
        message=said,
    )

    item = entries.item(JOB, "run-1", ending)

    assert (item.message, item.claim) == (kept, None)
    assert len(item.code or "") <= 64
