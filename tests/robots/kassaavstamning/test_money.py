"""Amounts are exact öre, read strictly."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robots.kassaavstamning import money

UNHURRIED = settings(deadline=None)  # the machine is shared

AMOUNTS = st.integers(min_value=-(10**15), max_value=10**15)


@pytest.mark.parametrize(
    ("text", "ore"),
    [("1234,50", 123_450), ("1234,5", 123_450), ("1234", 123_400), ("-0,05", -5), ("0", 0)],
)
def test_kronor_become_ore(text: str, ore: int) -> None:
    assert money.parse(text, ",") == ore


@pytest.mark.parametrize(
    "text", ["", "1 234,50", "1234.50", "1,234", "+5", "5,", ",5", "5 kr", "٣"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be kronor with at most two decimals, as 1234,50"):
        money.parse(text, ",")


@UNHURRIED
@given(AMOUNTS, st.sampled_from(",."))
def test_what_is_written_is_read_back(ore: int, mark: str) -> None:
    assert money.parse(money.plain(ore, mark), mark) == ore


@UNHURRIED
@given(AMOUNTS)
def test_decimal_is_exact(ore: int) -> None:
    assert money.decimal(ore) * 100 == ore


def test_swedish_readers_see_spaces_that_do_not_break() -> None:
    assert money.swedish(-123_456_789) == "-1\xa0234\xa0567,89\xa0kr"
