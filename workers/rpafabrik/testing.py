"""Runs activities in tests as the platform would, without a server.

Input and output pass through JSON on the way, so a type that does not survive it is found here.
"""

import asyncio
import dataclasses
import inspect
from collections.abc import Callable, Sequence
from typing import Any

from temporalio import activity
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import ActivityEnvironment

from rpafabrik import sources
from rpafabrik_api import names

_CONVERTER = pydantic_data_converter.payload_converter


async def run_activity(  # noqa: PLR0913 - a test names only what it is about
    function: Callable[..., Any],
    input: Any,  # noqa: A002 - what jobs call it
    *,
    step: str = "step",
    attempt: int = 1,
    checkpoint: Sequence[Any] = (),
    trial: bool = False,
) -> Any:
    """Run one activity as a step of a made-up case; return its output as the next step sees it.

    What the activity raises comes out as it is, so `pytest.raises(BusinessError)` works.

    Args:
        function: The activity, `def` or `async def`.
        input: What the step's `input` would give; a mapping or the activity's own type.
        step: The step's name, part of the idempotency key.
        attempt: 1 the first time.
        checkpoint: What the attempt before left with `heartbeat`.
        trial: Whether it is a step of a shadow or dry run.
    """
    definition = activity._Definition.must_from_callable(function)  # noqa: SLF001 - no public way
    environment = ActivityEnvironment()
    environment.payload_converter = _CONVERTER
    environment.info = dataclasses.replace(
        environment.info,
        activity_id=step,
        activity_type=definition.name or "",
        attempt=attempt,
        heartbeat_details=list(checkpoint),
        workflow_id=(names.trial_case_id if trial else names.case_id)(*["test"] * 4),
    )
    given = _through_json(input, definition.arg_types[0] if definition.arg_types else None)
    if inspect.iscoroutinefunction(function):
        output = await environment.run(function, given)
    else:
        # In a thread as in the worker, so that a fake system on this loop can answer it.
        output = await asyncio.to_thread(environment.run, function, given)
    return _through_json(output, definition.ret_type)


async def run_source(function: Callable[..., Any], input: Any) -> list[Any]:  # noqa: A002 - what jobs call it
    """Run an item source to its last page; return all items, as the first step sees them."""
    items: list[Any] = []
    cursors: list[str | None] = [None]
    while True:
        page = await run_activity(function, sources.SourceRequest(input, cursors[-1]))
        page = page if isinstance(page, sources.Page) else sources.Page(**page)
        items.extend(page.items)
        if page.next_cursor is None:
            return items
        if page.next_cursor in cursors:
            raise AssertionError(
                f"next_cursor {page.next_cursor!r} came twice: each must lead to a page of its own"
            )
        cursors.append(page.next_cursor)


def _through_json(value: Any, type_hint: type | None) -> Any:
    payload = _CONVERTER.to_payload(value)
    return _CONVERTER.from_payload(payload, type_hint)  # type: ignore[arg-type] # as Temporal does
