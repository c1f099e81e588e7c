from datetime import date

import pytest

from rpafabrik_api import contract
from rpafabrik_platform import benefit

SPRING, AUTUMN = date(2026, 1, 1), date(2026, 9, 1)
BASELINES = (
    # In no order: what counts is the date.
    contract.Baseline(valid_from=AUTUMN, manual_seconds=200),
    contract.Baseline(valid_from=SPRING, manual_seconds=7_560_000, per=25_000),
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
    claim = benefit.claim(PER_ITEM, outcome, SPRING, None)

    assert (claim is not None) == (outcome in {"Completed", "Reviewed"})


def test_claim_holds_the_baseline_of_the_day() -> None:
    claim = benefit.claim(PER_UNIT, contract.Outcome.COMPLETED, SPRING, "VC001")

    assert claim == benefit.Claim(
        basis=contract.Basis.PER_UNIT, manual_seconds=7_560_000, per=25_000, unit="VC001"
    )


def test_per_item_no_unit_is_kept() -> None:
    claim = benefit.claim(PER_ITEM, contract.Outcome.REVIEWED, AUTUMN, "VC001")

    assert claim == benefit.Claim(basis=contract.Basis.PER_ITEM, manual_seconds=200, per=1)


def test_job_without_benefit_claims_nothing() -> None:
    assert benefit.claim(None, contract.Outcome.COMPLETED, SPRING, None) is None


def test_before_the_first_baseline_nothing_is_claimed() -> None:
    assert benefit.claim(PER_ITEM, contract.Outcome.COMPLETED, date(2025, 1, 1), None) is None


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
