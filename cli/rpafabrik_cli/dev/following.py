"""Follows jobs and runs through the operator's own reconcile until they are where they should be.

What a resource needs is decided there; here is only how often somebody looks, and what is told.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from rpafabrik_api import contract, resource
from rpafabrik_api.jobrun import JobRun
from rpafabrik_api.reasons import ConditionType, Reason
from rpafabrik_api.workerjob import WorkerJob
from rpafabrik_cli import failures
from rpafabrik_cli.dev.display import Display
from rpafabrik_cli.dev.file_cluster import FileCluster
from rpafabrik_cli.dev.results import Ended
from rpafabrik_operator.planning import jobrun, mapping, plan, world
from rpafabrik_operator.reconcile import ports
from rpafabrik_operator.reconcile.reconcile import Reconciler

LOOK_EVERY_SECONDS = 0.3

_IN_THE_WAY = (
    Reason.HELD,
    Reason.UNKNOWN_JOB,
    Reason.JOB_NOT_READY,
    Reason.STOPPED_ON_FAILURES,
)
"""What a run waits for that nobody mends while `rpafabrik dev` runs."""

AskProgress = Callable[[str], Awaitable[contract.Progress | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """Everything that following needs."""

    cluster: FileCluster
    temporal: ports.Temporal
    reconciler: Reconciler
    progress: AskProgress
    display: Display

    async def look(self, one: resource.Resource) -> plan.Outcome | None:
        """Reconcile a resource; None when Temporal is away for the moment."""
        name = one.metadata.name
        with contextlib.suppress(ports.TemporalUnavailableError, ports.ConflictError):
            return await self.reconciler.reconcile(one.kind, one.metadata.namespace, name)
        return None

    async def until_ready(self, job: WorkerJob) -> None:
        """Reconcile a job until it is as declared; fail with the reason when it cannot be."""
        while True:
            match await self.look(job):
                case plan.Done():
                    return
                # The robots are those that `dev` has started: nobody brings others.
                case plan.Stalled() | plan.Waiting(reason=Reason.UNKNOWN_ACTIVITY):
                    raise failures.Failure(f"{label(job)}: {self._why_not_ready(job)}")
                case _:
                    await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def until_ended(self, run: JobRun) -> Ended:
        """Reconcile a run until it has ended, and show how far it has come meanwhile."""
        watching = asyncio.create_task(self.watch(mapping.run_id(run), label(run)))
        try:
            while not jobrun.finished(current := self._current(run)):
                outcome = await self.look(current)
                if isinstance(outcome, plan.Waiting) and outcome.reason in _IN_THE_WAY:
                    condition = self._condition(self._current(run), ConditionType.SUCCEEDED)
                    raise failures.Failure(f"{label(run)}: {condition}")
                await asyncio.sleep(LOOK_EVERY_SECONDS)
        finally:
            watching.cancel()
            self.display.end(label(run))
        return await self._ended(current)

    async def watch(self, workflow_id: str, name: str) -> None:
        """Show for ever how far a run has come."""
        while True:
            if (progress := await self.progress(workflow_id)) is not None:
                self.display.show(name, progress)
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def execution(self, workflow_id: str) -> world.Execution | None:
        """The run in Temporal, once Temporal answers."""
        while True:
            with contextlib.suppress(ports.TemporalUnavailableError):
                return await self.temporal.execution(workflow_id)
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def _ended(self, run: JobRun) -> Ended:
        condition = resource.condition(run.status.conditions, ConditionType.SUCCEEDED)
        workflow_id = run.status.workflow_id
        execution = await self.execution(workflow_id) if workflow_id else None
        summary = execution.summary if execution else None
        return Ended(
            namespace=run.metadata.namespace,
            job=run.spec.job_ref.name,
            run=run.metadata.name,
            result=summary.result if summary else contract.RunResult.FAILED,
            reason=condition.reason if condition else "",
            message=condition.message if condition else "",
            summary=summary,
        )

    def _current(self, run: JobRun) -> JobRun:
        current = self.cluster.get(run.kind, run.metadata.namespace, run.metadata.name)
        return current if isinstance(current, JobRun) else run

    def _why_not_ready(self, job: WorkerJob) -> str:
        current = self.cluster.get(job.kind, job.metadata.namespace, job.metadata.name)
        return self._condition(current or job, ConditionType.READY)

    def _condition(self, one: resource.Resource, kind: ConditionType) -> str:
        conditions = one.status.conditions if isinstance(one, WorkerJob | JobRun) else ()
        found = resource.condition(conditions, kind)
        return f"{found.reason}: {found.message}" if found else "no reason is known"


def label(one: resource.Resource) -> str:
    """A job as people know it, and a run by its job."""
    name = one.spec.job_ref.name if isinstance(one, JobRun) else one.metadata.name
    return f"{one.metadata.namespace}/{name}"
