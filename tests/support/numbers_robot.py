"""A digital worker whose items are numbers and whose work is nothing; the benchmarks' own."""

from temporalio import activity

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
