"""One life of `rpafabrik dev`: services up, jobs ready, runs followed, services down."""

import asyncio
import functools
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from temporalio.client import Client

from rpafabrik import logs
from rpafabrik.runtime import telemetry
from rpafabrik_api.workerjob import WorkerJob
from rpafabrik_cli import failures
from rpafabrik_cli.dev import by_schedule, runs, server, services
from rpafabrik_cli.dev.asked import Checked, Options
from rpafabrik_cli.dev.display import Display
from rpafabrik_cli.dev.file_cluster import FileCluster
from rpafabrik_cli.dev.following import Following, label
from rpafabrik_cli.dev.interrupts import Interrupts
from rpafabrik_cli.dev.leftovers import ProcessFile
from rpafabrik_cli.dev.processes import Supervisor
from rpafabrik_cli.dev.results import Ended, Where
from rpafabrik_cli.dev.services import Server
from rpafabrik_cli.dev.state import State
from rpafabrik_operator.gateways import temporal as gateway
from rpafabrik_operator.planning import mapping, plan
from rpafabrik_operator.reconcile.reconcile import Reconciler

START_SECONDS = 60
"""What Temporal gets to answer for the first time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What is asked for, and what is needed for it."""

    options: Options
    checked: Checked
    state: State
    display: Display
    report: Callable[[Ended], None]
    """Called once for every run that ends."""
    done: Callable[[Where], None]
    """Called when all runs have ended, while everything still runs."""

    async def live(self) -> bool:
        """Do what is asked; say whether somebody stopped it."""
        interrupts = Interrupts(self.display.tell)
        remembered = ProcessFile(self.state.processes)
        remembered.end_leftovers()
        if self.options.fresh:
            self.state.clear()
        self.state.prepare()
        _log_to(self.state)
        with interrupts.handled():
            async with Supervisor(remembered, self.display.tell) as supervisor:
                interrupts.kill = supervisor.kill
                await interrupts.run(asyncio.create_task(self._work(supervisor)))
        return interrupts.asked

    async def _work(self, supervisor: Supervisor) -> None:
        given = self.options.temporal
        temporal = services.given_server(given) if given else services.own_server(self.state)
        if temporal.service is not None:
            self.display.tell("Starting Temporal, the platform and the digital workers …")
            await supervisor.start(temporal.service)
        client = await gateway.connect(temporal.settings, telemetry.create(None))
        await supervisor.beside(_until_there(client, temporal))
        await supervisor.start(services.platform(temporal, self.state))
        for namespace, worker in self.checked.robots:
            await supervisor.start(services.robots(temporal, self.state, namespace, worker))
        await supervisor.beside(self._follow(client, self._where(temporal)))

    async def _follow(self, client: Client, where: Where) -> None:
        identity = self.state.identity()
        cluster = FileCluster(self.state.resources, identity, _now)
        cluster.suspended = self.options.run
        cluster.declare(self.checked.resources)
        temporal = gateway.TemporalGateway(client, str(identity))
        following = Following(
            cluster=cluster,
            temporal=temporal,
            reconciler=Reconciler(cluster, temporal, _now),
            progress=functools.partial(server.progress, client),
            display=self.display,
        )
        jobs = [job for job in cluster.list("WorkerJob") if isinstance(job, WorkerJob)]
        standing = [job for job in jobs if not job.deleting]
        await self._until_answered(client, {mapping.worker_queue(job) for job in standing})
        for job in standing:
            await following.until_ready(job)
        await _let_go(following)
        if self.options.run:
            await self._at_once(following, standing)
            self.done(where)
            if self.options.keep:
                self.display.tell(f"Everything keeps running until Ctrl-C. Temporal: {where.ui}")
                await asyncio.Event().wait()
        else:
            self.display.tell(f"Temporal: {where.ui or where.temporal}; logs: {where.logs}")
            try:
                await by_schedule.follow(following, standing, self.report)
            finally:
                self.done(where)

    async def _at_once(self, following: Following, jobs: Sequence[WorkerJob]) -> None:
        for finished in runs.finished(following.cluster):
            following.cluster.forget(finished)
        earlier = {run.metadata.name for run in runs.made_here(following.cluster)}
        wanted = [*runs.wanted(following.cluster, jobs), *runs.declared(following.cluster)]
        for run in wanted:
            if run.metadata.name in earlier:
                self.display.tell(f"{label(run)}: going on where it stopped (--fresh starts anew)")

        async def one(following_run: Any) -> None:
            self.report(await following.until_ended(following_run))

        try:
            async with asyncio.timeout(self.options.timeout_seconds):
                await _together(one(run) for run in wanted)
        except TimeoutError as error:
            seconds = self.options.timeout_seconds
            message = f"the runs must end within {seconds} s (--timeout), and have not"
            raise failures.Failure(f"{message}; the same command goes on with them") from error

    async def _until_answered(self, client: Client, queues: set[str]) -> None:
        async def one(queue: str) -> None:
            while not await server.answers(client, queue):
                self.display.tell(f"Waiting for a digital worker on {queue} …")

        await _together(one(queue) for queue in queues)

    def _where(self, temporal: Server) -> Where:
        return Where(
            temporal=temporal.address,
            ui=temporal.ui,
            ledger=str(self.state.ledger),
            logs=str(self.state.log("any").parent),
        )


async def _until_there(client: Client, temporal: Server) -> None:
    try:
        async with asyncio.timeout(START_SECONDS):
            await server.until_there(client)
    except TimeoutError as error:
        log = f" (its log: {temporal.service.log})" if temporal.service else ""
        message = f"Temporal must answer at {temporal.address} within {START_SECONDS} s{log}"
        raise failures.Failure(message) from error


async def _let_go(following: Following) -> None:
    """Take down in Temporal what the files declare no more."""
    for kind in ("JobRun", "WorkerJob"):
        for one in following.cluster.list(kind):
            if one.deleting:
                if isinstance(await following.look(one), plan.Done):
                    following.cluster.forget(one)
                else:
                    following.display.tell(f"{label(one)}: gone from the files, not yet at rest")


async def _together(works: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Do everything at once; the first failure ends the others and is raised as it is."""
    try:
        async with asyncio.TaskGroup() as group:
            for work in works:
                group.create_task(work)
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None


def _log_to(state: State) -> None:
    """Send what this process logs to its file: the screen is for people."""
    stream = state.log("dev").open("w", buffering=1)
    logs.configure(json=False, stream=stream)


def _now() -> datetime:
    return datetime.now(UTC)
