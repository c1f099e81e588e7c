"""What an item source returned, and what is refused of it."""

from typing import Any

import pytest

from rpafabrik_api import contract
from rpafabrik_api.reasons import Reason
from rpafabrik_platform.workflows import case, listing
from rpafabrik_platform.workflows.listing import ListedPage
from rpafabrik_platform.workflows.run_failure import RunFailedError
from support import jobs


def test_page_holds_its_items_and_where_the_next_one_starts() -> None:
    page = listing.page_of({"items": [{"id": "a"}], "next_cursor": "2"}, "1")

    assert page == ListedPage(({"id": "a"},), "2")


def test_last_page_names_no_next_one() -> None:
    assert listing.page_of({"items": []}, "1") == ListedPage((), None)


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (None, "must return a Page: an object with a list of items"),
        ([{"id": "a"}], "must return a Page: an object with a list of items"),
        ({"items": "a"}, "must return a Page: an object with a list of items"),
        ({"items": [{}, "a"]}, r"items\[1\] must be an object, and is a str"),
        ({"items": [{}] * 1001}, "must return at most 1000 items; it gave 1001"),
        ({"items": [], "next_cursor": 2}, "next_cursor must be text or null, and is a int"),
        ({"items": [], "next_cursor": "1"}, "next_cursor must move on"),
    ],
)
def test_what_is_no_page_fails_the_run(returned: Any, message: str) -> None:
    with pytest.raises(RunFailedError, match=message) as raised:
        listing.page_of(returned, "1")

    assert raised.value.reason is Reason.SOURCE_FAILED


def test_page_that_would_burst_the_runs_history_is_refused_with_what_fits() -> None:
    page = ListedPage(({},) * 251, None)

    listing.must_fit(page, 99_000)
    with pytest.raises(RunFailedError, match="at most 250 items a page") as raised:
        listing.must_fit(page, 100_000)

    assert raised.value.reason is Reason.SOURCE_FAILED


@pytest.mark.parametrize("item", [{"id": "a\0b"}, {"a\0": 1}, {"rows": [{"id": "\0"}]}])
def test_item_that_holds_nul_is_refused_by_its_place(item: dict[str, Any]) -> None:
    told = {"id": r"a backslash and its number: \u0000"}

    listing.must_fit(ListedPage((told, told), None), 1)
    with pytest.raises(RunFailedError, match=r"without the character NUL; items\[1\] has one"):
        listing.must_fit(ListedPage((told, item), None), 1)


@pytest.mark.parametrize(("waits", "most"), [(3, 816), (4, 645), (50, 60)])
def test_page_whose_waiting_cases_would_burst_the_runs_history_is_refused_with_what_fits(
    waits: int, most: int
) -> None:
    each = waiting(waits)

    assert listing.most_items(each) == most
    assert listing.burst(ListedPage(({},) * most, None), each) is None
    refused = listing.burst(ListedPage(({},) * (most + 1), None), each)
    assert f"at most {most} items a page" in str(refused)


@pytest.mark.parametrize("waits", [0, 1, 2])
def test_page_of_a_thousand_items_may_have_cases_that_wait_once_or_twice(waits: int) -> None:
    assert listing.most_items(waiting(waits)) == 1000
    assert listing.burst(ListedPage(({},) * 1000, None), waiting(waits)) is None


def waiting(times: int) -> listing.Cost:
    """What cases cost that give their places back so often."""
    wait = contract.Step(name="wait", wait_seconds=6)
    return listing.Cost(size=1, events=case.events_in_run(jobs.job(jobs.work(), *[wait] * times)))


def test_reference_of_each_item_in_order() -> None:
    page = ListedPage(({"id": "b"}, {"id": "a"}), None)

    assert listing.references(page, "'x/' + item.id") == ("x/b", "x/a")


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ([{"id": "a"}, {"id": ""}], r"items\[1\]: reference: .* must give text, and gives none"),
        ([{"id": 1}], r"items\[0\]: reference: .* must give text, and gives int"),
        ([{"name": "a"}], r"items\[0\]: reference: .* has no value here"),
        ([{"id": "a" * 501}], r"items\[0\]: reference: .* at most 500 characters, and gives 501"),
        (
            [{"id": "Exempel"}, {"id": "b"}, {"id": "Exempel"}],
            r"items\[2\]: reference must be unique in the job, and is that of items\[0\]",
        ),
    ],
)
def test_bad_reference_fails_the_run_and_its_value_is_never_told(
    items: list[dict[str, Any]], message: str
) -> None:
    with pytest.raises(RunFailedError, match=message) as raised:
        listing.references(ListedPage(tuple(items), None), "item.id")

    assert raised.value.reason is Reason.INVALID_REFERENCE
    assert "Exempel" not in str(raised.value)
