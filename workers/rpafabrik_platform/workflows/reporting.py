"""Tells the run's resources how it goes, at a limited rate, and at last how it ended.

Part of the workflow `JobRun`. A report that fails is dropped: the run is not about reports.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from temporalio import exceptions, workflow

from rpafabrik_api import contract
from rpafabrik_platform.activities import calls
from rpafabrik_platform.workflows import options

PROGRESS_SECONDS = 10
"""Progress is pushed at most this often."""


class Reporting:
    """The reports of one run, one at a time, so that the last one sent arrives last."""

    def __init__(
        self, request: contract.RunRequest, progress: Callable[[], contract.Progress]
    ) -> None:
        self._about = _about(request)
        self._progress = progress
        self._told = progress()
        self._told_stop: str | None = None
        self._ending = False
        # Only a JobRun shows progress; the runs of a schedule show how they ended.
        self._pushing = asyncio.create_task(self._push()) if request.name is not None else None
        # A stop waits for people, so it is told of every run, at once.
        self._stops = asyncio.create_task(self._tell_stops())

    async def end(self, summary: contract.RunSummary) -> None:
        """Tell how the run ended."""
        self._ending = True
        if self._pushing is not None:
            await self._pushing
        await self._stops
        report = calls.RunReport(about=self._about, summary=summary)
        with suppress(exceptions.ActivityError):
            await workflow.execute_activity(calls.REPORT_RUN, report, **options.REPORT)

    async def _push(self) -> None:
        while True:
            await workflow.wait_condition(lambda: self._ending or self._progress() != self._told)
            # Before the first report too: a run that is over by then costs none.
            with suppress(TimeoutError):
                await workflow.wait_condition(
                    lambda: self._ending, timeout=timedelta(seconds=PROGRESS_SECONDS)
                )
            if self._ending:
                return
            self._told = self._progress()
            report = calls.ProgressReport(about=self._about, progress=self._told)
            with suppress(exceptions.ActivityError):
                await workflow.execute_activity(calls.REPORT_PROGRESS, report, **options.PROGRESS)

    async def _tell_stops(self) -> None:
        while True:
            await workflow.wait_condition(lambda: self._ending or self._stop() != self._told_stop)
            if (stop := self._stop()) == self._told_stop:
                return
            self._told_stop = stop
            report = calls.StopReport(about=self._about, because=stop, at=workflow.now())
            with suppress(exceptions.ActivityError):
                await workflow.execute_activity(calls.REPORT_STOP, report, **options.REPORT)

    def _stop(self) -> str | None:
        """Why the run waits to be resumed; one that ends waits no more."""
        return None if self._ending else self._progress().stopped_because


def _about(request: contract.RunRequest) -> calls.Reported:
    job = request.job
    return calls.Reported(
        namespace=job.namespace,
        job=job.name,
        job_uid=job.uid,
        run_id=workflow.info().workflow_id,
        run=request.name,
    )
