"""The activity that does the steps of many items in one robot pod.

Each slot does one item after the other, and takes the next one only when Temporal has confirmed
that the last one ended: so a robot that is killed loses at most one item per slot. What an item
is written down as is decided here; who writes it is the platform.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pydantic
import pydantic_core
from temporalio import activity

from rpafabrik.runtime import checkpoints, in_process, stepping
from rpafabrik_api import contract, interpreter, verdict

ATTEMPTS_TOGETHER = 2
"""A chunk that lost its robot so often is done item by item, to find the one that did it."""
LOSSES_OF_ITEM = 2
"""An item that was alone in work when a robot was lost, so often, is not tried again."""
MOST_BYTES = 1_000_000
"""Of outputs and messages, after which no further item is begun; Temporal takes 2 MB."""
MESSAGE_LENGTH = 2_000
CODE_LENGTH = 64
_THREADS = 1_000
"""Enough for parallel steps and those that hang: a step's time runs while it waits for a thread.
What nobody asks for is never started."""

_LOST = verdict.Verdict(
    outcome=contract.Outcome.APPLICATION_EXCEPTION,
    code="WorkerLost",
    message=f"the robot was lost {LOSSES_OF_ITEM} times while it did this item alone",
)
_PROGRESS = pydantic.TypeAdapter(contract.ChunkProgress)


def activity_of(activities: dict[str, Callable[..., Any]]) -> Callable[..., Any]:
    """The chunk activity of a digital worker that has these activities."""

    @activity.defn(name=contract.CHUNK_ACTIVITY)
    async def do_chunk(chunk: contract.Chunk) -> contract.ChunkProgress:
        threads = ThreadPoolExecutor(_THREADS, "chunk")
        try:
            return await _Work(chunk, in_process.InProcess(activities, threads)).done()
        finally:
            # Without waiting: a thread that hangs has had its verdict.
            threads.shutdown(wait=False, cancel_futures=True)

    return do_chunk


class _Work:
    """One attempt at a chunk."""

    def __init__(self, chunk: contract.Chunk, performer: in_process.InProcess) -> None:
        info = activity.info()
        self._chunk = chunk
        self._performer = performer
        self._progress = _begun(chunk, info)
        self._began = time.monotonic()
        self._before = info.started_time - self._progress.started_at
        self._free = deque(_not_ended(chunk, self._progress))
        self._in_work: dict[int, contract.Known] = {}
        self._failures = 0
        self._stopped = False
        self._bytes = len(pydantic_core.to_json(self._progress))
        handle = activity.client().get_async_activity_handle(task_token=info.task_token)
        self._one_by_one = info.attempt > ATTEMPTS_TOGETHER
        savers = 1 if self._one_by_one else min(chunk.slots, len(self._free))
        self._checkpoints = checkpoints.Checkpoints(handle, self._progress, savers)

    async def done(self) -> contract.ChunkProgress:
        """Do what can be done; what was not begun is for another chunk."""
        beating = asyncio.create_task(self._checkpoints.beat())
        try:
            if self._one_by_one:
                await self._do_suspects()
            else:
                async with asyncio.TaskGroup() as slots:
                    for _ in range(min(self._chunk.slots, len(self._free))):
                        slots.create_task(self._do_all())
        except asyncio.CancelledError:
            details = activity.cancellation_details()
            if details is None or not details.cancel_requested:
                raise  # the robot goes away: another one goes on from the checkpoint
            for index, known in self._in_work.items():
                self._end(index, verdict.ABANDONED, known)
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        finally:
            beating.cancel()
        return self._progress

    async def _do_all(self) -> None:
        for index in self._next():
            await self._do(index)
            await self._checkpoints.save()

    async def _do_suspects(self) -> None:
        """Do items one by one, each known to Temporal before it is begun."""
        suspect = self._progress.trying
        if suspect is not None and self._progress.losses >= LOSSES_OF_ITEM:
            self._free.remove(suspect)
            self._end(suspect, _LOST, contract.Known())
        for index in self._next():
            losses = self._progress.losses if index == suspect else 0
            self._progress.trying, self._progress.losses = index, losses + 1
            await self._checkpoints.save()
            await self._do(index)
            self._progress.trying, self._progress.losses = None, 0
        await self._checkpoints.save()

    def _next(self) -> Iterator[int]:
        while self._free and self._may_begin():
            yield self._free.popleft()

    def _may_begin(self) -> bool:
        return (
            time.monotonic() - self._began < self._chunk.seconds
            and self._bytes < MOST_BYTES
            and not self._stopped
            and not activity.is_worker_shutdown()
        )

    async def _do(self, index: int) -> None:
        self._in_work[index] = contract.Known()
        try:
            self._in_work[index] = stepping.known(self._chunk.job, self._chunk.items[index])
            reached = verdict.COMPLETED if await self._do_steps(index) else None
        except verdict.StoppedError as stopped:
            reached = stopped.verdict
        known = self._in_work.pop(index)
        if reached is not None:
            self._end(index, reached, known)

    async def _do_steps(self, index: int) -> bool:
        """Do the item's steps; false when it must go on as a case."""
        chunk = self._chunk
        job = chunk.job
        case = stepping.case_id(job, chunk.run_id, chunk.references[index], trial=chunk.trial)
        perform = self._performer.of(case)
        scope = interpreter.item_scope(job, chunk.items[index], chunk.input, chunk.run)
        for number, step in enumerate(job.steps):
            if _is_for_a_case(step) and stepping.is_wanted(step, scope):
                self._leave(index, number, dict(scope.outputs))
                return False
            scope = scope.after(await stepping.outputs(step, scope, perform))
        return True

    def _leave(self, index: int, number: int, outputs: dict[str, dict[str, Any]]) -> None:
        carried = len(pydantic_core.to_json(outputs))
        chunk = self._chunk
        fixed = len(pydantic_core.to_json([chunk.job, chunk.input, chunk.items[index]]))
        # All slots may leave at once, and what they carry is one result.
        most = min(
            interpreter.MOST_BYTES - fixed, (interpreter.MOST_BYTES - MOST_BYTES) // chunk.slots
        )
        if carried > most:
            cause = verdict.Cause(
                kind=verdict.Kind.TOO_LARGE,
                message=f"the outputs so far must be at most {most} bytes of JSON for the item to"
                f" leave its chunk, and are {carried}; items.mode Durable carries more",
            )
            place = stepping.place(chunk.job.steps[number])
            raise verdict.StoppedError(verdict.on_failure(cause, place))
        self._bytes += carried
        self._progress.left.append(
            contract.ChunkLeft(index=index, next_step=number, outputs=outputs)
        )

    def _end(self, index: int, reached: verdict.Verdict, known: contract.Known) -> None:
        elapsed = self._before + timedelta(seconds=time.monotonic() - self._began)
        self._progress.ended.append(index)
        self._progress.seconds.append(max(0, int(elapsed.total_seconds())))
        if self._progress.known is not None:
            self._progress.known.append(known)
            self._bytes += len(pydantic_core.to_json(known))
        if reached.outcome is contract.Outcome.COMPLETED:
            self._failures = 0
            return
        failed = reached.outcome is contract.Outcome.APPLICATION_EXCEPTION
        self._failures = self._failures + 1 if failed else 0
        # For good: slots end together, past the limit, and one that ends well counts anew.
        self._stopped |= self._failures == self._chunk.failures
        exception = contract.ChunkException(
            index=index,
            outcome=reached.outcome,
            code=reached.code[:CODE_LENGTH],
            message=reached.message[:MESSAGE_LENGTH],
            step=reached.step,
            attempts=reached.attempts,
        )
        self._bytes += len(pydantic_core.to_json(exception))
        self._progress.exceptions.append(exception)


def _begun(chunk: contract.Chunk, info: activity.Info) -> contract.ChunkProgress:
    """How far the attempts before have come."""
    if info.heartbeat_details:
        return _PROGRESS.validate_python(info.heartbeat_details[0])
    return contract.ChunkProgress(
        started_at=info.started_time, known=[] if stepping.needs_known(chunk.job) else None
    )


def _not_ended(chunk: contract.Chunk, progress: contract.ChunkProgress) -> Iterator[int]:
    done = {*progress.ended, *(one.index for one in progress.left)}
    return (index for index in range(len(chunk.items)) if index not in done)


def _is_for_a_case(step: contract.Step) -> bool:
    """Whether a step, or one of its parallel ones, is more than an activity."""
    return any(one.activity is None for one in step.parallel or (step,))
