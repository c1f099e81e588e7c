from dataclasses import replace
from datetime import date

import pytest

from rpafabrik_api import contract
from rpafabrik_platform import benefit

SPRING, AUTUMN = date(2026, 1, 1), date(2026, 9, 1)
BASELINES = (
    # In no order: what counts is the date.
    contract.Baseline(valid_from=AUTUMN, manual_seconds=200),
    contract.Baseline(
        valid_from=SPRING,
        manual_seconds=7_560_000,
        per=25_000,
        source="Measured",
        approved_by="Ekonomichef",
    ),
)
PER_ITEM = contract.Benefit(basis=contract.Basis.PER_ITEM, baselines=BASELINES)
PER_UNIT = contract.Benefit(basis=contract.Basis.PER_UNIT, baselines=BASELINES, unit="item.centre")


@pytest.mark.parametrize(
    ("day", "valid"),
    [
        (date(2025, 12, 31), None),
        (SPRING, BASELINES[1]),
        (date(2026, 8, 31), BASELINES[1]),
        (AUTUMN, BASELINES[0]),
        (date(2036, 1, 1), BASELINES[0]),
    ],
)
def test_baseline_is_the_latest_that_has_begun(day: date, valid: contract.Baseline | None) -> None:
    assert benefit.baseline_on(BASELINES, day) == valid


@pytest.mark.parametrize("outcome", contract.Outcome)
def test_only_completed_and_reviewed_items_save(outcome: contract.Outcome) -> None:
    claim = benefit.item_claim(PER_ITEM, outcome, SPRING, None)

    assert (claim is not None) == (outcome in {"Completed", "Reviewed"})


def test_claim_holds_the_baseline_of_the_day() -> None:
    claim = benefit.item_claim(PER_UNIT, contract.Outcome.COMPLETED, SPRING, "VC001")

    assert claim == benefit.Claim(
        baseline=benefit.Baseline(
            basis=contract.Basis.PER_UNIT,
            manual_seconds=7_560_000,
            per=25_000,
            valid_from=SPRING,
            source="Measured",
            approved_by="Ekonomichef",
        ),
        unit="VC001",
    )


def test_per_item_no_unit_is_kept() -> None:
    claim = benefit.item_claim(PER_ITEM, contract.Outcome.REVIEWED, AUTUMN, "VC001")

    baseline = benefit.Baseline(
        basis=contract.Basis.PER_ITEM, manual_seconds=200, valid_from=AUTUMN
    )
    assert claim == benefit.Claim(baseline=baseline)


@pytest.mark.parametrize(
    ("period", "day", "name"),
    [
        (contract.Period.DAY, date(2026, 3, 2), "2026-03-02"),
        (contract.Period.MONTH, date(2026, 3, 31), "2026-03"),
        (contract.Period.WEEK, date(2026, 3, 8), "2026-W10"),
        (contract.Period.WEEK, date(2026, 3, 9), "2026-W11"),
        (contract.Period.WEEK, date(2027, 1, 3), "2026-W53"),
        (contract.Period.WEEK, date(2024, 12, 30), "2025-W01"),
    ],
)
def test_period_is_named_by_the_calendar_and_weeks_by_iso_8601(
    period: contract.Period, day: date, name: str
) -> None:
    assert benefit.period_of(period, day) == name


@pytest.mark.parametrize("basis", [contract.Basis.PER_RUN, contract.Basis.PER_PERIOD])
def test_item_saves_nothing_by_itself_where_runs_or_periods_count(basis: contract.Basis) -> None:
    told = contract.Benefit(basis=basis, baselines=BASELINES, period=contract.Period.DAY)

    assert benefit.item_claim(told, contract.Outcome.COMPLETED, SPRING, None) is None


@pytest.mark.parametrize("told", [None, PER_ITEM, PER_UNIT])
def test_run_saves_nothing_by_itself_where_items_or_units_count(
    told: contract.Benefit | None,
) -> None:
    assert benefit.run_claim(told, contract.RunResult.SUCCEEDED, SPRING) is None


def test_each_change_of_a_baseline_makes_another_key() -> None:
    one = benefit.Baseline(
        basis=contract.Basis.PER_RUN, manual_seconds=60, valid_from=SPRING, source="Measured"
    )
    others = [
        replace(one, basis=contract.Basis.PER_ITEM),
        replace(one, manual_seconds=61),
        replace(one, per=2),
        replace(one, valid_from=AUTUMN),
        replace(one, period=contract.Period.DAY),
        replace(one, source="Estimated"),
        replace(one, source=None, approved_by="Measured"),
    ]

    assert len({baseline.key for baseline in (one, *others)}) == 8
    assert replace(one).key == one.key
    assert 0 <= one.key < 2**63


def test_job_without_benefit_claims_nothing() -> None:
    assert benefit.item_claim(None, contract.Outcome.COMPLETED, SPRING, None) is None


def test_before_the_first_baseline_nothing_is_claimed() -> None:
    assert benefit.item_claim(PER_ITEM, contract.Outcome.COMPLETED, date(2025, 1, 1), None) is None


def group(manual_seconds: int, per: int, units: int) -> benefit.Group:
    return benefit.Group(manual_seconds=manual_seconds, per=per, units=units)


@pytest.mark.parametrize(
    ("groups", "person_seconds", "gross", "net"),
    [
        ([], 0, 0, 0),
        ([], 7, 0, -7),
        ([group(302, 1, 3)], 0, 906, 906),
        ([group(7_560_000, 25_000, 25_000)], 0, 7_560_000, 7_560_000),
        # Thirds add up to a whole: each rounded by itself would give nothing.
        ([group(1, 3, 1), group(2, 6, 2)], 0, 1, 1),
        ([group(1, 2, 1)], 0, 1, 1),
        ([group(1, 2, 3)], 0, 2, 2),
        ([group(49, 100, 1)], 0, 0, 0),
        # Net is rounded as gross is, so that the two differ by the person seconds.
        ([group(1, 2, 1)], 3, 1, -2),
    ],
)
def test_sums_are_exact_and_rounded_half_up_once(
    groups: list[benefit.Group], person_seconds: int, gross: int, net: int
) -> None:
    assert benefit.saved(groups, person_seconds) == contract.Saved(
        gross_seconds=gross, net_seconds=net
    )
