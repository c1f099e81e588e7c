"""The types of an item source: an activity that lists a run's items, a page at a time.

What an item is belongs to the digital worker; how pages become cases belongs to the platform.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic

import pydantic_core
from temporalio import activity
from typing_extensions import TypeVar

from rpafabrik import errors

MAX_PAGE_ITEMS = 1_000
MAX_PAGE_BYTES = 1_500_000
"""As JSON. Temporal takes 2 MB in one payload; the rest is for the page's own clothes."""

InputT = TypeVar("InputT", default=dict[str, Any])
ItemT = TypeVar("ItemT", default=Any)


@dataclass(frozen=True, slots=True)
class SourceRequest(Generic[InputT]):
    """What an item source is asked for: `SourceRequest[MyInput]` gives `input` a type."""

    input: InputT
    """The job's `spec.items.source.input`, its templates filled in."""
    cursor: str | None = None
    """`next_cursor` of the page before; None asks for the first page."""


@dataclass(frozen=True, slots=True)
class Page(Generic[ItemT]):
    """Some of a run's items, in order. An item is an object: a mapping, a dataclass or a model."""

    items: Sequence[ItemT]
    next_cursor: str | None = None
    """Where the next page starts; None says that this page is the last."""

    def __post_init__(self) -> None:
        if len(self.items) > MAX_PAGE_ITEMS:
            raise _too_large(f"{len(self.items)} items", f"{MAX_PAGE_ITEMS} items")
        size = len(pydantic_core.to_json(self.items))
        if size > MAX_PAGE_BYTES:
            raise _too_large(f"{size} bytes of JSON", f"{MAX_PAGE_BYTES} bytes")


def _too_large(found: str, bound: str) -> errors.ApplicationError:
    source = activity.info().activity_type if activity.in_activity() else "an item source"
    return errors.ApplicationError(
        f"page of {source} has {found}, must be at most {bound}: "
        "return fewer items and a next_cursor",
        code="PageTooLarge",
        retryable=False,
    )
