"""Lets the simulated year pass: each working day the runs that are due, then on to the next day.

Stands for what that server lacks, the schedules, and for the people who re-queue items and start
runs. What is started is what the operator's planning makes of the manifests.
"""

import asyncio
import contextlib
import os
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import yaml
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from rpafabrik_api import contract, findings, names
from rpafabrik_api.jobrun import JobRun
from rpafabrik_api.workerjob import WorkerJob
from rpafabrik_operator.planning import mapping
from support import process
from year import story, working_days

MANIFESTS = Path(__file__).parent / "manifests"
TESTS = Path(__file__).parents[1]
_Kind = TypeVar("_Kind", WorkerJob, JobRun)
_CRON, _MORNING, _AFTERNOON = "0 6 * * 1-5", time(6), time(13)
_ZONE = ZoneInfo("Europe/Stockholm")


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that is over."""

    job: str
    day: date
    summary: contract.RunSummary


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """The year, and how its runs ended."""

    environment: WorkflowEnvironment
    client: Client
    jobs: dict[str, WorkerJob]
    retry: Callable[[str], None]
    """Re-queue what failed in a job."""
    ended: list[Ended] = field(default_factory=list)

    async def live(self) -> None:
        """Let all working days pass."""
        for day in working_days.DAYS:
            now = await self._sleep_until(day, _MORNING)
            await asyncio.gather(*(self._by_schedule(name, day, now) for name in self.jobs))
            extras = [one for one in story.EXTRAS if one.day == day]
            if day in story.RETRIES or extras:
                await self._sleep_until(day, _AFTERNOON)
            if day in story.RETRIES:
                await asyncio.to_thread(self.retry, story.RETRIES[day])
            for extra in extras:
                await self._by_hand(extra)

    async def _by_schedule(self, job: str, day: date, now: datetime) -> None:
        schedule = mapping.desired_schedule(self.jobs[job], pause=None)
        if schedule is None or schedule.cron != _CRON:
            raise AssertionError(f"{job} must be due at {_CRON}")
        run_id = f"{schedule.id}-{now:%Y-%m-%dT%H:%M:%SZ}"  # as Temporal names them
        await self._run(job, day, schedule.request, run_id)

    async def _by_hand(self, extra: story.Extra) -> None:
        run = job_run(extra)
        request = mapping.run_request(run, self.jobs[extra.job])
        await self._run(extra.job, extra.day, request, mapping.run_id(run))

    async def _run(self, job: str, day: date, request: contract.RunRequest, run_id: str) -> None:
        handle: WorkflowHandle[Any, contract.RunSummary] = await self.client.start_workflow(
            contract.JOB_RUN_WORKFLOW,
            request,
            id=run_id,
            task_queue=names.PLATFORM_QUEUE,
            result_type=contract.RunSummary,
        )
        self.ended.append(Ended(job, day, await handle.result()))

    async def _sleep_until(self, day: date, at: time) -> datetime:
        """Let the server's clock jump, for nothing is in work."""
        until = datetime.combine(day, at, _ZONE).astimezone(UTC)
        await self.environment.sleep(until - await self.environment.get_current_time())
        return until


def jobs() -> dict[str, WorkerJob]:
    """The four jobs as the API server would have them, by name."""
    files = sorted(MANIFESTS.glob("*.yaml"))
    made = (_made(WorkerJob, yaml.safe_load(file.read_text())) for file in files)
    return {job.metadata.name: job for job in made}


def job_run(extra: story.Extra) -> JobRun:
    """The resource that somebody would apply for a run."""
    body = {
        "apiVersion": names.API_VERSION,
        "kind": "JobRun",
        "metadata": {"name": f"{extra.job}-{extra.day}", "namespace": "ekonomi"},
        "spec": {
            "jobRef": {"name": extra.job},
            "purpose": extra.purpose.value,
            "input": {"date": str(extra.of)} if extra.of else {},
        },
    }
    return _made(JobRun, body)


def _made(kind: type[_Kind], body: dict[str, Any]) -> _Kind:
    """The resource, with the uid that an API server gives."""
    body["metadata"]["uid"] = str(uuid.uuid4())
    made = findings.read(body)
    if not isinstance(made, kind):
        raise TypeError(f"{body['metadata']['name']} must be a {kind.__name__}")
    return made


@contextlib.contextmanager
def processes(temporal: str, ledger: str, folder: Path) -> Iterator[None]:
    """Platform and digital worker, each a process of its own."""
    ours = [sys.executable, "-m", "rpafabrik_cli"]
    to = ["--temporal-address", temporal, "--log-level", "WARNING"]
    commands = {
        "platform": ["platform", "--ledger", ledger, "--no-cluster"],
        "robot": ["worker", "--worker=ekonomi", "--namespace=ekonomi", "--module=year.robot"],
    }
    environment = {**os.environ, "PYTHONPATH": str(TESTS), "YEAR_OUTBOX": str(folder / "outbox")}
    with contextlib.ExitStack() as running:
        for name, command in commands.items():
            log = folder / f"{name}.log"
            child = process.running(name, [*ours, *command, *to], log, environment=environment)
            running.enter_context(child)
        yield
