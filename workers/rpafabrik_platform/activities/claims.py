"""The platform's activity that claims references for a run, and asks Temporal who is alive.

A run that was terminated leaves its claims behind. The next run that meets them takes them over;
only then is Temporal asked, so a page that nobody else wants costs no call.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from temporalio import activity
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from rpafabrik_platform.activities import calls
from rpafabrik_platform.ledger import entries, store


class Runs(Protocol):
    """Tells which runs are under way."""

    async def alive(self, run_id: str) -> bool:
        """Whether the run is under way; raises when nobody can tell, to be asked again."""


class TemporalRuns:
    """The runs in Temporal."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def alive(self, run_id: str) -> bool:
        """Whether the run's workflow is open."""
        try:
            seen = await self._client.get_workflow_handle(run_id).describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return False
            raise
        return seen.status is WorkflowExecutionStatus.RUNNING


class ClaimActivities:
    """Activities that need the ledger and Temporal."""

    def __init__(self, ledger: store.Ledger, runs: Runs) -> None:
        self._ledger = ledger
        self._runs = runs

    @activity.defn(name=calls.CLAIM)
    async def claim(self, claiming: calls.Claiming) -> list[str]:
        """Claim a page's references; return those it cannot have, in the order they were asked."""
        asked = entries.Claiming(
            job_uid=claiming.job_uid,
            run_id=claiming.run_id,
            position=claiming.position,
            references=claiming.references,
        )
        taken = await asyncio.to_thread(self._ledger.claim, asked)
        if dead := await self._dead(taken, asked.run_id):
            for run_id in dead:
                await asyncio.to_thread(self._ledger.release_claims, asked.job_uid, run_id)
            taken = await asyncio.to_thread(self._ledger.claim, asked)
        if taken:
            done_in = {reference: one.run_id for reference, one in taken.items()}
            await asyncio.to_thread(self._ledger.note_skips, asked.run_id, done_in)
        return [reference for reference in claiming.references if reference in taken]

    async def _dead(self, taken: Mapping[str, entries.Taken], run_id: str) -> list[str]:
        """The runs that ended without letting go of what they had claimed."""
        others = {one.run_id for one in taken.values() if not one.done} - {run_id}
        return [other for other in sorted(others) if not await self._runs.alive(other)]

    @property
    def all(self) -> tuple[Callable[..., Any], ...]:
        """What a worker registers."""
        return (self.claim,)
