from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa

from rpafabrik_api import contract
from rpafabrik_platform.ledger import entries, errors, schema, store
from support import ledger_entries


def stored(ledger: store.Ledger, table: sa.Table) -> list[dict[str, object]]:
    with ledger._engine.connect() as connection:
        return [dict(row) for row in connection.execute(table.select()).mappings()]


def test_item_is_written_whole(ledger: store.Ledger) -> None:
    claim = ledger_entries.per_unit("VC001", 6_120_000, 37_250)
    item = replace(
        ledger_entries.item("VC001/é"),
        outcome=contract.Outcome.REVIEWED,
        arrived_at=datetime(2026, 2, 27, 8, 0, tzinfo=UTC),
        claim=claim,
        person_seconds=90,
        code="AmountDiffers",
        message="Beloppet skiljer sig.",
        completed_at=datetime(2026, 3, 2, 0, 30, tzinfo=timezone(timedelta(hours=1))),
    )

    ledger.record(item)

    assert stored(ledger, schema.items) == [
        {
            "job_uid": "job-1",
            "reference": "VC001/é",
            "run_id": "run-1",
            "outcome": "Reviewed",
            "arrived_at": datetime(2026, 2, 27, 8, 0, tzinfo=UTC),
            "completed_at": datetime(2026, 3, 1, 23, 30, tzinfo=UTC),
            "completed_on": item.completed_on,
            "baseline": claim.baseline.key,
            "unit": "VC001",
            "person_seconds": 90,
            "code": "AmountDiffers",
            "message": "Beloppet skiljer sig.",
            "step": None,
            "attempts": None,
        }
    ]
    assert stored(ledger, schema.baselines) == [
        {
            "id": claim.baseline.key,
            "basis": "PerUnit",
            "period": None,
            "manual_seconds": 6_120_000,
            "per": 37_250,
            "valid_from": date(2026, 1, 1),
            "source": None,
            "approved_by": None,
        }
    ]


def test_run_is_written_whole(ledger: store.Ledger) -> None:
    targets = contract.Targets(automation_rate_percent=85, lead_time_seconds=86_400)
    run = replace(
        ledger_entries.run("run-3"),
        title="Kassaavstämning",
        benefit_class=contract.BenefitClass.YELLOW,
        targets=targets,
    )
    claim = ledger_entries.per_period("2026-W10", 37_800)
    ledger.open_run(run)

    ledger.close_run(ledger_entries.ended("run-3", skipped=4, claim=claim))

    assert stored(ledger, schema.runs)[-1] == {
        "run_id": "run-3",
        "job_uid": "job-1",
        "namespace": "ekonomi",
        "job": "kassaavstamning",
        "title": "Kassaavstämning",
        "department": "Regionservice ekonomi",
        "benefit_class": "Yellow",
        "automation_target_percent": 85,
        "lead_target_seconds": 86_400,
        "purpose": "Scheduled",
        "started_at": ledger_entries.NOON,
        "finished_at": ledger_entries.DONE,
        "completed_on": date(2026, 3, 2),
        "result": "Succeeded",
        "skipped": 4,
        "listed": None,
        "expected_min": None,
        "expected_max": None,
        "baseline": claim.baseline.key,
        "period": "2026-W10",
    }


def test_repeated_call_changes_nothing(ledger: store.Ledger) -> None:
    def everything() -> None:
        ledger.open_run(ledger_entries.run("run-1"))
        ledger.record(ledger_entries.item("VC001", claim=ledger_entries.per_item(300)))
        ledger.close_run(ledger_entries.ended("run-1", contract.RunResult.SUCCEEDED, skipped=1))

    everything()
    before = stored(ledger, schema.runs), stored(ledger, schema.items)
    everything()

    assert (stored(ledger, schema.runs), stored(ledger, schema.items)) == before


def test_run_opened_again_after_its_end_stays_closed(ledger: store.Ledger) -> None:
    ledger.close_run(ledger_entries.ended("run-1", contract.RunResult.FAILED))

    ledger.open_run(replace(ledger_entries.run("run-1"), department="Omdöpt"))

    assert {
        row["run_id"]: (row["department"], row["result"]) for row in stored(ledger, schema.runs)
    }["run-1"] == ("Regionservice ekonomi", "Failed")


def test_reset_run_has_ended_as_it_did_last(ledger: store.Ledger) -> None:
    ledger.record(ledger_entries.item("VC001", claim=ledger_entries.per_unit("VC001", 60)))
    ledger.close_run(ledger_entries.ended("run-1", contract.RunResult.FAILED))

    ledger.close_run(ledger_entries.ended("run-1", contract.RunResult.SUCCEEDED))

    assert ledger.saved_by_run("run-1") == contract.Saved(gross_seconds=60, net_seconds=60)


def test_record_returns_what_was_written(ledger: store.Ledger) -> None:
    recorded = ledger.record(ledger_entries.item("VC001"))

    assert recorded == entries.Recorded(run_id="run-1", outcome=contract.Outcome.COMPLETED)


def test_what_the_same_run_wrote_first_stands(ledger: store.Ledger) -> None:
    ledger.record(ledger_entries.item("VC001"))

    again = ledger.record(ledger_entries.item("VC001", outcome=contract.Outcome.ABANDONED))

    assert again == entries.Recorded(run_id="run-1", outcome=contract.Outcome.COMPLETED)


def test_item_of_another_run_is_told(ledger: store.Ledger) -> None:
    ledger.record(ledger_entries.item("VC001", run_id="run-1"))

    late = ledger.record(
        ledger_entries.item("VC001", run_id="run-2", outcome=contract.Outcome.APPLICATION_EXCEPTION)
    )

    assert late == entries.Recorded(run_id="run-1", outcome=contract.Outcome.COMPLETED)
    assert ledger.counts_by_run("run-2") == contract.Counts()


def test_jobs_do_not_share_references(ledger: store.Ledger) -> None:
    ledger.open_run(ledger_entries.run("other", job_uid="job-2"))
    ledger.record(ledger_entries.item("VC001"))

    other = ledger.record(ledger_entries.item("VC001", run_id="other", job_uid="job-2"))

    assert other.run_id == "other"


def test_many_are_told_apart_in_the_order_given(ledger: store.Ledger) -> None:
    ledger.record(ledger_entries.item("b", run_id="run-2"))

    told = ledger.record_many([ledger_entries.item(reference) for reference in "cbac"])

    assert [recorded.run_id for recorded in told] == ["run-1", "run-2", "run-1", "run-1"]


def test_of_many_all_are_written_or_none(ledger: store.Ledger) -> None:
    good, bad = ledger_entries.item("a"), ledger_entries.item("b", run_id="never opened")

    with pytest.raises(errors.LedgerRefused):
        ledger.record_many([good, bad])

    assert ledger.seen("job-1", ["a", "b"]) == set()


def test_nothing_to_record_is_no_error(ledger: store.Ledger) -> None:
    assert ledger.record_many([]) == []


def test_seen_knows_every_run_of_the_job_and_no_other_job(ledger: store.Ledger) -> None:
    ledger.open_run(ledger_entries.run("other", job_uid="job-2"))
    ledger.record(ledger_entries.item("a", run_id="run-1"))
    ledger.record(
        ledger_entries.item("b", run_id="run-2", outcome=contract.Outcome.BUSINESS_EXCEPTION)
    )
    ledger.record(ledger_entries.item("c", run_id="other", job_uid="job-2"))

    assert ledger.seen("job-1", ["a", "b", "c", "d"]) == {"a", "b"}


def test_seen_takes_ten_thousand_references(ledger: store.Ledger) -> None:
    references = [f"VC{number:05}" for number in range(10_000)]
    ledger.record_many([ledger_entries.item(reference) for reference in references[::2]])

    assert ledger.seen("job-1", references) == set(references[::2])


def test_counts_hold_every_outcome(ledger: store.Ledger) -> None:
    outcomes = [outcome for outcome in contract.Outcome if outcome != contract.Outcome.SKIPPED]
    for times, outcome in enumerate(outcomes, start=1):
        for number in range(times):
            ledger.record(ledger_entries.item(f"{outcome}-{number}", outcome=outcome))
    ledger.close_run(ledger_entries.ended("run-1", contract.RunResult.SUCCEEDED, skipped=6))

    assert ledger.counts_by_run("run-1") == contract.Counts(
        completed=1,
        reviewed=2,
        business_exceptions=3,
        application_exceptions=4,
        abandoned=5,
        skipped=6,
    )


def test_unknown_run_and_job_have_nothing(ledger: store.Ledger) -> None:
    assert ledger.counts_by_run("none") == contract.Counts()
    assert ledger.saved_by_run("none") == contract.Saved()
    assert ledger.saved_by_job("none") == contract.Saved()


def test_item_needs_its_run(ledger: store.Ledger) -> None:
    with pytest.raises(errors.LedgerRefused, match=r"(?i)foreign key"):
        ledger.record(ledger_entries.item("VC001", run_id="never opened"))


def test_run_that_was_never_opened_cannot_be_closed(ledger: store.Ledger) -> None:
    with pytest.raises(errors.LedgerRefused, match="run nope must be opened"):
        ledger.close_run(ledger_entries.ended("nope", contract.RunResult.FAILED))


@pytest.mark.parametrize(
    ("changed", "broken"),
    [
        ({"claim": ledger_entries.per_item(60, 0)}, "baselines_bounds"),
        (
            {
                "claim": ledger_entries.per_item(60),
                "outcome": contract.Outcome.APPLICATION_EXCEPTION,
            },
            "items_claim_earned",
        ),
        ({"outcome": contract.Outcome.SKIPPED}, "items_outcome_final"),
    ],
)
def test_database_itself_refuses_a_row_that_would_falsify_a_figure(
    ledger: store.Ledger, changed: dict[str, Any], broken: str
) -> None:
    with pytest.raises(errors.LedgerRefused, match=f"ck_{broken}"):
        ledger.record(replace(ledger_entries.item(), **changed))


def plan(day: int, hours: int | None, department: str = "Regionservice ekonomi") -> entries.Plan:
    return entries.Plan(
        job_uid="job-1",
        valid_from=date(2026, 3, day),
        namespace="ekonomi",
        job="kassaavstamning",
        department=department,
        benefit_class=contract.BenefitClass.YELLOW,
        hours_per_year=hours,
    )


def test_plan_is_written_when_it_says_something_new(ledger: store.Ledger) -> None:
    told = [
        plan(1, None),
        plan(2, 1_700),
        plan(3, 1_700),
        plan(4, 1_800),
        plan(4, 1_900),
        plan(5, 1_900, "Omdöpt"),
        plan(6, None, "Omdöpt"),
    ]

    for number, one in enumerate(told):
        ledger.open_run(replace(ledger_entries.run(f"run/{number}"), plan=one))

    assert [
        (row["valid_from"], row["department"], row["hours_per_year"])
        for row in stored(ledger, schema.plans)
    ] == [
        (date(2026, 3, 2), "Regionservice ekonomi", 1_700),
        (date(2026, 3, 4), "Regionservice ekonomi", 1_900),
        (date(2026, 3, 5), "Omdöpt", 1_900),
        (date(2026, 3, 6), "Omdöpt", None),
    ]
