"""Ids hold nothing of an item, and two things never share one."""

import operator

from hypothesis import given
from hypothesis import strategies as st

from rpafabrik_api import names

TEXT = st.text(max_size=12)


@given(TEXT, TEXT, TEXT, TEXT)
def test_two_items_or_two_jobs_never_share_an_id(one: str, other: str, a: str, b: str) -> None:
    same = (one, a) == (other, b)

    assert (names.case_id("n", "j", one, a) == names.case_id("n", "j", other, b)) == same


@given(TEXT, TEXT, TEXT, TEXT)
def test_two_trials_never_share_an_item_nor_one_with_a_real_run(
    one: str, other: str, a: str, b: str
) -> None:
    same = (one, a) == (other, b)
    trial = names.trial_case_id("n", "j", one, a)

    assert (trial == names.trial_case_id("n", "j", other, b)) == same
    assert trial != names.case_id("n", "j", other, b)
    assert names.claims_owner(one, one, trial=True) != names.claims_owner(one, one, trial=False)


def test_reference_does_not_stand_in_the_id() -> None:
    assert "19121212" not in names.case_id("n", "j", "uid", "19121212-1212")


def test_key_differs_by_step_and_not_by_try() -> None:
    case = names.case_id("n", "j", "uid", "ref")

    assert names.idempotency_key(case, "mail") == names.idempotency_key(case, "mail")
    assert names.idempotency_key(case, "mail") != names.idempotency_key(case, "pay")


def test_the_operator_folder_does_not_shadow_the_standard_library() -> None:
    assert operator.itemgetter(1)("ab") == "b"
