"""Chunked mode against what one would write by hand: an activity that loops over its chunk.

Both do nothing to each item, heartbeat after each, and write a row for each into SQLite. Ours
also lists the items by pages, asks the ledger which are new, evaluates the job's expressions, and
confirms each item's end with Temporal before it begins the next one. Processes are as in a
cluster: Temporal, platform and robot on their own. One after the other, in turns.

Run by `make bench`, or `python tests/bench/bench_chunked.py [ITEMS]`.
"""

import asyncio
import sqlite3
import statistics
import sys
import tempfile
import time
import uuid
from datetime import timedelta
from pathlib import Path

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

sys.path.insert(0, str(Path(__file__).parents[1]))

from rpafabrik import connection
from support import numbers, process

ROUNDS, AT_ONCE, CHUNK = 3, 4, numbers.CHUNK


@activity.defn
def by_hand_chunk(file: str, first: int, count: int) -> int:
    """Do nothing to each number, and write them all."""
    rows = []
    for number in range(first, first + count):
        rows.append((str(number), "Completed"))
        activity.heartbeat(number)
    with sqlite3.connect(file, timeout=30) as database:
        database.executemany("INSERT INTO rows VALUES (?, ?)", rows)
    return len(rows)


@workflow.defn
class ByHand:
    """Chunks, so many at a time."""

    @workflow.run
    async def run(self, file: str, items: int) -> int:
        """Do all items."""
        places = asyncio.Semaphore(AT_ONCE)

        async def one(first: int) -> int:
            async with places:
                return await workflow.execute_activity(
                    by_hand_chunk,
                    args=[file, first, min(CHUNK, items - first)],
                    start_to_close_timeout=timedelta(seconds=60),
                    heartbeat_timeout=timedelta(seconds=15),
                )

        return sum(await asyncio.gather(*(one(first) for first in range(0, items, CHUNK))))


async def by_hand(client: Client, folder: Path, items: int) -> None:
    """Run the hand-written workflow once."""
    file = folder / f"{uuid.uuid4().hex}.db"
    with sqlite3.connect(file) as made:
        made.execute("PRAGMA journal_mode=WAL")
        made.execute("CREATE TABLE rows (reference TEXT PRIMARY KEY, outcome TEXT)")
    done = await client.execute_workflow(
        ByHand.run, args=[str(file), items], id=uuid.uuid4().hex, task_queue="by-hand"
    )
    if done != items:
        raise AssertionError(done)


async def measure(address: str, folder: Path, items: int) -> None:
    """Measure both in turns and print what came out."""
    client = await connection.connect(connection.settings(address=address))
    pairs = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        await by_hand(client, folder, items)
        between = time.perf_counter()
        await numbers.chunked(client, uuid.uuid4().hex, items)
        ended = time.perf_counter()
        pairs.append((items / (between - started), items / (ended - between)))
        print(f"by hand {pairs[-1][0]:7.0f} items/s   chunked {pairs[-1][1]:7.0f} items/s")
    ratio = statistics.median(ours / theirs for theirs, ours in pairs)
    rate = statistics.median(ours for _, ours in pairs)
    print(f"chunked: median {rate:.0f} items/s, {ratio:.2f} of by hand ({items} items)")


async def work_by_hand(address: str) -> None:
    """The worker of the hand-written activity, in a process of its own."""
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - this process's alone

    client = await Client.connect(address)
    with ThreadPoolExecutor(AT_ONCE) as threads:
        await Worker(
            client,
            task_queue="by-hand",
            workflows=[ByHand],
            activities=[by_hand_chunk],
            activity_executor=threads,
            workflow_runner=UnsandboxedWorkflowRunner(),
        ).run()


def main(items: int) -> None:
    """Start what is measured, and measure it."""
    with tempfile.TemporaryDirectory() as made_for_this:
        folder = Path(made_for_this)
        with numbers.running(folder) as factory:
            command = [sys.executable, __file__, "--hand", factory.address]
            with process.running("hand", command, folder / "hand.log"):
                asyncio.run(measure(factory.address, folder, items))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--hand"]:
        asyncio.run(work_by_hand(sys.argv[2]))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 100_000)
