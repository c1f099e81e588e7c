"""A factory whose digital worker is `numbers_robot`, each process on its own as in a cluster."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from temporalio.client import Client

from rpafabrik_api import contract, names
from support import process, temporal_server

QUEUE = names.worker_queue("bench", "robot")
CHUNK = CONCURRENCY = 1_000
TESTS = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Running:
    """Where Temporal answers, and the processes of the factory."""

    address: str
    platform: process.Child
    robot: process.Child


@contextmanager
def running(folder: Path) -> Iterator[Running]:
    """Temporal, a platform with a SQLite ledger, and a robot, for the length of the block."""
    with ExitStack() as stack:
        address = stack.enter_context(temporal_server.running(folder))
        ours = [sys.executable, "-m", "rpafabrik_cli"]
        temporal = ["--temporal-address", address, "--log-level", "WARNING"]
        ledger = ["--ledger", f"sqlite:///{folder}/ledger.db", "--no-cluster"]
        commands = {
            "platform": [*ours, "platform", *temporal, *ledger],
            "robot": [*ours, "worker", *temporal, "--queue", QUEUE, "-m", "support.numbers_robot"],
        }
        children = [
            stack.enter_context(
                process.running(name, command, folder / f"{name}.log", folder=TESTS)
            )
            for name, command in commands.items()
        ]
        yield Running(address, *children)


async def chunked(client: Client, run: str, items: int) -> None:
    """Run a job of so many numbers in chunks; `run` is a word that no other run has."""
    step = contract.ActivityCall(activity="nothing", input={"n": "${item.n}"})
    job = contract.Job(
        uid=run,
        namespace="bench",
        name="chunked",
        department="bench",
        queue=QUEUE,
        steps=(contract.Step(name="nothing", activity=step),),
        items=contract.Items(
            source=contract.ActivityCall(activity="list_numbers", input={"items": items}),
            reference="item.n",
            concurrency=CONCURRENCY,
            mode=contract.Mode.CHUNKED,
            chunk_size=CHUNK,
        ),
    )
    summary = await client.execute_workflow(
        contract.JOB_RUN_WORKFLOW,
        contract.RunRequest(job=job, purpose=contract.Purpose.ON_DEMAND),
        id=names.run_id("bench", "chunked", run),
        task_queue=names.PLATFORM_QUEUE,
        result_type=contract.RunSummary,
    )
    if summary.counts != contract.Counts(completed=items):
        raise AssertionError(summary)
