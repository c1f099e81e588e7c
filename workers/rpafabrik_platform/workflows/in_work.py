"""The cases that a run has in work: started in bounds, told of when they end, cancelled together.

Part of the workflow `JobRun`; which items become cases is not decided here.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import pydantic_core
from temporalio import common, exceptions, workflow

from rpafabrik.runtime import stepping
from rpafabrik_api import contract
from rpafabrik_platform.workflows import case as cases
from rpafabrik_platform.workflows import places

MOST_OPEN = 1_500
"""Temporal takes 2 000 open children of one workflow; cases that wait are open too."""

MOST_STARTING_BYTES = 2_000_000
"""Temporal ends a run of which one workflow task brings 4 MiB. The question for the next page may
be in it too."""

_ABANDON_WHAT_WAITS = "abandon-what-waits-to-start"
"""Patch: before, an item that had left its chunk waited for a word even in a cancelled run."""
_START_IN_BOUNDS = "start-in-bounds"
"""Patch: before, all cases that had places started at once."""


class InWork:
    """Cases in work; each one's outcome is told when it ends."""

    def __init__(self, concurrency: int, tell: Callable[[contract.Outcome], None]) -> None:
        self._tell = tell
        self._places = places.Places(concurrency, MOST_OPEN)
        self._running: dict[str, asyncio.Task[None]] = {}
        self._handles: dict[str, workflow.ChildWorkflowHandle[cases.Case, contract.Outcome]] = {}
        self._cancelling = False
        self._abandoning = False
        self._starting_bytes = 0
        self._next_to_start = asyncio.Lock()

    @property
    def open(self) -> int:
        """How many cases have not ended; those that wait are open too."""
        return sum(not task.done() for task in self._running.values())

    async def start(self, start: contract.CaseRequest, may_start: Callable[[], bool]) -> None:
        """Start a case as soon as there is a place, and it may; it ends by itself.

        What a cancelled run still starts is cancelled at once: its row says that it is abandoned.
        """
        case = stepping.case_id(start.job, start.run_id, start.reference, trial=start.trial)

        def goes_on() -> bool:
            return self._abandoning or may_start()

        await self._places.enter(case)
        while not goes_on():
            self._places.give_back(case)
            await workflow.wait_condition(goes_on)
            await self._places.take(case)
        self._running[case] = asyncio.create_task(self._attend(case, start))

    def park(self, case: str) -> None:
        """The case waits; another may have its place."""
        self._places.give_back(case)

    async def take_back(self, case: str) -> None:
        """The case has waited; it goes on when it is its turn, so the bound always holds."""
        await self._places.take(case)
        handle = self._handles.get(case)
        if handle is None:
            self._places.give_back(case)
            return
        with suppress(exceptions.ApplicationError):  # it ended meanwhile
            await handle.signal(cases.PLACE_SIGNAL)

    def cancel(self) -> None:
        """Cancel every case; those that are just starting as soon as they have started."""
        self._cancelling = True
        self._abandoning = workflow.patched(_ABANDON_WHAT_WAITS)
        for handle in self._handles.values():
            handle.cancel()

    async def drained(self) -> None:
        """Wait until every case has ended."""
        await workflow.wait_condition(lambda: all(task.done() for task in self._running.values()))
        for task in self._running.values():
            task.result()  # an error of ours fails the workflow's task; it is not lost

    async def _attend(self, case: str, start: contract.CaseRequest) -> None:
        try:
            self._tell(await self._outcome(case, start))
        finally:
            self._handles.pop(case, None)
            self._places.leave(case)

    async def _outcome(self, case: str, start: contract.CaseRequest) -> contract.Outcome:
        try:
            handle = await self._started(case, start)
            self._handles[case] = handle
            if self._cancelling:
                handle.cancel()
            return await handle
        except exceptions.WorkflowAlreadyStartedError:
            # A case of a run that was terminated has not ended yet: the next run takes the item.
            return contract.Outcome.SKIPPED
        except exceptions.ChildWorkflowError:
            # It ended without a row, by somebody's hand: the next run takes the item again.
            return contract.Outcome.ABANDONED

    async def _started(
        self, case: str, start: contract.CaseRequest
    ) -> workflow.ChildWorkflowHandle[cases.Case, contract.Outcome]:
        """Start the case once those that are just starting leave room for its bytes."""
        most = MOST_STARTING_BYTES
        size = min(len(pydantic_core.to_json(start)), most)
        async with self._next_to_start:
            if self._starting_bytes + size > most and workflow.patched(_START_IN_BOUNDS):
                await workflow.wait_condition(lambda: self._starting_bytes + size <= most)
            self._starting_bytes += size
        try:
            return await workflow.start_child_workflow(
                cases.Case.run,
                start,
                id=case,
                # The run has claimed the item, so a case of it that has ended was re-queued, or
                # ended without a row.
                id_reuse_policy=common.WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            )
        finally:
            self._starting_bytes -= size
