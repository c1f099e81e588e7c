"""The SQL of the figures, against the same rules written out in Python."""

import itertools
import uuid
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rpafabrik_api import contract
from rpafabrik_api.contract import Outcome, RunResult
from rpafabrik_platform import benefit
from rpafabrik_platform.ledger import entries, figures, schema, store
from rpafabrik_platform.ledger.scope import Scope
from support import ledger_entries


def test_per_item_counts_every_completed_item_of_any_run(ledger: store.Ledger) -> None:
    for reference, run_id in [("a", "run-1"), ("b", "run-1"), ("c", "run-2")]:
        ledger.record(
            ledger_entries.item(
                reference, run_id=run_id, claim=ledger_entries.per_item(7_560_000, 25_000)
            )
        )
    ledger.close_run(ledger_entries.ended("run-1", RunResult.FAILED, skipped=100))

    # 302.4 s each: two give 604.8, three give 907.2. The failed run and the open one count.
    assert ledger.saved_by_run("run-1") == contract.Saved(gross_seconds=605, net_seconds=605)
    assert ledger.saved_by_job("job-1") == contract.Saved(gross_seconds=907, net_seconds=907)


def test_per_unit_counts_each_unit_once_per_successful_run(ledger: store.Ledger) -> None:
    for number, (unit, run_id) in enumerate(
        [("VC1", "run-1"), ("VC1", "run-1"), ("VC2", "run-1"), ("VC1", "run-2")]
    ):
        ledger.record(
            ledger_entries.item(
                f"register-{number}", run_id=run_id, claim=ledger_entries.per_unit(unit, 100)
            )
        )
    before_any_end = ledger.saved_by_job("job-1")
    ledger.close_run(ledger_entries.ended("run-1", RunResult.SUCCEEDED))
    ledger.close_run(ledger_entries.ended("run-2", RunResult.CANCELLED))

    assert before_any_end == contract.Saved()
    assert ledger.saved_by_job("job-1") == contract.Saved(gross_seconds=200, net_seconds=200)
    assert ledger.saved_by_run("run-2") == contract.Saved()


def test_unit_whose_items_end_on_two_days_has_the_later_ones_baseline(
    ledger: store.Ledger,
) -> None:
    late = ledger_entries.item("late", claim=ledger_entries.per_unit("VC1", 50))
    early = ledger_entries.item("early", claim=ledger_entries.per_unit("VC1", 900))
    ledger.record(replace(late, completed_at=late.completed_at + timedelta(days=1)))
    ledger.record(early)
    ledger.close_run(ledger_entries.ended("run-1", RunResult.SUCCEEDED))

    assert ledger.saved_by_run("run-1") == contract.Saved(gross_seconds=50, net_seconds=50)


def test_per_run_counts_each_run_that_has_its_claim(ledger: store.Ledger) -> None:
    ledger.close_run(ledger_entries.ended("run-1", claim=ledger_entries.per_run(24 * 60)))
    ledger.close_run(ledger_entries.ended("run-2", RunResult.FAILED))

    assert ledger.saved_by_run("run-1") == contract.Saved(gross_seconds=1440, net_seconds=1440)
    assert ledger.saved_by_job("job-1") == contract.Saved(gross_seconds=1440, net_seconds=1440)


def test_per_period_the_first_successful_run_counts_and_no_other(ledger: store.Ledger) -> None:
    for run_id, later in [("run-2", 1), ("run-1", 0)]:
        ended = ledger_entries.ended(run_id, claim=ledger_entries.per_period("2026-W10", 37_800))
        ledger.close_run(replace(ended, finished_at=ended.finished_at + timedelta(hours=later)))

    assert ledger.saved_by_run("run-1") == contract.Saved(gross_seconds=37_800, net_seconds=37_800)
    assert ledger.saved_by_run("run-2") == contract.Saved()
    assert ledger.saved_by_job("job-1") == contract.Saved(gross_seconds=37_800, net_seconds=37_800)


def test_period_whose_first_run_is_reset_and_fails_counts_by_the_next(
    ledger: store.Ledger,
) -> None:
    claim = ledger_entries.per_period("2026-W10", 37_800)
    ledger.close_run(ledger_entries.ended("run-1", claim=claim))
    ledger.close_run(ledger_entries.ended("run-2", claim=claim))

    ledger.close_run(ledger_entries.ended("run-1", RunResult.FAILED))

    assert ledger.saved_by_run("run-1") == contract.Saved()
    assert ledger.saved_by_run("run-2") == contract.Saved(gross_seconds=37_800, net_seconds=37_800)


def test_trial_saves_nothing_and_does_nothing(ledger: store.Ledger) -> None:
    for run_id in ("shadow-1", "shadow-2"):
        opened = replace(ledger_entries.run(run_id), purpose=contract.Purpose.SHADOW)
        ledger.open_run(opened)
    shadowed = replace(ledger_entries.item("VC001", run_id="shadow-1"), trial=True)

    first = ledger.record_many([shadowed, replace(shadowed, run_id="shadow-2")])
    ledger.close_run(ledger_entries.ended("shadow-1"))

    assert [recorded.run_id for recorded in first] == ["shadow-1", "shadow-2"]
    assert ledger.seen("job-1", ["VC001"]) == set()
    assert ledger.counts_by_run("shadow-1") == contract.Counts(completed=1)
    assert ledger.saved_by_job("job-1") == contract.Saved()
    assert ledger.record(ledger_entries.item("VC001")).run_id == "run-1"


@pytest.mark.parametrize(
    ("purpose", "result"),
    [
        (contract.Purpose.SHADOW, RunResult.SUCCEEDED),
        (contract.Purpose.DRY_RUN, RunResult.SUCCEEDED),
        (contract.Purpose.SCHEDULED, RunResult.FAILED),
    ],
)
@pytest.mark.parametrize(
    "claim", [ledger_entries.per_run(60), ledger_entries.per_period("2026-W10", 60)]
)
def test_claim_that_a_run_has_not_earned_counts_for_nothing(
    ledger: store.Ledger, purpose: contract.Purpose, result: RunResult, claim: benefit.Claim
) -> None:
    ledger.open_run(replace(ledger_entries.run("run-3"), purpose=purpose))

    ledger.close_run(ledger_entries.ended("run-3", result, claim=claim))

    assert ledger.saved_by_job("job-1") == contract.Saved()


def test_time_of_people_is_subtracted_whatever_the_outcome(ledger: store.Ledger) -> None:
    exception = ledger_entries.item("a", outcome=Outcome.BUSINESS_EXCEPTION)
    ledger.record(replace(exception, person_seconds=120))
    ledger.record(ledger_entries.item("b", claim=ledger_entries.per_item(100)))

    assert ledger.saved_by_run("run-1") == contract.Saved(gross_seconds=100, net_seconds=-20)


def test_time_of_people_on_an_ending_that_was_superseded_was_spent_all_the_same(
    ledger: store.Ledger,
) -> None:
    exception = ledger_entries.item("a", outcome=Outcome.BUSINESS_EXCEPTION)
    ledger.record(replace(exception, person_seconds=120))
    ledger.requeue(ledger_entries.requeue("a"))
    ledger.record(ledger_entries.item("a", run_id="run-2", claim=ledger_entries.per_item(100)))

    assert ledger.saved_by_job("job-1") == contract.Saved(gross_seconds=100, net_seconds=-20)
    assert ledger.saved_by_run("run-1") == contract.Saved(gross_seconds=0, net_seconds=-120)


def test_requeued_item_of_a_closed_run_is_no_longer_in_its_tallies(
    ledger: store.Ledger, engine: sa.Engine
) -> None:
    for reference in ("a", "b"):
        exception = ledger_entries.item(reference, outcome=Outcome.BUSINESS_EXCEPTION)
        ledger.record(replace(exception, person_seconds=120))
    ledger.close_run(ledger_entries.ended("run-1"))

    ledger.requeue(ledger_entries.requeue("a"))

    tally = schema.tallies.c
    with engine.connect() as connection:
        asked = sa.select(tally["items"], tally.superseded, tally.person_seconds)
        found = connection.execute(asked).all()
    assert found == [(1, 1, 240)]
    assert ledger.saved_by_job("job-1") == contract.Saved(gross_seconds=0, net_seconds=-240)


def unit_fails(ledger: store.Ledger, *references: str, run_id: str = "run-1") -> None:
    """Items of a unit that fail in a run and are re-queued."""
    failed = Outcome.APPLICATION_EXCEPTION
    for reference in references:
        ledger.record(ledger_entries.item(reference, run_id=run_id, outcome=failed))
    ledger.requeue(ledger_entries.requeue(*references))


def unit_done(ledger: store.Ledger, *references: str, run_id: str = "run-1") -> None:
    claim = ledger_entries.per_unit("VC2", 100)
    for reference in references:
        ledger.record(ledger_entries.item(reference, run_id=run_id, claim=claim))


ONE_UNIT = contract.Saved(gross_seconds=100, net_seconds=100)


def test_unit_that_counts_in_a_run_counts_for_no_other_that_does_the_rest_of_it(
    ledger: store.Ledger,
) -> None:
    unit_done(ledger, "K1")
    unit_fails(ledger, "K2", "K3")
    ledger.close_run(ledger_entries.ended("run-1"))
    unit_done(ledger, "K2", run_id="run-2")
    unit_fails(ledger, "K3", run_id="run-2")
    ledger.close_run(ledger_entries.ended("run-2"))
    ledger.open_run(ledger_entries.run("run-3"))
    unit_done(ledger, "K3", run_id="run-3")
    ledger.close_run(ledger_entries.ended("run-3"))

    assert ledger.saved_by_run("run-1") == ledger.saved_by_job("job-1") == ONE_UNIT


def test_unit_that_failed_whole_counts_in_the_first_run_that_does_some_of_it(
    ledger: store.Ledger,
) -> None:
    unit_fails(ledger, "K1", "K2")
    ledger.close_run(ledger_entries.ended("run-1"))
    ledger.open_run(ledger_entries.run("run-3"))
    unit_done(ledger, "K1", run_id="run-2")
    unit_done(ledger, "K2", run_id="run-3")
    ledger.close_run(ledger_entries.ended("run-3"))
    ledger.close_run(ledger_entries.ended("run-2", at=ledger_entries.DONE - timedelta(minutes=1)))

    assert ledger.saved_by_run("run-2") == ledger.saved_by_job("job-1") == ONE_UNIT


def test_unit_of_a_run_that_does_the_rest_of_an_earlier_one_counts_by_its_own_items(
    ledger: store.Ledger,
) -> None:
    unit_done(ledger, "K1/monday")
    unit_fails(ledger, "K2/monday")
    ledger.close_run(ledger_entries.ended("run-1"))
    unit_done(ledger, "K2/monday", run_id="run-2")
    unit_fails(ledger, "K1/tuesday", run_id="run-2")
    ledger.close_run(ledger_entries.ended("run-2"))
    monday = ledger.saved_by_job("job-1")
    ledger.open_run(ledger_entries.run("run-3"))
    unit_done(ledger, "K1/tuesday", run_id="run-3")
    ledger.close_run(ledger_entries.ended("run-3"))

    assert monday == ONE_UNIT
    assert ledger.saved_by_run("run-3") == ONE_UNIT
    assert ledger.saved_by_job("job-1") == contract.Saved(gross_seconds=200, net_seconds=200)


def test_unit_counts_where_its_rest_was_done_once_its_run_is_reset_and_fails(
    ledger: store.Ledger,
) -> None:
    unit_done(ledger, "K1")
    unit_fails(ledger, "K2")
    ledger.close_run(ledger_entries.ended("run-1"))
    unit_done(ledger, "K2", run_id="run-2")
    ledger.close_run(ledger_entries.ended("run-2"))

    ledger.close_run(ledger_entries.ended("run-1", RunResult.FAILED))

    assert ledger.saved_by_run("run-2") == ledger.saved_by_job("job-1") == ONE_UNIT


@dataclass(frozen=True, slots=True)
class World:
    """What happened to one job: its items, where they failed before, and how its runs ended.

    A run that has no end goes on; one that has several was reset.
    """

    runs: int
    items: list[entries.Item]
    failed_in: dict[str, list[str]]
    """By reference, the runs after which the item was re-queued."""
    closings: list[entries.RunEnd]

    @property
    def ends(self) -> dict[str, entries.RunEnd]:
        """How the runs ended last."""
        return {end.run_id: end for end in self.closings}


claims = st.one_of(
    st.none(),
    st.builds(
        ledger_entries.per_item,
        st.integers(0, 10_000_000_000),
        st.sampled_from([1, 3, 7, 1_000_000_000]),
    ),
    st.builds(
        ledger_entries.per_unit,
        st.sampled_from(["VC1", "VC2"]),
        st.sampled_from([0, 1, 50, 6_120_000]),
        st.sampled_from([1, 3, 37_250]),
    ),
)


SUCCESSFUL = {"Succeeded", "CompletedWithErrors"}

claims_of_runs = st.one_of(
    st.none(),
    st.builds(ledger_entries.per_run, st.sampled_from([1, 1440]), st.sampled_from([1, 7])),
    st.builds(
        ledger_entries.per_period,
        st.sampled_from(["2026-W10", "2026-W11"]),
        st.sampled_from([0, 37_800]),
        st.sampled_from([1, 3]),
    ),
)


@st.composite
def ends(draw: st.DrawFn, runs: int) -> entries.RunEnd:
    run_id, result = str(draw(st.integers(0, runs - 1))), draw(st.sampled_from(RunResult))
    at = ledger_entries.DONE + timedelta(hours=draw(st.integers(0, 3)))
    claim = draw(claims_of_runs) if result.successful else None
    return ledger_entries.ended(run_id, result, claim=claim, at=at, skipped=int(run_id))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    runs = draw(st.integers(1, 4))
    items, failed_in = [], {}
    for number in range(draw(st.integers(0, 25))):
        claim = draw(claims)
        saving = sorted(benefit.SAVING_OUTCOMES)
        outcome = st.sampled_from(saving if claim else [o for o in Outcome if o != Outcome.SKIPPED])
        tried_in = draw(st.permutations([str(run) for run in range(runs)]))
        item = replace(
            ledger_entries.item(f"reference {number}"),
            run_id=tried_in[0],
            outcome=draw(outcome),
            claim=claim,
            person_seconds=draw(st.integers(0, 300)),
            completed_at=ledger_entries.NOON + timedelta(hours=draw(st.integers(0, 3))),
        )
        items.append(item)
        failed_in[item.reference] = tried_in[1 : 1 + draw(st.integers(0, 2))]
    return World(runs, items, failed_in, draw(st.lists(ends(runs), max_size=6)))


def by_hand(world: World, runs: set[str]) -> contract.Saved:
    """§6, row by row, with nothing of the product's arithmetic."""
    items = [item for item in world.items if item.run_id in runs]
    gross = Fraction()
    counting = units_by_hand(world)
    units: dict[tuple[str, str], tuple[datetime, int, benefit.Baseline]] = {}
    for item in items:
        if item.claim is None:
            continue
        baseline, unit = item.claim.baseline, item.claim.unit
        if unit is None:
            gross += Fraction(baseline.manual_seconds) / baseline.per
        elif counting.get((origin(world, item), unit)) == item.run_id:
            this = (item.completed_at, -baseline.key, baseline)
            units[item.run_id, unit] = max(units.get((item.run_id, unit), this), this)
    gross += sum(Fraction(one.manual_seconds, one.per) for *_, one in units.values())
    periods: dict[str, entries.RunEnd] = {}
    for end in sorted(world.ends.values(), key=lambda end: (end.finished_at, end.run_id)):
        if end.claim and end.claim.period is not None:
            periods.setdefault(end.claim.period, end)
    for end in world.ends.values():
        counts = end.claim and (end.claim.period is None or periods[end.claim.period] is end)
        if end.claim and counts and end.run_id in runs:
            gross += Fraction(end.claim.baseline.manual_seconds, end.claim.baseline.per)
    doubled = gross * 2
    whole = (doubled.numerator // doubled.denominator + 1) // 2
    return contract.Saved(
        gross_seconds=whole, net_seconds=whole - sum(item.person_seconds for item in items)
    )


def origin(world: World, item: entries.Item) -> str:
    """The run that the item ended in first."""
    return [*world.failed_in[item.reference], item.run_id][0]


def units_by_hand(world: World) -> dict[tuple[str, str], str]:
    """The run that a unit of an origin counts in."""
    had: dict[tuple[str, str], list[tuple[bool, datetime, str]]] = {}
    for item in world.items:
        end = world.ends.get(item.run_id)
        if end and item.claim and item.claim.unit and end.result in SUCCESSFUL:
            came_from = origin(world, item)
            place = (item.run_id != came_from, end.finished_at, item.run_id)
            had.setdefault((came_from, item.claim.unit), []).append(place)
    return {unit: min(places)[-1] for unit, places in had.items()}


def counted(engine: sa.Engine, work: sa.CTE) -> set[tuple[object, ...]]:
    by = work.c.run_id, work.c.day, work.c.outcome, work.c.baseline
    sums = (figures.total(work.c[name]) for name in figures.COUNTED)
    with engine.connect() as connection:
        found = connection.execute(sa.select(*by, *sums).group_by(*by))
        return {tuple(row) for row in found if any(row[len(by) :])}


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # each example has its own job
)
@given(world=worlds())
def test_figures_are_what_the_rules_give_by_hand(
    ledger: store.Ledger, engine: sa.Engine, world: World
) -> None:
    uid = uuid.uuid4().hex
    for number in range(world.runs):
        ledger.open_run(ledger_entries.run(f"{uid}/{number}", job_uid=uid))
    for some in (*tries(world), world.items):
        ledger.requeue(ledger_entries.requeue(job_uid=uid))
        ledger.record_many(
            [replace(item, job_uid=uid, run_id=f"{uid}/{item.run_id}") for item in some]
        )
    for end in world.closings:
        ledger.close_run(replace(end, run_id=f"{uid}/{end.run_id}"))

    every_row, tallied = figures.work(Scope(job_uid=uid)), figures.tallied_work(Scope(job_uid=uid))
    assert counted(engine, every_row) == counted(engine, tallied)
    assert ledger.saved_by_job(uid) == by_hand(world, set(map(str, range(world.runs))))
    for number in range(world.runs):
        endings = itertools.chain(*tries(world), world.items)
        counts = Counter(item.outcome for item in endings if item.run_id == str(number))
        assert ledger.saved_by_run(f"{uid}/{number}") == by_hand(world, {str(number)})
        assert ledger.counts_by_run(f"{uid}/{number}") == contract.Counts(
            completed=counts[Outcome.COMPLETED],
            reviewed=counts[Outcome.REVIEWED],
            business_exceptions=counts[Outcome.BUSINESS_EXCEPTION],
            application_exceptions=counts[Outcome.APPLICATION_EXCEPTION],
            skipped=number if str(number) in world.ends else 0,
            abandoned=counts[Outcome.ABANDONED],
        )


def tries(world: World) -> list[list[entries.Item]]:
    """The endings that were re-queued: those of the first try, and those of the second."""
    return [
        [
            replace(
                ledger_entries.item(one.reference, outcome=Outcome.APPLICATION_EXCEPTION),
                run_id=world.failed_in[one.reference][number],
                completed_at=ledger_entries.NOON - timedelta(hours=2 - number),
            )
            for one in world.items
            if number < len(world.failed_in[one.reference])
        ]
        for number in range(2)
    ]
