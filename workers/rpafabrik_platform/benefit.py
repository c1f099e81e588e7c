"""What an item saves, and what many save together (DESIGN §6): arithmetic, exact, no I/O.

A baseline says how long people took for `per` items or units. What an item counts for is fixed
when the item ends and written with it; a figure is a sum over what was written, kept as a
fraction and rounded once, when it is shown. `docs/benefit.md` tells it with an example.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from rpafabrik_api import contract

SAVING_OUTCOMES = frozenset({contract.Outcome.COMPLETED, contract.Outcome.REVIEWED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What one item counts for: a share of the baseline that was valid when it ended."""

    basis: contract.Basis
    manual_seconds: int
    per: int
    unit: str | None = None
    """The unit it belongs to; for `PerUnit` only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rows of the ledger that share a baseline."""

    manual_seconds: int
    per: int
    units: int
    """Items or units that count; what a unit is, the basis says."""


def baseline_on(baselines: Sequence[contract.Baseline], day: date) -> contract.Baseline | None:
    """The baseline valid on the day: the latest that has begun, None before the first."""
    begun = [baseline for baseline in baselines if baseline.valid_from <= day]
    return max(begun, key=lambda baseline: baseline.valid_from, default=None)


def claim(
    benefit: contract.Benefit | None, outcome: contract.Outcome, day: date, unit: str | None
) -> Claim | None:
    """What an item that ended so, on that day, counts for; None if it saves nothing."""
    if benefit is None or outcome not in SAVING_OUTCOMES:
        return None
    baseline = baseline_on(benefit.baselines, day)
    if baseline is None:
        return None
    return Claim(
        basis=benefit.basis,
        manual_seconds=baseline.manual_seconds,
        per=baseline.per,
        unit=unit if benefit.basis is contract.Basis.PER_UNIT else None,
    )


def saved(groups: Iterable[Group], person_seconds: int) -> contract.Saved:
    """Gross and net of the groups; halves of a second are rounded up, once."""
    gross = sum(
        (Fraction(group.units * group.manual_seconds, group.per) for group in groups), Fraction()
    )
    gross_seconds = math.floor(gross + Fraction(1, 2))
    return contract.Saved(gross_seconds=gross_seconds, net_seconds=gross_seconds - person_seconds)
