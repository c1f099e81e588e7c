"""`rpafabrik status`: sees, asks, judges and shows; once, or again and again."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from rpafabrik import connection
from rpafabrik import errors as start
from rpafabrik_cli import clusters, failures, garbage, ledgers
from rpafabrik_cli.processes import common
from rpafabrik_cli.status import cluster, facts, health, robots
from rpafabrik_cli.status.cluster import Cluster
from rpafabrik_cli.status.engine import Engine
from rpafabrik_cli.status.laptop import Laptop
from rpafabrik_cli.status.screen import Screen
from rpafabrik_cli.status.sources import Source
from rpafabrik_platform.ledger import errors

_COMPLETES_WITHIN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The command line."""

    kubeconfig: Path | None
    namespace: str | None
    everywhere: bool
    state: Path | None
    """Of `rpafabrik dev`; None: a cluster."""
    temporal_address: str | None
    temporal_namespace: str | None
    ledger: str | None
    every_seconds: float | None
    """How often to look again; None: once."""
    as_json: bool


def run(options: Options) -> int:
    """Show the health, and return the exit code that tells it."""
    garbage.look()
    with common.refusing(start.StartError):
        return asyncio.run(_run(options))


def namespaces(kubeconfig: Path | None) -> list[str]:
    """The names of the cluster's namespaces; none when it does not tell at once."""

    async def ask() -> list[str]:
        async with asyncio.timeout(_COMPLETES_WITHIN), clusters.opened(kubeconfig) as client:
            with clusters.telling():
                return await cluster.namespaces(client)

    try:
        return asyncio.run(ask())
    except (failures.Failure, TimeoutError):
        return []


async def _run(options: Options) -> int:
    engine, every = Engine(), options.every_seconds
    screen = Screen(as_json=options.as_json, one_line=every is not None)
    async with _source(options) as source:
        first = health.of(await _look(source, engine))
        if every is None:
            screen.show(first)
            return 0 if first.well else failures.EXIT_FAILED
        with _until_stopped(), screen:
            screen.show(first)
            while True:
                await asyncio.sleep(every)
                try:
                    screen.show(health.of(await _look(source, engine)))
                except failures.Failure as failure:
                    screen.fail(failure)
    return 0


@contextlib.contextmanager
def _until_stopped() -> Iterator[None]:
    """Let Ctrl-C, or its kin, end the block and nothing more."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None  # noqa: S101 # it runs this
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        yield


@contextlib.asynccontextmanager
async def _source(options: Options) -> AsyncIterator[Source]:
    if options.state is not None:
        yield Laptop(folder=options.state, namespace=options.namespace)
        return
    namespace = options.namespace or clusters.namespace(options.kubeconfig)
    address, in_temporal = options.temporal_address, options.temporal_namespace
    async with clusters.opened(options.kubeconfig) as client:
        yield Cluster(
            client=client,
            namespace=None if options.everywhere else namespace,
            temporal=connection.settings(address=address, namespace=in_temporal)
            if address
            else None,
            ledger=options.ledger,
        )


async def _look(source: Source, engine: Engine) -> facts.Facts:
    seen = await source.look()
    found = seen.facts
    if seen.temporal:
        queues = robots.queues(found)
        found = replace(found, temporal=await engine.ask(seen.temporal, queues))
    if seen.ledger:
        # On a cluster each job's status has what the ledger said when its last run ended.
        uids = [job.metadata.uid for job in found.resources.jobs] if found.laptop else []
        found = replace(found, ledger=await asyncio.to_thread(_ledger, seen.ledger, uids))
    return found


def _ledger(url: str, jobs: Iterable[str]) -> facts.Ledger:
    try:
        with ledgers.opened(url) as book:
            return facts.Ledger(saved={uid: book.saved_by_job(uid) for uid in jobs})
    except errors.LedgerUnavailable as error:
        return facts.Ledger(away=str(error))
