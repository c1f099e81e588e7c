"""The robot's judgement, and the words it puts it in."""

from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from robots.kassaavstamning import comparison, deposits, scenario, wording
from robots.kassaavstamning.comparison import Comparison, Difference
from robots.kassaavstamning.deposits import Booking, Deposit
from robots.kassaavstamning.places import Place

UNHURRIED = settings(deadline=None)  # the machine is shared

HERE, THERE = Place("VC001", "1"), Place("VC002", "3")


def booked(*amounts: int, place: Place = HERE, owner: Place = HERE) -> tuple[Deposit, ...]:
    return tuple(
        Deposit(amount, f"K {number}", place, owner) for number, amount in enumerate(amounts, 1)
    )


def register(reported: int | None, *found: Deposit) -> Comparison:
    return Comparison(HERE, reported, found)


@pytest.mark.parametrize(
    ("case", "difference", "ore"),
    [
        pytest.param(register(500_00, *booked(500_00)), Difference.NONE, 0, id="agrees"),
        pytest.param(register(500_00, *booked(200_00, 300_00)), Difference.NONE, 0, id="split"),
        pytest.param(register(0), Difference.NONE, 0, id="nothing taken in"),
        pytest.param(register(500_50, *booked(501_00)), Difference.ROUNDING, 50, id="up"),
        pytest.param(register(500_99, *booked(500_00)), Difference.ROUNDING, -99, id="down"),
        pytest.param(register(500_00, *booked(499_00)), Difference.AMOUNT, -1_00, id="a krona"),
        pytest.param(register(500_00, *booked(501_00)), Difference.AMOUNT, 1_00, id="more"),
        pytest.param(register(500_00), Difference.MISSING_DEPOSIT, -500_00, id="missing"),
        pytest.param(
            register(500_00, *booked(500_00, 500_00)), Difference.DOUBLE_DEPOSIT, 500_00, id="twice"
        ),
        pytest.param(
            register(500_40, *booked(500_00, 500_00)),
            Difference.DOUBLE_DEPOSIT,
            499_60,
            id="twice and rounded",
        ),
        pytest.param(
            register(500_00, *booked(500_00, 400_00)), Difference.AMOUNT, 400_00, id="another too"
        ),
        pytest.param(register(None, *booked(500_00)), Difference.AMOUNT, 500_00, id="no report"),
        pytest.param(
            register(500_00, *booked(-500_00)), Difference.AMOUNT, -1000_00, id="reversed"
        ),
        pytest.param(
            register(500_00, *booked(500_00, place=THERE)),
            Difference.WRONG_CENTRE,
            -500_00,
            id="booked elsewhere",
        ),
        pytest.param(
            register(500_00, *booked(500_00), *booked(90_00, owner=THERE)),
            Difference.WRONG_CENTRE,
            90_00,
            id="anothers",
        ),
    ],
)
def test_difference_of_a_register(case: Comparison, difference: Difference, ore: int) -> None:
    assert (case.difference, case.difference_ore) == (difference, ore)


def test_register_with_a_deposit_and_no_report_is_compared_too() -> None:
    found = comparison.compare("VC001", {"2": 100_00}, booked(500_00))

    assert found == (
        Comparison(HERE, None, booked(500_00)),
        Comparison(Place("VC001", "2"), 100_00, ()),
    )


def test_gravest_difference_names_the_case() -> None:
    assert (
        comparison.gravest(
            [
                register(500_00, *booked(500_00)),
                register(500_00, *booked(499_00)),
                register(500_00),
            ]
        )
        is Difference.MISSING_DEPOSIT
    )
    assert comparison.gravest([]) is Difference.NONE


@UNHURRIED
@given(st.integers(0, 2**32), st.integers(1, 40), st.integers(1, 3))
@example(3, 20, 1)  # once, a register that lost its deposit was given another's
def test_exactly_what_was_done_to_the_books_is_found(seed: int, centres: int, count: int) -> None:
    scenarios = scenario.days(seed, centres, count)
    injected = {
        (each.day, each.place): (each.difference, each.difference_ore) for each in scenarios
    }

    assert judged(scenarios) == injected


def judged(scenarios: list[scenario.Scenario]) -> dict[tuple[date, Place], tuple[str, int]]:
    found = {}
    for day in {each.day for each in scenarios}:
        reported = {each.place: each.reported_ore for each in scenarios if each.day == day}
        bookings = [
            Booking(day, entry.place, entry.amount_ore, "")
            for each in scenarios
            if each.day == day
            for entry in each.booked
        ]
        owned = deposits.placed(reported, bookings)
        for centre in {place.centre for place in reported}:
            own = {
                place.register: amount
                for place, amount in reported.items()
                if place.centre == centre
            }
            touching = [
                each for each in owned if centre in (each.booked_on.centre, each.belongs_to.centre)
            ]
            for each in comparison.compare(centre, own, touching):
                found[day, each.place] = (each.difference.value, each.difference_ore)
    return found


@pytest.mark.parametrize(
    ("case", "words"),
    [
        (register(500_00, *booked(500_00)), ""),
        (register(500_50, *booked(501_00)), ""),
        (
            register(1500_00),
            (
                "Kassarapporten visar 1 500,00 kr, men ingen insättning är bokförd. Kontrollera om "
                "pengarna är lämnade till banken."
            ),
        ),
        (
            register(500_00, *booked(500_00, 500_00)),
            "Insättningen är bokförd 2 gånger (verifikation K 1, K 2). Rätta den som är fel.",
        ),
        (
            register(500_00, *booked(500_00, place=THERE)),
            (
                "500,00 kr (verifikation K 1) är bokfört på VC002, kassa 3 men hör hit. Bokför om "
                "beloppet hit."
            ),
        ),
        (
            register(500_00, *booked(450_00), *booked(90_00, owner=THERE)),
            (
                "90,00 kr (verifikation K 1) är bokfört här men hör till VC002, kassa 3. Bokför om "
                "beloppet dit. Därefter skiljer -50,00 kr."
            ),
        ),
        (
            register(500_00, *booked(450_00)),
            (
                "Bokfört är 450,00 kr (verifikation K 1) mot rapporterat 500,00 kr: 50,00 kr för "
                "lite. Kontrollera verifikationen mot kassarapporten."
            ),
        ),
        (
            register(None, *booked(450_00)),
            (
                "450,00 kr (verifikation K 1) är bokfört, men kassan har ingen kassarapport. "
                "Begär in rapporten."
            ),
        ),
    ],
)
def test_person_is_told_what_to_look_at(case: Comparison, words: str) -> None:
    assert wording.remark(case).replace("\xa0", " ") == words


def test_message_names_the_case_and_only_what_differs() -> None:
    agreeing = Comparison(Place("VC001", "2"), 0, ())

    text = wording.message("VC001", date(2026, 1, 7), [register(500_00), agreeing])

    assert text.replace("\xa0", " ") == (
        "VC001, 2026-01-07. Kassa 1: Kassarapporten visar 500,00 kr, men ingen insättning är "
        "bokförd. Kontrollera om pengarna är lämnade till banken."
    )
