"""A tiny digital worker for tests of the operator: its job's input says what it does."""

import asyncio
import time
from pathlib import Path
from typing import Any

from temporalio import activity


@activity.defn
async def list_items(request: dict[str, Any]) -> dict[str, Any]:
    """As many items as the job's input asks for, by pages if it says so; a witness tells when."""
    asked = request["input"]
    first = int(request.get("cursor") or 0)
    end = min(asked["items"], first + asked.get("page", asked["items"]))
    if "witness" in asked:
        _write(asked["witness"], time.time())
    items = [
        {"centre": f"vc{number:03}", "day": asked["day"], "seconds": asked["seconds"]}
        for number in range(first, end)
    ]
    return {"items": items, "next_cursor": str(end) if end < asked["items"] else None}


@activity.defn
async def compare(given: dict[str, Any]) -> dict[str, Any]:
    """Work for as long as the item says."""
    await asyncio.sleep(given["seconds"])
    return {"difference": 0}


@activity.defn
async def report(given: dict[str, Any]) -> dict[str, Any]:
    """Name the file that a real robot would write."""
    return {"files": ["avstamning.xlsx"]}


def _write(witness: str, now: float) -> None:
    Path(witness).write_text(f"{now}")
