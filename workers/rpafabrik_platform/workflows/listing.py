"""Reads what an item source returned: pages, items, references. Pure.

A source is a developer's code, so nothing it returns is trusted to be of the right shape.
"""

from dataclasses import dataclass
from typing import Any

import pydantic_core

from rpafabrik import sources
from rpafabrik_api import expressions, interpreter
from rpafabrik_api.reasons import Reason
from rpafabrik_platform.workflows.run_failure import RunFailedError

REFERENCE_LENGTH = 500
MOST_BYTES = 25_000_000
"""What a page's cases may add to the run's history; Temporal ends a run at 50 MB."""

MOST_EVENTS = 40_000
"""The same in events; Temporal ends a run at 51 200."""
MOST_EVENTS_BEFORE = 10_000
"""What a history may have, with all that cases in work may still add, before another page."""

MOST_REFERENCE_BYTES = 1_500_000
"""What one question to the ledger takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What the case of each item adds to the run's history at most, beside the item."""

    size: int
    """Bytes of job and input."""
    events: int


@dataclass(frozen=True, slots=True)
class ListedPage:
    """Items that are objects, and where the next page starts."""

    items: tuple[dict[str, Any], ...]
    next_cursor: str | None


def page_of(returned: Any, cursor: str | None) -> ListedPage:
    """The page that a source returned when asked with the cursor."""
    items = returned.get("items") if isinstance(returned, dict) else None
    if not isinstance(items, list):
        raise _no_page("must return a Page: an object with a list of items")
    if len(items) > sources.MAX_PAGE_ITEMS:
        raise _no_page(f"must return at most {sources.MAX_PAGE_ITEMS} items; it gave {len(items)}")
    for index, item in enumerate(items):
        if not isinstance(item, dict):
            raise _no_page(f"items[{index}] must be an object, and is a {type(item).__name__}")
    following = returned.get("next_cursor")
    if following is not None and not isinstance(following, str):
        raise _no_page(f"next_cursor must be text or null, and is a {type(following).__name__}")
    if following is not None and following == cursor:
        raise _no_page("next_cursor must move on, and is that of the page itself")
    return ListedPage(tuple(items), following)


def references(page: ListedPage, expression: str) -> tuple[str, ...]:
    """The reference of each item; the error names the item's place and never a value."""
    found = tuple(_reference(index, item, expression) for index, item in enumerate(page.items))
    first: dict[str, int] = {}
    for index, reference in enumerate(found):
        if reference in first:
            raise RunFailedError(
                Reason.INVALID_REFERENCE,
                f"items[{index}]: reference must be unique in the job,"
                f" and is that of items[{first[reference]}]",
            )
        first[reference] = index
    size = sum(len(reference.encode()) for reference in found)
    if size > MOST_REFERENCE_BYTES:
        raise _no_page(
            f"must return fewer items a page: their references have {size} bytes together,"
            f" and may have {MOST_REFERENCE_BYTES}"
        )
    return found


def most_items(each: Cost) -> int:
    """How many items a page may have at most, by what each takes along into history."""
    fitting = min(MOST_BYTES // each.size, MOST_EVENTS // each.events)
    return max(1, min(sources.MAX_PAGE_ITEMS, fitting))


def burst(page: ListedPage, each: Cost) -> RunFailedError | None:
    """What to say of a page whose cases may add more events than the run's history takes."""
    most = MOST_EVENTS // each.events
    if len(page.items) <= most:
        return None
    return _no_page(
        f"must return at most {most} items a page, for each may add {each.events} events to the"
        f" run's history; it gave {len(page.items)}"
    )


def must_fit(page: ListedPage, bytes_each: int) -> None:
    """Refuse a page whose cases would not fit into the run's history, or an item into its case.

    Or that holds NUL: expressions would read a text up to there, and PostgreSQL stores none.
    """
    most = MOST_BYTES // bytes_each
    if len(page.items) > most:
        raise _no_page(
            f"must return at most {most} items a page, for each takes {bytes_each} bytes of job"
            f" and input along; it gave {len(page.items)}"
        )
    for index, item in enumerate(page.items):
        encoded = pydantic_core.to_json(item)
        if b"\\u0000" in encoded and _holds_nul(item):
            raise _no_page(f"must return items without the character NUL; items[{index}] has one")
        size = len(encoded)
        if size + bytes_each > interpreter.MOST_BYTES:
            raise _no_page(
                f"must return items of at most {interpreter.MOST_BYTES - bytes_each} bytes of JSON,"
                f" for {bytes_each} bytes of job and input go along; items[{index}] has {size}"
            )


def _reference(index: int, item: dict[str, Any], expression: str) -> str:
    try:
        return interpreter.text_of(expression, item, REFERENCE_LENGTH)
    except expressions.ExpressionError as error:
        raise RunFailedError(
            Reason.INVALID_REFERENCE, f"items[{index}]: reference: {error}"
        ) from error


def _holds_nul(value: Any) -> bool:
    match value:
        case str():
            return "\0" in value
        case dict():
            return any(_holds_nul(key) or _holds_nul(one) for key, one in value.items())
        case list():
            return any(map(_holds_nul, value))
        case _:
            return False


def _no_page(what: str) -> RunFailedError:
    return RunFailedError(Reason.SOURCE_FAILED, f"the item source {what}")
