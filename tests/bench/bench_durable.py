"""Durable mode against what one would write by hand: a child workflow per item.

Both do the same three activities per item, then write one row each into a SQLite file, twenty
items at a time, on the same Temporal dev server, one after the other in turns. Workflows and
activities are in processes of their own on both sides, as in a cluster.

Run by `make bench`, or `python tests/bench/bench_durable.py [ITEMS]`.
"""

import asyncio
import sqlite3
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

sys.path.insert(0, str(Path(__file__).parents[1]))

from rpafabrik import connection
from rpafabrik_api import contract, names
from support import numbers, process

ROUNDS, CONCURRENCY, STEPS = 3, 20, 3


@activity.defn
async def nothing(given: dict[str, str]) -> dict[str, str]:
    """Do nothing."""
    return given


@dataclass
class Rows:
    """What a person would write: an activity per row."""

    file: Path

    @activity.defn
    def write(self, reference: str) -> None:
        """Write a row."""
        with sqlite3.connect(self.file, timeout=30) as rows:
            rows.execute("INSERT INTO rows VALUES (?, ?)", (reference, "Completed"))


@workflow.defn
class ByHandItem:
    """Three activities and a row."""

    @workflow.run
    async def run(self, reference: str) -> None:
        """Do one item."""
        for _ in range(STEPS):
            await workflow.execute_activity(
                nothing, {"n": reference}, start_to_close_timeout=timedelta(seconds=60)
            )
        await workflow.execute_activity_method(
            Rows.write, reference, start_to_close_timeout=timedelta(seconds=60)
        )


@workflow.defn
class ByHand:
    """A child per item, so many at a time."""

    @workflow.run
    async def run(self, items: int) -> None:
        """Do all items."""
        places = asyncio.Semaphore(CONCURRENCY)

        async def one(number: int) -> None:
            async with places:
                own = workflow.info().workflow_id
                await workflow.execute_child_workflow(
                    ByHandItem.run, str(number), id=f"{own}/{number}"
                )

        await asyncio.gather(*(one(number) for number in range(items)))


async def by_hand(client: Client, items: int) -> None:
    """Run the hand-written workflow once."""
    await client.execute_workflow(ByHand.run, items, id=uuid.uuid4().hex, task_queue="by-hand")


async def durable(client: Client, items: int) -> None:
    """Run a job of durable items once."""
    step = contract.ActivityCall(activity="nothing", input={"n": "${item.n}"})
    uid = uuid.uuid4().hex
    job = contract.Job(
        uid=uid,
        namespace="bench",
        name="durable",
        department="bench",
        queue=numbers.QUEUE,
        steps=tuple(contract.Step(name=f"s{n}", activity=step) for n in range(STEPS)),
        items=contract.Items(
            source=contract.ActivityCall(activity="list_numbers", input={"items": items}),
            reference="item.n",
            concurrency=CONCURRENCY,
        ),
    )
    request = contract.RunRequest(job=job, purpose=contract.Purpose.ON_DEMAND, name="bench")
    summary = await client.execute_workflow(
        contract.JOB_RUN_WORKFLOW,
        request,
        id=names.run_id("bench", "durable", uid),
        task_queue=names.PLATFORM_QUEUE,
        result_type=contract.RunSummary,
    )
    if summary.counts.completed != items:
        raise AssertionError(summary)


async def rate(run: Callable[[Client, int], Awaitable[None]], client: Client, items: int) -> float:
    """Items per second."""
    started = time.perf_counter()
    await run(client, items)
    return items / (time.perf_counter() - started)


async def measure(address: str, folder: Path, items: int) -> None:
    """Measure both in turns and print what came out."""
    client = await connection.connect(connection.settings(address=address))
    with sqlite3.connect(folder / "rows.db") as made:
        made.execute("PRAGMA journal_mode=WAL")
        made.execute("CREATE TABLE rows (reference TEXT, outcome TEXT)")
    pairs = []
    for _ in range(ROUNDS):
        pairs.append((await rate(by_hand, client, items), await rate(durable, client, items)))
        told = "by hand {:6.1f} items/s   durable {:6.1f} items/s".format(*pairs[-1])
        print(told, flush=True)
    ratio = statistics.median(ours / theirs for theirs, ours in pairs)
    print(f"durable / by hand, median of {ROUNDS}: {ratio:.2f}  ({items} items, {STEPS} steps)")


async def work_by_hand(address: str, rows: str) -> None:
    """The hand-written worker: its workflows, or with a file its activities."""
    client = await Client.connect(address)
    with ThreadPoolExecutor(10) as threads:
        what: dict[str, Any] = {"workflows": [ByHand, ByHandItem]}
        if rows:
            activities = [nothing, Rows(Path(rows)).write]
            what = {"activities": activities, "activity_executor": threads}
        runner = UnsandboxedWorkflowRunner()
        await Worker(client, task_queue="by-hand", workflow_runner=runner, **what).run()


def main(items: int) -> None:
    """Start what is measured, and measure it."""
    with tempfile.TemporaryDirectory() as made_for_this, ExitStack() as running:
        folder = Path(made_for_this)
        factory = running.enter_context(numbers.running(folder))
        command = [sys.executable, __file__, "--hand", factory.address]
        for name, rows in {"workflows": "", "activities": str(folder / "rows.db")}.items():
            log = folder / f"{name}.log"
            running.enter_context(process.running(name, [*command, rows], log))
        asyncio.run(measure(factory.address, folder, items))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--hand"]:
        asyncio.run(work_by_hand(*sys.argv[2:]))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 500)
