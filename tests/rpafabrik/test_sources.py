"""The bounds of a page, and that source types survive the way through Temporal."""

import dataclasses
from typing import Any

import pytest
from temporalio import activity
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import ActivityEnvironment

import rpafabrik
from rpafabrik import sources

CONVERTER = pydantic_data_converter.payload_converter


@dataclasses.dataclass(frozen=True)
class Loan:
    title: str


def test_page_of_the_most_items_is_taken() -> None:
    page = rpafabrik.Page([{"n": n} for n in range(sources.MAX_PAGE_ITEMS)])

    assert len(page.items) == 1_000


def test_page_of_too_many_items_is_refused_and_not_retried() -> None:
    with pytest.raises(rpafabrik.ApplicationError) as refused:
        rpafabrik.Page([{}] * 1_001)

    assert refused.value.message == (
        "page of an item source has 1001 items, must be at most 1000 items: "
        "return fewer items and a next_cursor"
    )
    assert (refused.value.code, refused.value.non_retryable) == ("PageTooLarge", True)


def test_page_of_too_many_bytes_names_its_activity() -> None:
    @activity.defn
    def list_loans() -> None:
        rpafabrik.Page([{"text": "å" * 750_000}])  # two bytes each

    environment = ActivityEnvironment()
    environment.info = dataclasses.replace(environment.info, activity_type="list_loans")

    with pytest.raises(rpafabrik.ApplicationError, match="page of list_loans has 1500013 bytes"):
        environment.run(list_loans)


@pytest.mark.parametrize(
    ("value", "as_type"),
    [
        (rpafabrik.SourceRequest({"branch": "1"}, "c2"), rpafabrik.SourceRequest),
        (rpafabrik.SourceRequest(Loan("Pippi"), None), rpafabrik.SourceRequest[Loan]),
        (rpafabrik.Page([{"title": "Pippi"}], "c2"), rpafabrik.Page),
        (rpafabrik.Page([Loan("Pippi")]), rpafabrik.Page[Loan]),
    ],
)
def test_source_types_survive_json_with_the_type_they_name(value: Any, as_type: Any) -> None:
    payload = CONVERTER.to_payload(value)

    assert CONVERTER.from_payload(payload, as_type) == value
