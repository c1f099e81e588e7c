"""What was reported against what was booked, register by register: the robot's judgement.

Pure: values in, findings out. Words for people live in `wording`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from robots.kassaavstamning.deposits import ROUNDING_ORE, Deposit
from robots.kassaavstamning.places import Place


class Difference(StrEnum):
    """What differs, gravest first. The values are codes of business exceptions: public API."""

    MISSING_DEPOSIT = "MissingDeposit"
    DOUBLE_DEPOSIT = "DoubleDeposit"
    WRONG_CENTRE = "WrongCentre"
    AMOUNT = "Amount"
    ROUNDING = "Rounding"
    NONE = "None"

    @property
    def needs_a_person(self) -> bool:
        """Whether the books or the report must be put right."""
        return self not in (Difference.ROUNDING, Difference.NONE)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One register's day: the report and every deposit that is booked on it or belongs to it."""

    place: Place
    reported_ore: int | None
    """None: deposits are booked, and no report was made."""
    deposits: tuple[Deposit, ...]

    @property
    def booked_here(self) -> tuple[Deposit, ...]:
        """What the ledger has on this register."""
        return tuple(deposit for deposit in self.deposits if deposit.booked_on == self.place)

    @property
    def booked_ore(self) -> int:
        """What the ledger has on this register, in all."""
        return sum(deposit.amount_ore for deposit in self.booked_here)

    @property
    def difference_ore(self) -> int:
        """More than zero when too much is booked."""
        return self.booked_ore - (self.reported_ore or 0)

    @property
    def strays(self) -> tuple[Deposit, ...]:
        """Booked here and not ours, or ours and booked elsewhere."""
        return tuple(each for each in self.deposits if each.booked_on != each.belongs_to)

    @property
    def remaining_ore(self) -> int:
        """What would still differ with every stray deposit in its right place."""
        ours = (each.amount_ore for each in self.deposits if each.belongs_to == self.place)
        return sum(ours) - (self.reported_ore or 0)

    @property
    def difference(self) -> Difference:
        """The first check that holds."""
        return next(kind for kind, holds in _CHECKS if holds(self))


def _is_double(register: Comparison) -> bool:
    reported = register.reported_ore or 0
    booked = register.booked_here
    return (
        reported >= ROUNDING_ORE
        and len(booked) > 1
        and all(abs(each.amount_ore - reported) < ROUNDING_ORE for each in booked)
    )


_CHECKS: tuple[tuple[Difference, Callable[[Comparison], bool]], ...] = (
    (Difference.WRONG_CENTRE, lambda register: bool(register.strays)),
    (Difference.NONE, lambda register: register.difference_ore == 0),
    (Difference.ROUNDING, lambda register: abs(register.difference_ore) < ROUNDING_ORE),
    (Difference.MISSING_DEPOSIT, lambda register: not register.booked_here),
    (Difference.DOUBLE_DEPOSIT, _is_double),
    (Difference.AMOUNT, lambda _register: True),
)


def compare(
    centre: str, reported: Mapping[str, int], deposits: Iterable[Deposit]
) -> tuple[Comparison, ...]:
    """Every register of the centre that has a report or a deposit, in order."""
    touching = tuple(deposits)
    booked = {each.booked_on.register for each in touching if each.booked_on.centre == centre}
    places = [Place(centre, register) for register in sorted(booked | reported.keys())]
    return tuple(
        Comparison(
            place,
            reported.get(place.register),
            tuple(each for each in touching if place in (each.booked_on, each.belongs_to)),
        )
        for place in places
    )


def gravest(comparisons: Iterable[Comparison]) -> Difference:
    """The difference that names the case."""
    order = list(Difference)
    return min((each.difference for each in comparisons), key=order.index, default=Difference.NONE)
