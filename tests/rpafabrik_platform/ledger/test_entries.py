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


def test_run_keeps_its_job_as_it_is() -> None:
    run = entries.run(JOB, "run-1", contract.Purpose.SCHEDULED, ledger_entries.NOON)

    assert run == ledger_entries.run("run-1")


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
        claim=benefit.Claim(basis=contract.Basis.PER_UNIT, manual_seconds=90, per=1, unit="VC001"),
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
