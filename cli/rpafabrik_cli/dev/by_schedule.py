"""Follows jobs by their schedules: what comes next, what runs, how each run ended."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rpafabrik_api import contract
from rpafabrik_api.reasons import ConditionType
from rpafabrik_api.resource import condition
from rpafabrik_api.workerjob import WorkerJob
from rpafabrik_cli.dev.following import Following, label
from rpafabrik_cli.dev.results import Ended
from rpafabrik_cli.dev.together import together
from rpafabrik_operator.planning import mapping
from rpafabrik_operator.reconcile import ports

LOOK_EVERY_SECONDS = 2


async def follow(
    following: Following, jobs: Sequence[WorkerJob], report: Callable[[Ended], None]
) -> None:
    """Follow every job until cancelled; then let the schedules rest, for nobody is there."""
    try:
        await together(_Follower(following, job, report).follow() for job in jobs)
    finally:
        following.cluster.suspended = True
        await asyncio.gather(*(following.look(job) for job in jobs), return_exceptions=True)


class _Follower:
    """Follows one job."""

    def __init__(
        self, following: Following, job: WorkerJob, report: Callable[[Ended], None]
    ) -> None:
        self._following = following
        self._job = job
        self._report = report
        self._watching: dict[str, asyncio.Task[None]] = {}

    async def follow(self) -> None:
        """Look at the job again and again."""
        told = self._last_run()
        announced = ""
        try:
            while True:
                await self._following.look(self._job)
                if (coming := self._coming()) != announced:
                    announced = coming
                    self._following.display.tell(f"{label(self._job)}: {coming}")
                if (last := self._last_run()) and last != told:
                    told = last
                    await self._tell_end(last)
                await self._watch_running()
                await asyncio.sleep(LOOK_EVERY_SECONDS)
        finally:
            for task in self._watching.values():
                task.cancel()

    async def _watch_running(self) -> None:
        with contextlib.suppress(ports.TemporalUnavailableError):
            found = await self._following.temporal.running(mapping.schedule_id(self._job))
            running = {run.workflow_id for run in found}
            for workflow_id in running - {*self._watching}:
                self._following.display.tell(f"{label(self._job)}: a run has started")
                watch = self._following.watch(workflow_id, label(self._job))
                self._watching[workflow_id] = asyncio.create_task(watch)
            for workflow_id in {*self._watching} - running:
                self._watching.pop(workflow_id).cancel()
                self._following.display.end(label(self._job))

    async def _tell_end(self, workflow_id: str) -> None:
        execution = await self._following.execution(workflow_id)
        summary = execution.summary if execution else None
        metadata = self._job.metadata
        self._report(
            Ended(
                namespace=metadata.namespace,
                job=metadata.name,
                run="",
                result=summary.result if summary else contract.RunResult.FAILED,
                reason=summary.reason if summary else "",
                message=summary.message if summary else "",
                summary=summary,
            )
        )

    def _current(self) -> WorkerJob:
        metadata = self._job.metadata
        current = self._following.cluster.get("WorkerJob", metadata.namespace, metadata.name)
        return current if isinstance(current, WorkerJob) else self._job

    def _last_run(self) -> str | None:
        last = self._current().status.last_run
        return last.workflow_id if last else None

    def _coming(self) -> str:
        """What happens next, for people."""
        job = self._current()
        if job.status.next_run_time is not None and job.spec.schedule is not None:
            return f"next run {_local(job.status.next_run_time, job.spec.schedule.time_zone)}"
        suspended = condition(job.status.conditions, ConditionType.SUSPENDED)
        if suspended is None:
            return "no run is planned"
        return f"no run is planned: {suspended.reason} {suspended.message}".strip()


def _local(when: datetime, time_zone: str) -> str:
    return when.astimezone(ZoneInfo(time_zone)).strftime(f"%Y-%m-%d %H:%M {time_zone}")
