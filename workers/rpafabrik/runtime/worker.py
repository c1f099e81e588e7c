"""The worker of a digital worker: its modules' activities and workflows on its own queue."""

import asyncio
import dataclasses
import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio import activity, worker
from temporalio.client import Client
from temporalio.worker import workflow_sandbox

from rpafabrik import connection, target_systems
from rpafabrik.logs import log
from rpafabrik.runtime import checkpoints, chunk, discovery, exposition, process, pulse
from rpafabrik_api import contract, telemetry

# Loaded once, not again in each workflow's sandbox: nothing in these changes what workflows do.
_WORKFLOW_RUNNER = workflow_sandbox.SandboxedWorkflowRunner(
    restrictions=workflow_sandbox.SandboxRestrictions.default.with_passthrough_modules(
        "rpafabrik", "rpafabrik_api", "pydantic", "pydantic_core", "structlog"
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """What `rpafabrik worker` is told."""

    process: process.ProcessSettings
    queue: str
    """Task queue of the digital worker; see `names.worker_queue`."""
    modules: tuple[str, ...]
    """Python modules or packages that hold its activities and workflows."""
    max_concurrent_activities: int = 20


async def run_worker(settings: WorkerSettings, *, stop: asyncio.Event | None = None) -> None:
    """Run a digital worker until it is told to stop; see `process.run`.

    Raises:
        errors.StartError: A module cannot be used, or a port is taken.
    """
    found = discovery.discover(settings.modules)
    log.info(
        "worker_starting",
        queue=settings.queue,
        activities=sorted(found.activities),
        workflows=sorted(found.workflows),
    )
    with ThreadPoolExecutor(settings.max_concurrent_activities, "activity") as threads:

        async def prepare() -> process.Build:
            return functools.partial(_build, settings=settings, found=found, threads=threads)

        await process.run(settings.process, prepare, _target_systems, stop=stop)


def catalogue(settings: WorkerSettings, found: discovery.Found) -> contract.Catalogue:
    """What a digital worker tells of itself: what it can do, and for how long it may."""
    expires = connection.certificate_expiry(settings.process.connection)
    return dataclasses.replace(found.catalogue, credential_expires=expires)


def _target_systems() -> bytes:
    """How the systems fare that activities said they use; a `telemetry.Source`."""
    found = [((name,), is_well) for name, is_well in tuple(target_systems.last_use.items())]
    return exposition.text(telemetry.TARGET_SYSTEM_HEALTHY, found).encode()


def _build(
    client: Client,
    settings: WorkerSettings,
    found: discovery.Found,
    threads: ThreadPoolExecutor,
) -> worker.Worker:
    return worker.Worker(
        client,
        task_queue=settings.queue,
        build_id=process.BUILD_ID,
        activities=[
            *found.activities.values(),
            _catalogue_activity(catalogue(settings, found)),
            chunk.activity_of(found.activities),
        ],
        workflows=list(found.workflows.values()),
        workflow_runner=_WORKFLOW_RUNNER,
        activity_executor=threads,
        interceptors=[pulse.Pulse()],
        max_concurrent_activities=settings.max_concurrent_activities,
        workflow_task_poller_behavior=process.POLLING,
        activity_task_poller_behavior=process.POLLING,
        max_heartbeat_throttle_interval=timedelta(seconds=checkpoints.THROTTLE_SECONDS),
        default_heartbeat_throttle_interval=timedelta(seconds=checkpoints.THROTTLE_SECONDS),
        graceful_shutdown_timeout=timedelta(seconds=settings.process.drain_seconds),
    )


def _catalogue_activity(told: contract.Catalogue) -> Callable[..., Any]:
    @activity.defn(name=contract.CATALOGUE_ACTIVITY)
    async def answer() -> contract.Catalogue:
        return told

    return answer
