"""A made-up digital worker that does what its items say, and writes down that it did.

The witness is a file that lines are only ever added to, so it survives whatever is killed. It
tells what was really begun and ended, whatever Temporal and the ledger believe.
"""

import datetime as dt
import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from temporalio import activity, exceptions, workflow

import rpafabrik


@activity.defn
def list_items(request: rpafabrik.SourceRequest) -> rpafabrik.Page:
    """The items of the input, `pageSize` at a time."""
    given = request.input
    _write(given["witness"], {"source": request.cursor})
    if given.get("broken"):
        raise rpafabrik.ApplicationError(
            "deposits.si line 7: amounts must add up to 0", code="BadFile", retryable=False
        )
    first = int(request.cursor or 0)
    following = first + given.get("pageSize", len(given["items"]) or 1)
    more = following < len(given["items"])
    return rpafabrik.Page(given["items"][first:following], str(following) if more else None)


@activity.defn
def list_large(request: rpafabrik.SourceRequest) -> rpafabrik.Page:
    """An item of each of the sizes, in bytes, `pageSize` or one a page."""
    sizes, first = request.input["sizes"], int(request.cursor or 0)
    following = first + request.input.get("pageSize", 1)
    items = [
        {"id": str(number), "text": "x" * size}
        for number, size in enumerate(sizes[first:following], first)
    ]
    return rpafabrik.Page(items, str(following) if following < len(sizes) else None)


@activity.defn
def list_anything(request: rpafabrik.SourceRequest) -> Any:
    """Whatever the input says, to be no page at all."""
    return request.input["page"]


@activity.defn
def work(given: dict[str, Any]) -> Any:
    """One step of one item: `do` says how it ends, `seconds` how long it takes."""
    info = activity.info()
    line = {"id": given.get("id"), "step": info.activity_id, "attempt": info.attempt}
    line["key"] = rpafabrik.step_context().idempotency_key
    line["trial"] = rpafabrik.step_context().trial
    _write(given["witness"], {**line, "event": "begin", "at": time.monotonic()})
    time.sleep(given.get("seconds", 0))
    _write(given["witness"], {**line, "event": "end", "at": time.monotonic()})
    return _ended(given.get("do", "well"), info.attempt, given)


@dataclass(frozen=True)
class Person:
    """An input whose fields have types."""

    name: str
    born: dt.date


@activity.defn
def register(person: Person) -> None:
    """Take what can be read."""


@activity.defn
def finish(given: dict[str, Any]) -> dict[str, Any]:
    """What comes last: repeats its input, and names the file it wrote."""
    _write(given["witness"], {"finish": given, "trial": rpafabrik.step_context().trial})
    if given.get("do") == "fail":
        raise rpafabrik.ApplicationError("the disk is full", code="Disk", retryable=False)
    return {"files": ["report.xlsx"]}


@workflow.defn
class Inquiry:
    """A developer's own workflow."""

    @workflow.run
    async def run(self, given: dict[str, Any]) -> dict[str, Any]:
        """Answer, refuse, or fail."""
        if given.get("do") == "refuse":
            raise exceptions.ApplicationError("the answer is no", type="BusinessError")
        return {"answer": given["question"] + "!"}


def _ended(do: str, attempt: int, given: dict[str, Any]) -> Any:
    match do:
        case "refuse":
            raise rpafabrik.BusinessError("no deposit that day", code="MissingDeposit")
        case "fail":
            raise rpafabrik.ApplicationError("the system is away", code="SystemAway")
        case "break":
            raise KeyError("column")
        case "exit":
            sys.exit("no such case")
        case "recover" if attempt < 3:
            raise rpafabrik.ApplicationError("the system is away", code="SystemAway")
        case "number":
            return 7
        case "nothing":
            return None
        case "die":
            os._exit(9)
        case "swell":
            return {"echo": given["echo"] * 3}
    return {"echo": given.get("echo"), "attempt": attempt}


def _write(witness: str, line: dict[str, Any]) -> None:
    with Path(witness).open("a") as file:
        file.write(json.dumps(line) + "\n")
