"""What items and runs save, and what many save together (DESIGN §6): arithmetic, exact, no I/O.

A baseline says how long people took for `per` items, units, runs or periods. What something counts
for is fixed when it ends and written with it; a figure is a sum over what was written, kept as a
fraction and rounded once, when it is shown. `docs/benefit.md` tells it with examples.
"""

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache

from rpafabrik_api import contract

SAVING_OUTCOMES = frozenset({contract.Outcome.COMPLETED, contract.Outcome.REVIEWED})
ELIGIBLE_OUTCOMES = (
    contract.Outcome.COMPLETED,
    contract.Outcome.REVIEWED,
    contract.Outcome.BUSINESS_EXCEPTION,
    contract.Outcome.APPLICATION_EXCEPTION,
)
"""What an automation rate is a share of: every item that the robot had its try at."""

_BY_RUN = frozenset({contract.Basis.PER_RUN, contract.Basis.PER_PERIOD})


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A baseline with all that somebody must know of it who asks a year later."""

    basis: contract.Basis
    manual_seconds: int
    per: int = 1
    valid_from: date
    period: contract.Period | None = None
    source: str | None = None
    approved_by: str | None = None

    @property
    def key(self) -> int:
        """A number of 63 bits, made of the content: rows refer to a baseline by it."""
        return _key(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What one item or run counts for: a share of the baseline that was valid when it ended."""

    baseline: Baseline
    unit: str | None = None
    """The unit that an item belongs to; for `PerUnit` only."""
    period: str | None = None
    """The period that a run ended in; for `PerPeriod` only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rows of the ledger that share a baseline."""

    manual_seconds: int
    per: int
    units: int
    """Items, units, runs or periods that count."""


def baseline_on(baselines: Sequence[contract.Baseline], day: date) -> contract.Baseline | None:
    """The baseline valid on the day: the latest that has begun, None before the first."""
    begun = [baseline for baseline in baselines if baseline.valid_from <= day]
    return max(begun, key=lambda baseline: baseline.valid_from, default=None)


def item_claim(
    benefit: contract.Benefit | None, outcome: contract.Outcome, day: date, unit: str | None
) -> Claim | None:
    """What an item that ended so, on that day, counts for; None if it saves nothing by itself."""
    if benefit is None or benefit.basis in _BY_RUN or outcome not in SAVING_OUTCOMES:
        return None
    baseline = _baseline(benefit, day)
    if baseline is None:
        return None
    return Claim(baseline=baseline, unit=unit if benefit.basis is contract.Basis.PER_UNIT else None)


def run_claim(
    benefit: contract.Benefit | None, result: contract.RunResult, day: date
) -> Claim | None:
    """What a run that ended so, on that day, counts for; None if it saves nothing by itself."""
    if benefit is None or benefit.basis not in _BY_RUN or not result.successful:
        return None
    baseline = _baseline(benefit, day)
    if baseline is None:
        return None
    return Claim(baseline=baseline, period=benefit.period and period_of(benefit.period, day))


def period_of(period: contract.Period, day: date) -> str:
    """The period's name: 2026-03-02, 2026-W10 or 2026-03."""
    match period:
        case contract.Period.DAY:
            return day.isoformat()
        case contract.Period.WEEK:
            year, week, _ = day.isocalendar()
            return f"{year}-W{week:02}"
        case contract.Period.MONTH:
            return f"{day:%Y-%m}"


def gross(groups: Iterable[Group]) -> Fraction:
    """Seconds of work by hand that the groups stand for, exact."""
    return sum(
        (Fraction(group.units * group.manual_seconds, group.per) for group in groups), Fraction()
    )


def saved(groups: Iterable[Group], person_seconds: int) -> contract.Saved:
    """Gross and net of the groups; halves of a second are rounded up, once."""
    gross_seconds = half_up(gross(groups))
    return contract.Saved(gross_seconds=gross_seconds, net_seconds=gross_seconds - person_seconds)


def half_up(exact: Fraction) -> int:
    """The nearest whole number; of two, the greater."""
    return math.floor(exact + Fraction(1, 2))


def _baseline(benefit: contract.Benefit, day: date) -> Baseline | None:
    found = baseline_on(benefit.baselines, day)
    if found is None:
        return None
    return Baseline(
        basis=benefit.basis,
        manual_seconds=found.manual_seconds,
        per=found.per,
        valid_from=found.valid_from,
        period=benefit.period,
        source=found.source or None,
        approved_by=found.approved_by or None,
    )


@lru_cache(maxsize=1_024)
def _key(baseline: Baseline) -> int:
    digest = hashlib.sha256(repr([str(value) for value in astuple(baseline)]).encode())
    return int.from_bytes(digest.digest()[:8]) >> 1
