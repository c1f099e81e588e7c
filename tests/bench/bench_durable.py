"""Durable mode against what one would write by hand: a child workflow per item.

Both do the same three activities per item, then write one row each into a SQLite file, twenty
items at a time, in turns. Workflows and activities are in processes of their own on both sides, as
in a cluster. Each gets a Temporal dev server of its own every time: one that has done some thousand
items takes a fifth longer for the next, and whoever came second would pay for the first.

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
from support import numbers, process, temporal_server

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


async def rate(run: Callable[[Client, int], Awaitable[None]], address: str, items: int) -> float:
    """Items per second, once a few have warmed up the processes."""
    client = await connection.connect(connection.settings(address=address))
    await run(client, CONCURRENCY)
    started = time.perf_counter()
    await run(client, items)
    return items / (time.perf_counter() - started)


def rate_by_hand(items: int) -> float:
    """Measure the hand-written workflow on servers of its own."""
    with tempfile.TemporaryDirectory() as made, ExitStack() as running:
        folder = Path(made)
        with sqlite3.connect(folder / "rows.db") as rows:
            rows.execute("PRAGMA journal_mode=WAL")
            rows.execute("CREATE TABLE rows (reference TEXT, outcome TEXT)")
        address = running.enter_context(temporal_server.running(folder))
        command = [sys.executable, __file__, "--hand", address]
        for name, file in {"workflows": "", "activities": str(folder / "rows.db")}.items():
            log = folder / f"{name}.log"
            running.enter_context(process.running(name, [*command, file], log))
        return asyncio.run(rate(by_hand, address, items))


def rate_durable(items: int) -> float:
    """Measure our durable mode on servers of its own."""
    with tempfile.TemporaryDirectory() as made, numbers.running(Path(made)) as factory:
        return asyncio.run(rate(durable, factory.address, items))


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
    """Measure both in turns and print what came out."""
    ratios = []
    for _ in range(ROUNDS):
        theirs, ours = rate_by_hand(items), rate_durable(items)
        ratios.append(ours / theirs)
        print(f"by hand {theirs:6.1f} items/s   durable {ours:6.1f} items/s", flush=True)
    ratio = statistics.median(ratios)
    print(f"durable / by hand, median of {ROUNDS}: {ratio:.2f}  ({items} items, {STEPS} steps)")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--hand"]:
        asyncio.run(work_by_hand(*sys.argv[2:]))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 500)
