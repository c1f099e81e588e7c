"""The chunks that a run has in work: made of the items that wait, written when they come back.

Part of the workflow `JobRun`. An item that was not begun comes back and waits again; one that
needs a case goes on as one. How large a chunk is, `chunking` says.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pydantic
import pydantic_core
from temporalio import exceptions, workflow

from rpafabrik.runtime import causes
from rpafabrik_api import contract, verdict
from rpafabrik_platform.activities import calls
from rpafabrik_platform.workflows import chunking, options
from rpafabrik_platform.workflows.in_work import InWork

MOST_STARTED_BYTES = 500_000
"""Of chunks, before the next one has a workflow task of its own. Temporal ends a run of which one
task brings 4 MiB, and a last chunk, cases and a question for a page may still come to it."""

_START_APART = "start-large-chunks-apart"
"""Patch: before, all chunks that had places started at once."""

_PROGRESS = pydantic.TypeAdapter(contract.ChunkProgress)


class Chunks:
    """Chunks in work, and the items that wait for one."""

    def __init__(
        self,
        run: contract.CaseRequest,
        cases: InWork,
        tell: Callable[..., None],
        may_start: Callable[[], bool],
    ) -> None:
        """Make it empty; `run` is a case of the run, for what all of its items have in common."""
        items = run.job.items
        if items is None:
            raise AssertionError("a run without items has no chunks")
        self._run = run
        self._cases = cases
        self._tell = tell
        self._may_start = may_start
        self._failures = items.failure_limit.consecutive
        self._most = self._size = items.chunk_size
        self._slots = chunking.slots(items.concurrency)
        self._places = asyncio.Semaphore(chunking.at_once(items.concurrency))
        self._waiting: deque[tuple[str, dict[str, Any]]] = deque()
        # In the order of starting: what is cancelled must be, in every replay, in the same order.
        self._running: list[asyncio.Task[None]] = []
        self._handles: list[workflow.ActivityHandle[contract.ChunkProgress]] = []
        self._stopped = False
        self._started_bytes = 0

    async def add(self, items: Iterable[tuple[str, dict[str, Any]]]) -> None:
        """Take the items, by reference; return when no more wait than fit into one chunk."""
        self._waiting.extend(items)
        while len(self._waiting) >= self._size:
            await self._start()

    async def drained(self) -> None:
        """Wait until every item has its outcome, or is a case."""
        while self._waiting or self._running:
            if self._waiting:
                await self._start()
            else:
                await workflow.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
            for task in [task for task in self._running if task.done()]:
                self._running.remove(task)
                task.result()  # an error of ours fails the workflow's task; it is not lost

    def stop(self) -> None:
        """Begin nothing more: what waits is left to the next run."""
        self._stopped = True
        self._waiting.clear()

    def cancel(self) -> None:
        """Begin nothing more, and cancel what is in work."""
        self.stop()
        for handle in self._handles:
            handle.cancel()

    async def _start(self) -> None:
        """Start a chunk of what waits as soon as there is a place, and it may."""
        await self._places.acquire()
        if self._started_bytes > MOST_STARTED_BYTES and workflow.patched(_START_APART):
            await workflow.sleep(timedelta(milliseconds=1))  # what it asks for goes out with it
            self._started_bytes = 0
        while not self._may_start():
            await workflow.wait_condition(self._may_start)
        chunk = self._next()
        if not chunk.items:
            self._places.release()
            return
        self._started_bytes += len(pydantic_core.to_json(chunk))
        self._running.append(asyncio.create_task(self._attend(chunk)))

    def _next(self) -> contract.Chunk:
        sizes = (len(pydantic_core.to_json(waiting)) for waiting in self._waiting)
        count = chunking.fitting(sizes, self._size) if self._waiting else 0
        taken = [self._waiting.popleft() for _ in range(count)]
        return contract.Chunk(
            job=self._run.job,
            run_id=self._run.run_id,
            input=self._run.input,
            run=self._run.run,
            references=tuple(reference for reference, _ in taken),
            items=tuple(item for _, item in taken),
            slots=self._slots,
            seconds=chunking.SECONDS,
            failures=self._failures,
            trial=self._run.trial,
        )

    async def _attend(self, chunk: contract.Chunk) -> None:
        try:
            progress = await self._done(chunk)
            await self._record(chunk, progress)
            for one in progress.left:
                await self._go_on_as_case(chunk, one)
        finally:
            self._places.release()

    async def _done(self, chunk: contract.Chunk) -> contract.ChunkProgress:
        """Have the chunk done; what was not begun waits again."""
        handle = workflow.start_activity(
            contract.CHUNK_ACTIVITY,
            chunk,
            result_type=contract.ChunkProgress,
            **options.chunk(chunk.job),
        )
        self._handles.append(handle)
        if self._stopped:
            handle.cancel()
        try:
            progress: contract.ChunkProgress = await handle
        except exceptions.ActivityError as failure:
            return self._failed(chunk, failure)
        finally:
            self._handles.remove(handle)
        again = _not_ended(chunk, progress)
        self._size = chunking.next_size(len(chunk.items), len(chunk.items) - len(again), self._most)
        if not self._stopped:
            self._waiting.extendleft((chunk.references[i], chunk.items[i]) for i in reversed(again))
        return progress

    def _failed(
        self, chunk: contract.Chunk, failure: exceptions.ActivityError
    ) -> contract.ChunkProgress:
        """What a chunk that no robot could end has come to, by its last checkpoint."""
        progress = _salvaged(failure)
        if not self._stopped:
            reached = verdict.on_failure(causes.of(failure), "the chunk")
            seconds = int((workflow.now() - progress.started_at).total_seconds())
            for index in _not_ended(chunk, progress):
                progress.ended.append(index)
                progress.seconds.append(seconds)
                if progress.known is not None:
                    progress.known.append(contract.Known())
                progress.exceptions.append(
                    contract.ChunkException(
                        index=index,
                        outcome=reached.outcome,
                        code=reached.code,
                        message=reached.message,
                    )
                )
        return progress

    async def _record(self, chunk: contract.Chunk, progress: contract.ChunkProgress) -> None:
        """Write the final rows, however long the ledger is away."""
        ending = calls.ChunkEnding(
            job=chunk.job,
            run_id=chunk.run_id,
            references=chunk.references,
            progress=progress,
            trial=chunk.trial,
            items={one.index: chunk.items[one.index] for one in progress.exceptions},
        )
        streaks = await workflow.execute_local_activity(
            calls.RECORD_CHUNK, ending, result_type=list[calls.Streak], **options.LEDGER_LOCAL
        )
        self._tell(*(streak.outcome for streak in streaks for _ in range(streak.items)))

    async def _go_on_as_case(self, chunk: contract.Chunk, left: contract.ChunkLeft) -> None:
        start = replace(
            self._run,
            reference=chunk.references[left.index],
            item=chunk.items[left.index],
            next_step=left.next_step,
            outputs=left.outputs,
        )
        await self._cases.start(start, self._may_start)


def _not_ended(chunk: contract.Chunk, progress: contract.ChunkProgress) -> list[int]:
    done = {*progress.ended, *(one.index for one in progress.left)}
    return [index for index in range(len(chunk.items)) if index not in done]


def _salvaged(failure: exceptions.ActivityError) -> contract.ChunkProgress:
    cause = failure.cause
    if isinstance(cause, exceptions.TimeoutError) and cause.last_heartbeat_details:
        return _PROGRESS.validate_python(cause.last_heartbeat_details[0])
    return contract.ChunkProgress(started_at=workflow.now())
