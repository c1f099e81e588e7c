"""A hundred thousand items while robots and platform are killed, and the database crashes."""

import asyncio
import itertools
import os
import random
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from temporalio.client import WorkflowHandle

from rpafabrik import connection
from rpafabrik_api import contract, names
from rpafabrik_platform.ledger import database, store
from support import jobs, postgres_fixture, process
from support.temporal_fixture import new_namespace

pytestmark = [pytest.mark.server, pytest.mark.long(100)]

ITEMS = 100_000
CONCURRENCY = 100
ROBOTS, PLATFORMS = 4, 2
SHARE_KILLED = 0.3
BLOW_EVERY = 7_000
"""Items. By the clock, a slow machine would be struck more often the slower it is."""
TESTS = Path(__file__).parents[1]


class Workers:
    """Worker processes that are killed, and started again as a Deployment would."""

    def __init__(self, address: str, namespace: str, ledger: str, folder: Path) -> None:
        ours = [sys.executable, "-m", "rpafabrik_cli"]
        to = ["--temporal-address", address, "--temporal-namespace", namespace]
        robot = ["worker", "--queue", jobs.QUEUE, "-m", "support.numbers_robot"]
        platform = ["platform", "--ledger", ledger, "--no-cluster"]
        self._commands = {
            **{f"robot-{n}": [*ours, *robot, *to] for n in range(ROBOTS)},
            **{f"platform-{n}": [*ours, *platform, *to] for n in range(PLATFORMS)},
        }
        self._folder = folder
        self._running: dict[str, tuple[process.Child, ExitStack]] = {}
        self.killed: Counter[str] = Counter()

    @contextmanager
    def up(self) -> Iterator["Workers"]:
        """Keep them up for the length of the block."""
        try:
            for name in self._commands:
                self._start(name)
            yield self
        finally:
            for _, running in self._running.values():
                running.close()

    def kill(self, kind: str, chance: random.Random) -> None:
        """SIGKILL a share of that kind, chosen by chance, and start others in their place."""
        names = sorted(name for name in self._commands if name.startswith(kind))
        for name in chance.sample(names, max(1, round(SHARE_KILLED * len(names)))):
            child, running = self._running[name]
            assert child.handle.poll() is None, child.failure("ended by itself")
            child.handle.kill()
            child.handle.wait()
            running.close()
            self.killed[kind] += 1
            self._start(name)

    def _start(self, name: str) -> None:
        running = ExitStack()
        log = self._folder / f"{name}-{self.killed.total()}.log"
        environment = {**os.environ, "PYTHONPATH": str(TESTS)}
        command = self._commands[name]
        child = running.enter_context(process.running(name, command, log, environment=environment))
        self._running[name] = child, running


@pytest.mark.timeout(600)
async def test_killed_workers_and_a_crashed_database_lose_and_double_nothing(
    temporal_server: str, postgres: postgres_fixture.Server, postgres_url: str, tmp_path: Path
) -> None:
    store.migrate(postgres_url)
    namespace = await new_namespace(temporal_server)
    witness = tmp_path / "witness"
    workers = Workers(temporal_server, namespace, postgres_url, tmp_path)
    chance = random.Random(20261121)

    with workers.up():
        run = await started(temporal_server, namespace, witness)
        ending = asyncio.create_task(run.result())
        for blow in itertools.count(1):
            if await over_before(ending, witness, blow * BLOW_EVERY):
                break
            workers.kill("robot", chance)
            if blow % 3 == 0:
                workers.kill("platform", chance)
            if blow == 3:
                postgres.tell("stop")
                await asyncio.sleep(1)
                postgres.tell("start")
        summary = await ending

    poisoned = ITEMS // 100
    assert summary.counts == contract.Counts(
        completed=ITEMS - poisoned, application_exceptions=poisoned
    )
    assert outcomes(postgres_url) == {
        "Completed": ITEMS - poisoned,
        "ApplicationException": poisoned,
    }
    times = Counter(line.split()[0] for line in witness.read_text().splitlines())
    assert len(times) == ITEMS
    assert workers.killed["robot"] >= 3
    redone = times.total() - ITEMS
    assert redone <= workers.killed["robot"] * CONCURRENCY


async def over_before(ending: "asyncio.Task[object]", witness: Path, items: int) -> bool:
    """Wait until so many items were done, or the run is over; whether it is."""
    while not ending.done() and done(witness) < items:
        await asyncio.wait([ending], timeout=0.2)
    return ending.done()


def done(witness: Path) -> int:
    """How many items the robots have done by now."""
    return witness.read_bytes().count(b"\n") if witness.exists() else 0


async def started(
    address: str, namespace: str, witness: Path
) -> "WorkflowHandle[object, contract.RunSummary]":
    """A run of all items, under way."""
    client = await connection.connect(connection.settings(address=address, namespace=namespace))
    put = contract.ActivityCall(
        activity="put", input={"n": "${item.n}", "witness": "${input.witness}"}
    )
    job = jobs.job(
        contract.Step(name="put", activity=put),
        items=contract.Items(
            source=contract.ActivityCall(activity="list_numbers", input={"items": ITEMS}),
            reference="item.n",
            mode=contract.Mode.CHUNKED,
            concurrency=CONCURRENCY,
            chunk_size=1_000,
        ),
    )
    return await client.start_workflow(
        contract.JOB_RUN_WORKFLOW,
        contract.RunRequest(
            job=job, purpose=contract.Purpose.ON_DEMAND, input={"witness": str(witness)}
        ),
        id=names.run_id("test", "volume", jobs.UID),
        task_queue=names.PLATFORM_QUEUE,
        result_type=contract.RunSummary,
    )


def outcomes(ledger: str) -> dict[str, int]:
    """How many rows the ledger has of each outcome."""
    engine = database.engine(ledger)
    with engine.connect() as connection:
        counted = sa.text("SELECT outcome, count(*) FROM items GROUP BY outcome")
        found = {str(outcome): int(items) for outcome, items in connection.execute(counted)}
    engine.dispose()
    return found
