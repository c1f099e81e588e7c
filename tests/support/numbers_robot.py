"""A digital worker whose items are numbers, for what is measured or tried at volume."""

import asyncio
import os

from temporalio import activity

from rpafabrik.errors import ApplicationError
from rpafabrik.sources import MAX_PAGE_ITEMS, Page, SourceRequest


@activity.defn
async def list_numbers(request: SourceRequest[dict[str, int]]) -> Page[dict[str, str]]:
    """So many numbers, from the smallest."""
    first = int(request.cursor or 0)
    end = min(first + MAX_PAGE_ITEMS, request.input["items"])
    items = [{"n": str(number)} for number in range(first, end)]
    return Page(items, str(end) if end < request.input["items"] else None)


@activity.defn
async def nothing(given: dict[str, str]) -> dict[str, str]:
    """Do nothing."""
    return given


@activity.defn
async def put(given: dict[str, str]) -> None:
    """Write down, once and for good, that it was done to the number; every hundredth fails."""
    await asyncio.sleep(0.02)  # as a system would take, so that most of the time items are in work
    line = f"{given['n']} {os.getpid()}\n".encode()
    file = os.open(given["witness"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(file, line)
    finally:
        os.close(file)
    if int(given["n"]) % 100 == 0:
        raise ApplicationError("the number is round", code="Poison", retryable=False)
