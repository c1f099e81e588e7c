"""The SQL of the figures, against the same rules written out in Python."""

import uuid
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rpafabrik_api import contract
from rpafabrik_api.contract import Outcome, RunResult
from rpafabrik_platform import benefit
from rpafabrik_platform.ledger import entries, store
from support import ledger_entries

DONE = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)


def test_per_item_counts_every_completed_item_of_any_run(ledger: store.Ledger) -> None:
    for reference, run_id in [("a", "run-1"), ("b", "run-1"), ("c", "run-2")]:
        ledger.record(
            ledger_entries.item(
                reference, run_id=run_id, claim=ledger_entries.per_item(7_560_000, 25_000)
            )
        )
    ledger.close_run("run-1", RunResult.FAILED, DONE, skipped=100)

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
    ledger.close_run("run-1", RunResult.SUCCEEDED, DONE, skipped=0)
    ledger.close_run("run-2", RunResult.CANCELLED, DONE, skipped=0)

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
    ledger.close_run("run-1", RunResult.SUCCEEDED, DONE, skipped=0)

    assert ledger.saved_by_run("run-1") == contract.Saved(gross_seconds=50, net_seconds=50)


def test_time_of_people_is_subtracted_whatever_the_outcome(ledger: store.Ledger) -> None:
    exception = ledger_entries.item("a", outcome=Outcome.BUSINESS_EXCEPTION)
    ledger.record(replace(exception, person_seconds=120))
    ledger.record(ledger_entries.item("b", claim=ledger_entries.per_item(100)))

    assert ledger.saved_by_run("run-1") == contract.Saved(gross_seconds=100, net_seconds=-20)


@dataclass(frozen=True, slots=True)
class World:
    """What happened to one job: how each run ended, and items as (run, item)."""

    results: list[RunResult | None]
    items: list[entries.Item]


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


@st.composite
def worlds(draw: st.DrawFn) -> World:
    results = draw(st.lists(st.none() | st.sampled_from(RunResult), min_size=1, max_size=3))
    items = []
    for number in range(draw(st.integers(0, 25))):
        claim = draw(claims)
        saving = sorted(benefit.SAVING_OUTCOMES)
        outcome = st.sampled_from(saving if claim else [o for o in Outcome if o != Outcome.SKIPPED])
        items.append(
            replace(
                ledger_entries.item(f"reference {number}"),
                run_id=str(draw(st.integers(0, len(results) - 1))),
                outcome=draw(outcome),
                claim=claim,
                person_seconds=draw(st.integers(0, 300)),
                completed_at=ledger_entries.NOON + timedelta(hours=draw(st.integers(0, 3))),
            )
        )
    return World(results, items)


def by_hand(world: World, items: list[entries.Item]) -> contract.Saved:
    """§6, item by item, with nothing of the product's arithmetic."""
    gross = Fraction()
    units: dict[tuple[str, str], tuple[datetime, int, int]] = {}
    for item in items:
        claim = item.claim
        if claim is None:
            continue
        if claim.basis == "PerItem":
            gross += Fraction(claim.manual_seconds) / claim.per
        elif world.results[int(item.run_id)] == "Succeeded":
            assert claim.unit
            key = (item.run_id, claim.unit)
            this = (item.completed_at, claim.manual_seconds, -claim.per)
            units[key] = max(units.get(key, this), this)
    gross += sum(Fraction(seconds, -per) for _, seconds, per in units.values())
    doubled = gross * 2
    whole = (doubled.numerator // doubled.denominator + 1) // 2
    return contract.Saved(
        gross_seconds=whole, net_seconds=whole - sum(item.person_seconds for item in items)
    )


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # each example has its own job
)
@given(world=worlds())
def test_figures_are_what_the_rules_give_by_hand(ledger: store.Ledger, world: World) -> None:
    uid = uuid.uuid4().hex
    for number in range(len(world.results)):
        ledger.open_run(ledger_entries.run(f"{uid}/{number}", job_uid=uid))
    ledger.record_many(
        [replace(item, job_uid=uid, run_id=f"{uid}/{item.run_id}") for item in world.items]
    )
    for number, result in enumerate(world.results):
        if result:
            ledger.close_run(f"{uid}/{number}", result, DONE, skipped=number)

    assert ledger.saved_by_job(uid) == by_hand(world, world.items)
    for number, result in enumerate(world.results):
        mine = [item for item in world.items if item.run_id == str(number)]
        counts = Counter(item.outcome for item in mine)
        assert ledger.saved_by_run(f"{uid}/{number}") == by_hand(world, mine)
        assert ledger.counts_by_run(f"{uid}/{number}") == contract.Counts(
            completed=counts[Outcome.COMPLETED],
            reviewed=counts[Outcome.REVIEWED],
            business_exceptions=counts[Outcome.BUSINESS_EXCEPTION],
            application_exceptions=counts[Outcome.APPLICATION_EXCEPTION],
            skipped=number if result else 0,
            abandoned=counts[Outcome.ABANDONED],
        )
