"""Invented working days: what each register took in, what was booked for it, and what is wrong.

The answer comes with the invention, never from comparing: this module knows nothing of
`comparison`. Amounts that matter differ within a day, so that each answer is the only right one.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from robots.kassaavstamning.places import Place

FIRST_DAY = date(2026, 1, 7)

_PER_MILLE = (
    ("Rounding", 18),
    ("MissingDeposit", 12),
    ("DoubleDeposit", 9),
    ("WrongCentre", 9),
    ("Amount", 14),
    ("Split", 20),  # one day's cash in two deposits: agrees
    ("Reversed", 15),  # booked, reversed and booked again: agrees
)
_DIFFERENCES = ("Rounding", "MissingDeposit", "DoubleDeposit", "Amount")
"""What is wrong at once; "WrongCentre" is when the deposit has been sent astray."""
_SMALLEST, _LARGEST = 300_00, 15_000_00


@dataclass(frozen=True, slots=True)
class Entry:
    """An amount booked on a register."""

    place: Place
    amount_ore: int


@dataclass(frozen=True, slots=True)
class Scenario:
    """One register's day."""

    day: date
    place: Place
    reported_ore: int
    booked: tuple[Entry, ...]
    """What was booked for this register's cash, wherever that was."""
    difference: str = "None"
    difference_ore: int = 0


def days(seed: int, centres: int, count: int) -> list[Scenario]:
    """Every register of `centres` centres on `count` working days; the same for the same seed."""
    dice = random.Random(seed)  # noqa: S311 - example data, no secret
    registers = [
        Place(f"VC{centre:03}", str(register))
        for centre in range(1, centres + 1)
        for register in range(1, 2 + dice.randrange(4))
    ]
    return [scenario for day in _working_days(count) for scenario in _day(dice, day, registers)]


def _working_days(count: int) -> list[date]:
    found: list[date] = []
    day = FIRST_DAY
    while len(found) < count:
        if day.isoweekday() <= 5:  # noqa: PLR2004 - Friday
            found.append(day)
        day += timedelta(days=1)
    return found


def _day(dice: random.Random, day: date, registers: Sequence[Place]) -> list[Scenario]:
    used: set[int] = set()
    scenarios: list[Scenario] = []
    strays: list[int] = []
    for place in registers:
        reported = _fresh(dice, used)
        kind = _kind(dice)
        if kind == "WrongCentre":
            strays.append(len(scenarios))
        scenarios.append(_scenario(dice, used, Scenario(day, place, reported, ()), kind))
    for index in strays:
        hosts = [
            number
            for number, host in enumerate(scenarios)
            if number not in strays
            and host.place.centre != scenarios[index].place.centre
            and host.difference == "None"
            and host.booked == (Entry(host.place, host.reported_ore),)
        ]
        if hosts:
            _send_astray(scenarios, index, hosts[dice.randrange(len(hosts))])
    return scenarios


def _kind(dice: random.Random) -> str:
    roll = dice.randrange(1000)
    for kind, share in _PER_MILLE:
        if roll < share:
            return kind
        roll -= share
    return "None"


def _scenario(dice: random.Random, used: set[int], plain: Scenario, kind: str) -> Scenario:
    """`plain`, booked as `kind` says; what goes to the wrong centre is booked there later."""
    amount = plain.reported_ore
    match kind:
        case "Rounding":
            # Öre that are none when rounded would be no rounding.
            amount += 0 if amount % 100 else 50
            booked = [(amount + 50) // 100 * 100]
        case "MissingDeposit":
            booked = []
        case "DoubleDeposit":
            booked = [amount, amount]
        case "Amount":
            booked = [_mistaken(dice, used, amount)]
        case "Split":
            booked = [amount // 3, amount - amount // 3]
        case "Reversed":
            booked = [amount, -amount, amount]
        case _:
            booked = [amount]
    return replace(
        plain,
        reported_ore=amount,
        booked=tuple(Entry(plain.place, each) for each in booked),
        difference=kind if kind in _DIFFERENCES else "None",
        difference_ore=sum(booked) - amount,
    )


def _send_astray(scenarios: list[Scenario], index: int, host: int) -> None:
    """Book one register's cash on another, which has its own besides."""
    lost = scenarios[index]
    amount = lost.reported_ore
    scenarios[index] = replace(
        lost,
        booked=(Entry(scenarios[host].place, amount),),
        difference="WrongCentre",
        difference_ore=-amount,
    )
    scenarios[host] = replace(scenarios[host], difference="WrongCentre", difference_ore=amount)


def _mistaken(dice: random.Random, used: set[int], amount: int) -> int:
    """An amount a few kronor or some hundreds off, never by less than a krona."""
    while True:
        off = 100 + dice.randrange(500_00)
        mistaken = amount + off if dice.randrange(2) else max(amount - off, 100)
        if mistaken not in used and abs(mistaken - amount) >= 100:  # noqa: PLR2004 - one krona
            used.add(mistaken)
            return mistaken


def _fresh(dice: random.Random, used: set[int]) -> int:
    while True:
        amount = _SMALLEST + dice.randrange(_LARGEST - _SMALLEST)
        if amount not in used:
            used.add(amount)
            return amount
