"""The workflow `JobRun`: one run of a job, from the first page of items to the report.

It starts nothing while it is held, and continues as new between two pages when its history has
grown, once the cases in work have ended. What pages, catalogues and failures mean is decided in
the pure modules beside this one; the cases in work are `in_work`'s.
"""

import asyncio
from dataclasses import dataclass, replace
from typing import Any

import pydantic_core
from temporalio import exceptions, workflow

from rpafabrik.runtime import causes
from rpafabrik_api import contract, interpreter, names, volume
from rpafabrik_api.reasons import Reason
from rpafabrik_platform.activities import calls
from rpafabrik_platform.workflows import case as cases
from rpafabrik_platform.workflows import (
    limits,
    listing,
    options,
    preflight,
    run_scope,
    shield,
)
from rpafabrik_platform.workflows.chunks import Chunks
from rpafabrik_platform.workflows.in_work import InWork
from rpafabrik_platform.workflows.pages import Page, Pages
from rpafabrik_platform.workflows.reporting import Reporting
from rpafabrik_platform.workflows.run_failure import RunFailedError, failing

_CONTINUE_BY_EVENTS = "continue-before-cases-in-work-fill-the-history"
"""Patch: before, only what had happened counted, and not what cases in work were still to add."""


@dataclass(frozen=True, slots=True)
class _Ended:
    """How a run ended, before the ledger has closed it."""

    result: contract.RunResult = contract.RunResult.SUCCEEDED
    reason: Reason = Reason.COMPLETED
    message: str = ""
    files: tuple[str, ...] = ()


@workflow.defn(name=contract.JOB_RUN_WORKFLOW)
class JobRun:
    """One run of a job."""

    @workflow.init
    def __init__(self, request: contract.RunRequest) -> None:
        # A signal may come before `run` begins, so all that signals touch is here.
        state = request.state or contract.RunState(
            started_at=workflow.now(), resumed=request.resumed
        )
        self._request = request
        self._started_at = state.started_at
        self._held_because = state.held_because
        self._resumed = state.resumed
        self._tally = limits.Tally(
            counts=state.counts,
            in_a_row=state.failures_in_a_row,
            stopped_because=state.stopped_because,
        )
        self._limited = True
        self._pages = Pages(request, self._scope) if request.job.items else None
        self._listing_done = False
        self._run: dict[str, Any] = {}
        concurrency = request.job.items.concurrency if request.job.items else 1
        self._cases = InWork(concurrency, self._count)
        self._chunks: Chunks | None = None

    @workflow.signal(name=contract.HOLD_SIGNAL)
    def hold(self, because: str) -> None:
        """Start nothing more; what is in work goes on."""
        self._held_because = because
        workflow.upsert_memo(self._memo())

    @workflow.signal(name=contract.RELEASE_SIGNAL)
    def release(self) -> None:
        """Go on."""
        self._held_because = None
        workflow.upsert_memo(self._memo())

    @workflow.signal(name=contract.RESUME_SIGNAL)
    def resume(self, because: str) -> None:
        """Go on after a stop on failures; what was told before is told again, and no news."""
        if self._tally.stopped_because is None or because == self._resumed:
            return
        self._resumed = because
        self._tally = self._tally.resumed()
        workflow.upsert_memo(self._memo())

    @workflow.signal(name=cases.PARKED_SIGNAL)
    def park(self, case: str) -> None:
        """A case waits; another item may have its place."""
        self._cases.park(case)

    @workflow.signal(name=cases.RETURNING_SIGNAL)
    async def take_back(self, case: str) -> None:
        """A case has waited, and asks for a place."""
        await self._cases.take_back(case)

    @workflow.query(name=contract.PROGRESS_QUERY)
    def progress(self) -> contract.Progress:
        """How far the run has come."""
        return contract.Progress(
            counts=self._tally.counts,
            listed=self._listed(),
            listing_done=self._listing_done,
            held_because=self._held_because,
            stopped_because=self._tally.stopped_because,
        )

    @workflow.run
    async def run(self, request: contract.RunRequest) -> contract.RunSummary:
        """Do the run; a failed or cancelled one has its summary too."""
        reporting = Reporting(request, self.progress)
        try:
            ended = await self._work()
        except RunFailedError as failure:
            ended = _Ended(contract.RunResult.FAILED, failure.reason, str(failure))
        except (asyncio.CancelledError, exceptions.ActivityError) as failure:
            if not shield.is_cancellation(failure):
                raise
            ended = _Ended(contract.RunResult.CANCELLED, Reason.CANCELLED)
            self._limited = False  # what is abandoned now is no failure
            self._cancel()
        return await shield.to_the_end(self._close(ended, reporting))

    async def _work(self) -> _Ended:
        if self._request.state is None:
            await shield.to_the_end(self._open())
            shield.stop_if_cancelled()
        run_id = workflow.info().workflow_id
        self._run = run_scope.run_variable(self._request, run_id, self._started_at)
        if self._request.state is None:
            await self._check_worker()
        try:
            await self._start_items()
        except RunFailedError:
            if self._chunks is not None:
                self._chunks.stop()
            await self._drained()
            raise
        await self._drained()
        ending = limits.ending(self._tally.counts, self._request.job.items)
        files = await self._complete()
        return _Ended(ending.result, ending.reason, ending.message, files)

    async def _open(self) -> None:
        opening = calls.Opening(
            job=self._request.job,
            run_id=workflow.info().workflow_id,
            purpose=self._request.purpose,
            started_at=self._started_at,
        )
        opened = await workflow.execute_activity(
            calls.OPEN_RUN, opening, result_type=calls.Opened, **options.LEDGER
        )
        if opened.requeued and self._pages is not None:
            self._pages.take_requeued()

    async def _check_worker(self) -> None:
        """Fail, before any item is touched, if the worker is away or lacks what the job names."""
        queue = self._request.job.queue
        try:
            catalogue = await workflow.execute_activity(
                contract.CATALOGUE_ACTIVITY,
                result_type=contract.Catalogue,
                **options.catalogue(queue),
            )
        except exceptions.ActivityError as failure:
            if shield.is_cancellation(failure):
                raise
            message = preflight.no_answer(queue, options.CATALOGUE_SECONDS, causes.of(failure))
            raise RunFailedError(Reason.WORKER_UNAVAILABLE, message) from failure
        if lacking := preflight.missing(self._request.job, catalogue):
            raise RunFailedError(Reason.UNKNOWN_ACTIVITY, lacking)

    async def _start_items(self) -> None:
        """Start every item; return when the last one has started."""
        items, pages = self._request.job.items, self._pages
        if items is None or pages is None:
            await self._start(workflow.info().workflow_id, {})
        else:
            await self._start_pages(items, pages)
        self._listing_done = True

    async def _start_pages(self, items: contract.Items, pages: Pages) -> None:
        if items.mode is contract.Mode.CHUNKED:
            self._chunks = Chunks(self._case("", {}), self._cases, self._count, self._may_start)
        while pages.is_counting:
            await self._until_it_may_start()
            await pages.count()
            await self._continue_if_suggested()
        while pages.more:
            await self._until_it_may_start()
            page = await pages.next(self._cost())
            await self._start_page(pages, page)
            if pages.more:
                await self._continue_if_suggested()

    async def _until_it_may_start(self) -> None:
        await workflow.wait_condition(self._may_start)
        shield.stop_if_cancelled()

    async def _start_page(self, pages: Pages, page: Page) -> None:
        taken = await self._claim(page.references)
        pages.begin(page)
        self._count(*[contract.Outcome.SKIPPED for _ in taken])
        pairs = zip(page.references, page.items, strict=True)
        new = [pair for pair in pairs if pair[0] not in taken]
        if self._chunks is not None:
            await self._chunks.add(new)
            return
        for one, item in new:
            await self._start(one, item)

    async def _claim(self, references: tuple[str, ...]) -> frozenset[str]:
        """Take a page's references for this run; those that are done, or in work elsewhere."""
        run_id, trial = workflow.info().workflow_id, self._request.purpose.trial
        asked = calls.Claiming(
            job_uid=names.claims_owner(self._request.job.uid, run_id, trial=trial),
            run_id=run_id,
            position=self._listed(),
            references=references,
        )
        taken = await workflow.execute_activity(
            calls.CLAIM, asked, result_type=list[str], **options.LEDGER
        )
        return frozenset(taken)

    async def _start(self, reference: str, item: dict[str, Any]) -> None:
        await self._cases.start(self._case(reference, item), self._may_start)

    def _case(self, reference: str, item: dict[str, Any]) -> contract.CaseRequest:
        return contract.CaseRequest(
            job=self._request.job,
            run_id=workflow.info().workflow_id,
            input=self._request.input,
            reference=reference,
            item=item,
            run=self._run,
            trial=self._request.purpose.trial,
        )

    async def _continue_if_suggested(self) -> None:
        """Go on with a history of its own; no case is in work then, so none is lost from sight."""
        if not self._history_is_full():
            return
        await self._drained()
        await workflow.wait_condition(workflow.all_handlers_finished)
        state = contract.RunState(
            started_at=self._started_at,
            counts=self._tally.counts,
            held_because=self._held_because,
            failures_in_a_row=self._tally.in_a_row,
            stopped_because=self._tally.stopped_because,
            resumed=self._resumed,
        )
        if self._pages is not None:
            state = self._pages.carried(state)
        workflow.continue_as_new(
            replace(self._request, state=state),
            memo={**workflow.memo(), **self._memo()},  # what was upserted is not carried over
        )

    def _history_is_full(self) -> bool:
        """Whether it may become too long with the cases in work and those of one more page."""
        info = workflow.info()
        if info.is_continue_as_new_suggested():
            return True
        events = info.get_current_history_length() + self._cases.open * self._cost().events
        return events > listing.MOST_EVENTS_BEFORE and workflow.patched(_CONTINUE_BY_EVENTS)

    def _cost(self) -> listing.Cost:
        size = len(pydantic_core.to_json(self._case("", {})))
        return listing.Cost(size=size, events=cases.events_in_run(self._request.job))

    async def _drained(self) -> None:
        """Wait until everything in work has ended."""
        if self._chunks is not None:
            await self._chunks.drained()  # first, for an item may leave its chunk as a case
        await self._cases.drained()

    def _cancel(self) -> None:
        if self._chunks is not None:
            self._chunks.cancel()
        self._cases.cancel()

    async def _complete(self) -> tuple[str, ...]:
        """Do what the job wants done last; the files it says it wrote."""
        call = self._request.job.on_completion
        if call is None:
            return ()
        await workflow.wait_condition(self._may_start)
        shield.stop_if_cancelled()
        with failing(Reason.COMPLETION_FAILED, "onCompletion"):
            returned = await workflow.execute_activity(
                call.activity,
                interpreter.rendered(call.input, self._scope(self._tally.counts)),
                **options.robot(self._request.job.queue, call, "onCompletion"),
            )
        return run_scope.files_of(returned)

    async def _close(self, ended: _Ended, reporting: Reporting) -> contract.RunSummary:
        await self._drained()
        await workflow.wait_condition(workflow.all_handlers_finished)
        summary = await self._summary(ended)
        await reporting.end(summary)
        return summary

    async def _summary(self, ended: _Ended) -> contract.RunSummary:
        """Close the run in the ledger, and tell what it and the job have saved."""
        run_id, finished_at = workflow.info().workflow_id, workflow.now()
        counts = self._tally.counts
        found = self._pages.volume if self._pages else None
        closing = calls.Closing(
            job=self._request.job,
            run_id=run_id,
            purpose=self._request.purpose,
            result=ended.result,
            finished_at=finished_at,
            counts=counts,
            volume=found,
        )
        saved = await workflow.execute_activity(
            calls.CLOSE_RUN, closing, result_type=calls.Saved, **options.LEDGER
        )
        return contract.RunSummary(
            run_id=run_id,
            result=ended.result,
            started_at=self._started_at,
            finished_at=finished_at,
            counts=counts,
            saved=saved.run,
            job_saved=saved.job,
            files=ended.files,
            reason=ended.reason.value,
            message=ended.message,
            purpose=self._request.purpose,
            volume=found if found and volume.is_bounded(found) else None,
            standing=saved.standing,
        )

    def _listed(self) -> int:
        """Items so far; a run without items is one itself."""
        return self._pages.listed if self._pages else 1

    def _may_start(self) -> bool:
        return self._held_because is None and self._tally.stopped_because is None

    def _count(self, *outcomes: contract.Outcome) -> None:
        """So many items have ended, in this order."""
        items, before = self._request.job.items, self._tally
        limit = items.failure_limit if items and self._limited else contract.FailureLimit()
        self._tally = before.after(outcomes, limit)
        if self._tally.stopped_because != before.stopped_because:
            workflow.upsert_memo(self._memo())

    def _memo(self) -> dict[str, Any]:
        """What the operator reads of a run without asking its worker."""
        return {
            contract.HELD_MEMO: self._held_because is not None,
            contract.STOPPED_MEMO: self._tally.stopped_because or "",
            contract.RESUMED_MEMO: self._resumed,
        }

    def _scope(self, counts: contract.Counts | None = None) -> interpreter.Scope:
        return run_scope.scope(self._request, self._run, counts)
