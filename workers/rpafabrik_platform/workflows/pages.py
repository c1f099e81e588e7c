"""What a run is to do, page by page: first what people re-queued, then what the source lists.

Part of the workflow `JobRun`. A page is only asked for here; whose its items are, and what becomes
of them, is the run's. What a source may return, `listing` says.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from temporalio import workflow

from rpafabrik import sources
from rpafabrik_api import contract, interpreter, volume
from rpafabrik_api.reasons import Reason
from rpafabrik_platform.activities import calls
from rpafabrik_platform.workflows import listing, options
from rpafabrik_platform.workflows.run_failure import RunFailedError, failing

_BOUND_EVENTS = "bound-events-of-a-page"
"""Patch: before, only the bytes of a page were bounded."""


@dataclass(frozen=True, slots=True)
class Page:
    """Items by reference, in order."""

    references: tuple[str, ...]
    items: tuple[dict[str, Any], ...]
    is_last: bool = False


class Pages:
    """The pages of one run; where they go on survives continue-as-new."""

    def __init__(
        self, request: contract.RunRequest, scope: Callable[[], interpreter.Scope]
    ) -> None:
        items = request.job.items
        if items is None:
            raise AssertionError("a run without items has no pages")
        state = request.state or contract.RunState(
            started_at=workflow.now(), counting=0 if items.expected.before_items else None
        )
        self._job, self._items = request.job, items
        self._scope = scope
        self._cursor = state.cursor
        self._after = state.requeued_after
        self._counting = state.counting
        self._counted: int | None = None
        self._listed = state.counts.total
        self._requeued = state.requeued
        self._done = False

    @property
    def is_counting(self) -> bool:
        """Whether the source's items are only counted yet."""
        return self._counting is not None

    @property
    def listed(self) -> int:
        """Items so far, the re-queued ones included."""
        return self._listed

    @property
    def volume(self) -> contract.Volume | None:
        """What the source listed, once that is known."""
        listed = self._listed - self._requeued if self._done else self._counted
        if listed is None:
            return None
        expected = self._items.expected
        return contract.Volume(listed=listed, minimum=expected.minimum, maximum=expected.maximum)

    def take_requeued(self) -> None:
        """There are items that people re-queued: they come first."""
        self._after = ""

    def carried(self, state: contract.RunState) -> contract.RunState:
        """The state with where the pages go on."""
        return replace(
            state,
            cursor=self._cursor,
            requeued=self._requeued,
            requeued_after=self._after,
            counting=self._counting,
        )

    async def count(self) -> None:
        """Count one more page; the last one fails the run if there are not as many as expected."""
        counted = self._counting or 0
        page = await self._from_source(f"items.source/count/{counted}")
        self._counting = counted + len(page.items)
        self._cursor = page.next_cursor
        if page.next_cursor is not None:
            return
        self._counted, self._counting = self._counting, None
        found = self.volume
        if found is None:
            raise AssertionError("what is counted is known")
        reason, message = volume.judged(found)
        if reason is not Reason.VOLUME_AS_EXPECTED:
            raise RunFailedError(reason, f"{message}: no item was touched")

    async def next(self, each: listing.Cost) -> Page:
        """The next page, while there are more."""
        if self._after is not None:
            return await self._requeued_page(self._after, listing.most_items(each))
        listed = await self._from_source(f"items.source/{self._listed}")
        listing.must_fit(listed, each.size)
        too_many = listing.burst(listed, each)
        if too_many is not None and workflow.patched(_BOUND_EVENTS):
            raise too_many
        references = listing.references(listed, self._items.reference)
        self._cursor = listed.next_cursor
        return Page(references, listed.items, is_last=self._cursor is None)

    def begin(self, page: Page) -> None:
        """The page's items have their places in the run."""
        self._listed += len(page.references)
        self._done = page.is_last

    @property
    def more(self) -> bool:
        """Whether there may be another page."""
        return not self._done

    async def _requeued_page(self, after: str, most: int) -> Page:
        asked = calls.Asking(job_uid=self._job.uid, after=after, most=most)
        told = await workflow.execute_activity(
            calls.REQUEUED, asked, result_type=calls.Requeued, **options.LEDGER
        )
        self._requeued += len(told.references)
        self._after = told.references[-1] if told.more else None
        return Page(told.references, told.items)

    async def _from_source(self, activity_id: str) -> listing.ListedPage:
        source = self._items.source
        with failing(Reason.SOURCE_FAILED, "items.source"):
            given = interpreter.rendered(source.input, self._scope())
            returned = await workflow.execute_activity(
                source.activity,
                sources.SourceRequest(input=given, cursor=self._cursor),
                **options.robot(self._job.queue, source, activity_id),
            )
        return listing.page_of(returned, self._cursor)
