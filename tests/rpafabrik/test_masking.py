"""Personal numbers and e-mail addresses leave no trace, wherever in a value they stand."""

import datetime as dt
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpafabrik import masking

surroundings = st.text().filter(lambda text: not any(c in string.digits for c in text))


@st.composite
def personal_numbers(draw: st.DrawFn) -> str:
    """Made-up numbers in every way of writing them, coordination numbers (day + 60) too."""
    day = draw(st.dates(dt.date(1900, 1, 1), dt.date(2030, 12, 31)))
    century = draw(st.sampled_from([f"{day.year}", f"{day.year % 100:02}"]))
    inner = draw(st.sampled_from(["", "-"]))
    coordination = draw(st.sampled_from([0, 60]))
    separator = draw(st.sampled_from(["", "-", "+", " ", "\N{EN DASH}"]))
    last = draw(st.integers(0, 9999))
    return f"{century}{inner}{day.month:02}{inner}{day.day + coordination:02}{separator}{last:04}"


@st.composite
def emails(draw: st.DrawFn) -> str:
    name = draw(st.text("abcåäöÅÄÖ019_-+.", min_size=1, max_size=24))
    labels = draw(st.lists(st.text("abcåäö019-", min_size=1, max_size=12), min_size=1, max_size=3))
    return f"{name}@{'.'.join(labels)}.se"


@given(surroundings, personal_numbers(), surroundings)
def test_personal_number_is_masked_in_any_text(before: str, number: str, after: str) -> None:
    masked = masking.text(before + number + after)

    assert not any(c in string.digits for c in masked)
    assert "[personnummer]" in masked


@given(emails(), st.sampled_from(["<{}>", "mailto:{}", "to={}, cc", '{{"to":"{}"}}', "{}."]))
def test_email_address_is_masked_in_any_text(email: str, text: str) -> None:
    assert masking.text(text.format(email)) == text.format("[email]")


@given(st.text())
def test_masked_text_stays_as_it_is(text: str) -> None:
    once = masking.text(text)

    assert masking.text(once) == once


@pytest.mark.parametrize(
    "text",
    [
        "556036-0793",  # an organisation number: its third digit is 2 or more
        "2026-01-02T06:00:00.123456Z",
        "1 234 567,89 kr",
        "row 12 of 25000",
        "1.2.3@sha256",
        "rpafabrik-worker/ekonomi/ekonomi",
        # An id of a case: a uid and a digest, in which are digits like those of a person.
        "case/ekonomi/slag/ac121212-4847-4d01-b49d-3bd89b7e0001/b7121212121212c2211a14201b4f90d5",
    ],
)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert masking.text(text) == text


class Person:
    def __str__(self) -> str:
        return "Person(19121212-1212)"


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        (None, None),
        (True, True),
        (12.5, 12.5),
        (42, 42),
        (191212121212, "[personnummer]"),
        (["x", 1, ("a@example.com",)], ["x", 1, ["[email]"]]),
        ({"19121212-1212": {"to": "a@example.com"}}, {"[personnummer]": {"to": "[email]"}}),
        (Person(), "Person([personnummer])"),
        (b"19121212-1212", "b'[personnummer]'"),
        (ValueError("no a@example.com"), "no [email]"),
    ],
)
def test_values_are_masked_all_the_way_down(value: Any, masked: Any) -> None:
    assert masking.value(value) == masked


def test_masking_takes_time_in_proportion_to_the_text() -> None:
    """A long word before no address: a pattern that goes back and forth would take hours."""
    text = "a" * 2_000_000

    assert masking.text(text) == text
