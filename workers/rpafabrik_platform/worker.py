"""The platform worker: the workflows, and the activities on ledger and status, on one queue.

A composition root in small: it opens the ledger and builds the worker. How a process lives and
drains is `rpafabrik.runtime.process`'s, the same for robots and platform.
"""

import asyncio
import contextlib
import itertools
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta

from temporalio import worker
from temporalio.client import Client

from rpafabrik import connection
from rpafabrik.logs import log
from rpafabrik.runtime import process
from rpafabrik_api import names
from rpafabrik_platform import reading
from rpafabrik_platform.activities.claims import ClaimActivities, TemporalRuns
from rpafabrik_platform.activities.ledger import LedgerActivities
from rpafabrik_platform.activities.status import StatusActivities, StatusReporter
from rpafabrik_platform.activities.tasks import TaskActivities, TemporalWaiting
from rpafabrik_platform.ledger import errors, store
from rpafabrik_platform.workflows.case import Case
from rpafabrik_platform.workflows.human_task import HumanTask
from rpafabrik_platform.workflows.job_run import JobRun

LEDGER_THREADS = 10
"""An item costs the ledger one short transaction; more threads would wait for each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformSettings:
    """What the platform worker is told."""

    process: process.ProcessSettings
    ledger: str = field(repr=False)
    """URL of the ledger, `sqlite:///FILE` or `postgresql://…`; it may hold a password."""


async def run_platform(
    settings: PlatformSettings, reporter: StatusReporter, *, stop: asyncio.Event | None = None
) -> None:
    """Run the platform worker until it is told to stop; see `process.run`.

    Raises:
        errors.LedgerRefused: The ledger cannot be used until somebody mends what it names.
    """
    figures = reading.LedgerFigures()
    with ThreadPoolExecutor(LEDGER_THREADS, "ledger") as threads:
        async with contextlib.AsyncExitStack() as open_until_the_end:

            async def prepare() -> process.Build:
                ledger = open_until_the_end.enter_context(await _opened(settings.ledger))
                if settings.process.metrics_port is not None:
                    await open_until_the_end.enter_async_context(figures.following(ledger))
                drain = timedelta(seconds=settings.process.drain_seconds)
                return lambda client: _build(client, ledger, reporter, threads, drain)

            log.info("platform_starting", queue=names.PLATFORM_QUEUE)
            await process.run(settings.process, prepare, figures.source, stop=stop)


def _build(
    client: Client,
    ledger: store.Ledger,
    reporter: StatusReporter,
    threads: ThreadPoolExecutor,
    drain: timedelta,
) -> worker.Worker:
    return worker.Worker(
        client,
        task_queue=names.PLATFORM_QUEUE,
        build_id=process.BUILD_ID,
        workflows=[JobRun, Case, HumanTask],
        activities=[
            *LedgerActivities(ledger).all,
            *ClaimActivities(ledger, TemporalRuns(client)).all,
            *TaskActivities(ledger, TemporalWaiting(client)).all,
            *StatusActivities(reporter).all,
        ],
        # The sandbox costs a quarter of an item; the replay tests run in it instead.
        workflow_runner=worker.UnsandboxedWorkflowRunner(),
        activity_executor=threads,
        max_concurrent_activities=LEDGER_THREADS,
        workflow_task_poller_behavior=process.POLLING,
        activity_task_poller_behavior=process.POLLING,
        max_concurrent_local_activities=LEDGER_THREADS,
        graceful_shutdown_timeout=drain,
    )


async def _opened(url: str) -> store.Ledger:
    """The ledger, once it answers."""
    for attempt in itertools.count():
        try:
            return await asyncio.to_thread(store.open_ledger, url)
        except errors.LedgerUnavailable as error:
            wait = connection.wait_seconds(attempt, spread=random.random())  # noqa: S311 - no secret
            log.warning("ledger_unavailable", error=str(error), retry_in_seconds=round(wait, 1))
            await asyncio.sleep(wait)
    raise AssertionError("unreachable: the loop ends only by returning")
