"""Shadow and dry runs: all steps are done, nothing counts, and nothing is used up."""

from dataclasses import replace

import pytest

from rpafabrik_api import contract
from rpafabrik_platform.ledger import store
from support import jobs
from support.factory import Factory

pytestmark = pytest.mark.server

TRIALS = [contract.Purpose.SHADOW, contract.Purpose.DRY_RUN]
PER_RUN = replace(jobs.BENEFIT, basis=contract.Basis.PER_RUN)


@pytest.mark.parametrize("mode", contract.Mode)
@pytest.mark.parametrize("purpose", TRIALS)
async def test_trial_does_what_is_done_already_and_uses_nothing_up(
    factory: Factory, purpose: contract.Purpose, mode: contract.Mode
) -> None:
    given = [jobs.item("a"), jobs.item("b", do="refuse"), jobs.item("a")]
    items = contract.Items(source=jobs.SOURCE, reference="item.id", mode=mode)
    job = jobs.job(items=items)
    await factory.run(job, [jobs.item("a")])

    trials = [await factory.run(job, given, pageSize=2, purpose=purpose) for _ in range(2)]
    real = await factory.run(job, given, pageSize=2)

    counts = contract.Counts(completed=1, business_exceptions=1, skipped=1)
    assert [(trial.counts, trial.saved, trial.purpose) for trial in trials] == [
        (counts, contract.Saved(), purpose)
    ] * 2
    assert [factory.counts(trial.run_id) for trial in trials] == [counts] * 2
    assert real.counts == contract.Counts(business_exceptions=1, skipped=2)
    assert factory.rows() == {
        "a": ("Completed", None, None),
        "b": ("BusinessException", "MissingDeposit", "no deposit that day"),
    }
    assert real.job_saved == contract.Saved(gross_seconds=600, net_seconds=600)


async def test_trial_and_real_run_of_one_item_go_on_side_by_side(factory: Factory) -> None:
    item = jobs.item("a", seconds=1)
    real = await factory.start(jobs.job(), items=[item])
    trial = await factory.start(jobs.job(), items=[item], purpose=contract.Purpose.SHADOW)

    assert [(await one.result()).counts for one in (real, trial)] == [
        contract.Counts(completed=1)
    ] * 2
    keys = {line["key"] for line in factory.seen() if line.get("event") == "begin"}
    assert len(keys) == 2


async def test_activities_and_expressions_of_a_trial_know_that_it_is_one(factory: Factory) -> None:
    finish = contract.ActivityCall(
        activity="finish", input={"witness": "${input.witness}", "purpose": "${run.purpose}"}
    )
    guarded = jobs.work("guarded", when="run.purpose != 'Shadow'")
    job = jobs.job(jobs.work(), guarded, on_completion=finish)

    for purpose in (contract.Purpose.SHADOW, contract.Purpose.BACKFILL):
        await factory.run(job, jobs.items(1), purpose=purpose)

    begun = [
        (line["step"], line["trial"]) for line in factory.seen() if line.get("event") == "begin"
    ]
    assert begun == [("work", True), ("work", False), ("guarded", False)]
    ended = [
        (line["finish"]["purpose"], line["trial"]) for line in factory.seen() if "finish" in line
    ]
    assert ended == [("Shadow", True), ("Backfill", False)]


async def test_run_counts_by_itself_unless_it_is_a_trial_or_run_again(factory: Factory) -> None:
    job = jobs.job(benefit=PER_RUN)

    summaries = [
        await factory.run(job, jobs.items(1), purpose=purpose)
        for purpose in (*TRIALS, contract.Purpose.BACKFILL, contract.Purpose.ON_DEMAND)
    ]

    assert [summary.saved.gross_seconds for summary in summaries] == [0, 0, 600, 0]
    assert summaries[-1].job_saved == contract.Saved(gross_seconds=600, net_seconds=600)


async def test_arrival_of_an_item_is_kept_and_one_that_is_no_time_stops_it(
    factory: Factory,
) -> None:
    items = contract.Items(source=jobs.SOURCE, reference="item.id", arrived_at="item.at")
    given = [
        {**jobs.item("date"), "at": "2026-03-02"},
        {**jobs.item("time"), "at": "2026-03-02T06:00:00Z"},
        {**jobs.item("broken"), "at": "igår"},
    ]

    await factory.run(jobs.job(items=items), given)

    with store.open_ledger(factory.ledger) as ledger, ledger._transaction() as connection:
        found = connection.exec_driver_sql("SELECT reference, arrived_at FROM items").all()
    assert {reference: at and at[:19] for reference, at in found} == {
        "date": "2026-03-01 23:00:00",
        "time": "2026-03-02 06:00:00",
        "broken": None,
    }
    assert factory.rows()["broken"] == (
        "ApplicationException",
        "ExpressionError",
        "items.arrivedAt: 'item.at' must give a date or a time such as 2026-03-02T06:00:00+01:00",
    )
    assert factory.begun().count("broken") == 0
