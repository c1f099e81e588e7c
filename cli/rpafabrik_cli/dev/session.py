"""One life of `rpafabrik dev`: services up, work done beside them, services down."""

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from temporalio.client import Client

from rpafabrik import logs
from rpafabrik.runtime import telemetry
from rpafabrik_api.workerjob import WorkerJob
from rpafabrik_cli import failures
from rpafabrik_cli.dev import presence, server, services
from rpafabrik_cli.dev.asked import Checked, Options
from rpafabrik_cli.dev.display import Display
from rpafabrik_cli.dev.file_cluster import FileCluster
from rpafabrik_cli.dev.following import Following
from rpafabrik_cli.dev.interrupts import Interrupts
from rpafabrik_cli.dev.leftovers import ProcessFile
from rpafabrik_cli.dev.processes import Supervisor
from rpafabrik_cli.dev.results import Ended, Where
from rpafabrik_cli.dev.services import Server
from rpafabrik_cli.dev.state import State
from rpafabrik_cli.dev.together import together
from rpafabrik_cli.dev.work import Work
from rpafabrik_operator.gateways import temporal as gateway
from rpafabrik_operator.planning import mapping
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
        interrupts = Interrupts(self.display)
        remembered = ProcessFile(self.state.processes)
        remembered.end_leftovers()
        if self.options.fresh:
            self.state.clear()
        self.state.prepare()
        # The screen is for people: what this process logs goes to its file.
        logs.configure(json=False, stream=self.state.log("dev").open("w", buffering=1))
        with interrupts.handled():
            async with Supervisor(remembered, self.display.tell) as supervisor:
                interrupts.kill = supervisor.kill
                await interrupts.run(asyncio.create_task(self._live(supervisor)))
        return interrupts.asked

    async def _live(self, supervisor: Supervisor) -> None:
        given = self.options.temporal
        temporal = services.given_server(given) if given else services.own_server(self.state)
        own = temporal.service is not None
        where = self._where(temporal)
        with presence.told(self.state.presence, temporal.settings, own=own):
            try:
                async with _within(self.options.timeout_seconds):
                    await self._live_with(temporal, supervisor)
            except asyncio.CancelledError:
                if not self.options.run:  # by schedule there is no other end
                    self.done(where)
                raise
            if self.options.keep:
                told = f"Everything keeps running until Ctrl-C. Temporal: {where.web}"
                self.display.tell(told)
                await supervisor.beside(asyncio.Event().wait())

    async def _live_with(self, temporal: Server, supervisor: Supervisor) -> None:
        self.display.tell("Starting Temporal, the platform and the digital workers …")
        if temporal.service is not None:
            await supervisor.start(temporal.service)
        client = await gateway.connect(temporal.settings, telemetry.create(None))
        await supervisor.beside(_until_there(client, temporal))
        await supervisor.start(services.platform(temporal, self.state))
        for namespace, worker in self.checked.robots:
            await supervisor.start(services.robots(temporal, self.state, namespace, worker))
        await supervisor.beside(self._work(client, self._where(temporal)))

    async def _work(self, client: Client, where: Where) -> None:
        identity = self.state.identity()
        cluster = FileCluster(self.state.resources, identity, _now)
        temporal = gateway.TemporalGateway(client, str(identity))
        following = Following(
            cluster=cluster,
            temporal=temporal,
            reconciler=Reconciler(cluster, temporal, _now),
            progress=functools.partial(server.progress, client),
            display=self.display,
        )
        work = Work(
            options=self.options, checked=self.checked, following=following, report=self.report
        )
        jobs = work.declare()
        await self._until_answered(client, jobs)
        if not self.options.run:
            self.display.tell(f"Temporal: {where.web}; logs: {where.logs}")
        await work.do(jobs)
        self.done(where)

    async def _until_answered(self, client: Client, jobs: list[WorkerJob]) -> None:
        async def one(queue: str) -> None:
            while not await server.answers(client, queue):
                self.display.tell(f"Waiting for a digital worker on {queue} …")

        await together(one(queue) for queue in {mapping.worker_queue(job) for job in jobs})

    def _where(self, temporal: Server) -> Where:
        return Where(
            temporal=temporal.address,
            ui=temporal.ui,
            ledger=str(self.state.ledger),
            logs=str(self.state.log("any").parent),
        )


@contextlib.asynccontextmanager
async def _within(seconds: float | None) -> AsyncIterator[None]:
    """Give up when the block takes longer; what runs is left to be gone on with."""
    try:
        async with asyncio.timeout(seconds) as limit:
            yield
    except TimeoutError as error:
        if not limit.expired():
            raise
        message = f"the runs must end within {seconds} s (--timeout), and have not"
        raise failures.Failure(f"{message}; the same command goes on with them") from error


async def _until_there(client: Client, temporal: Server) -> None:
    try:
        async with asyncio.timeout(START_SECONDS):
            await server.until_there(client)
    except TimeoutError as error:
        log = f" (its log: {temporal.service.log})" if temporal.service else ""
        message = f"Temporal must answer at {temporal.address} within {START_SECONDS} s{log}"
        raise failures.Failure(message) from error


def _now() -> datetime:
    return datetime.now(UTC)
