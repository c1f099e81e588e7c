"""What one more item costs in chunks, from a run of a thousand to a run of a million.

The cost is the processor time of Temporal, platform and robot together, so that other work on the
machine tells little. What a run costs in itself, however few items it has, is in neither end of a
step from one size to the next: (cost of 10 000 less cost of 1 000) / 9 000, and so on. The baseline
is the first step. Memory is what platform and robot hold after each run.

Run by `make bench` up to 100 000 items, or `python tests/bench/bench_scale.py [MOST]`.
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from temporalio.client import Client

from rpafabrik import connection
from support import numbers, process

SMALLEST, ENOUGH, MOST_ROUNDS = 1_000, 30_000, 30
MEGABYTE = 1_048_576


async def measure(factory: numbers.Running, most: int) -> None:
    """Measure runs of every size, and print what came out."""
    client = await connection.connect(connection.settings(address=factory.address))
    await cost(client, ENOUGH)  # the first run loads what the others have
    alone, _ = await cost(client, 1)
    print(f"a run of one item: {alone * 1000:.0f} ms of processor time")
    items, before = SMALLEST, await cost(client, SMALLEST)
    baseline = 0.0
    while items < most:
        processor, clock = await cost(client, items * 10)
        each = (processor - before[0]) / (items * 9)
        baseline = baseline or each
        print(
            f"{items:7} to {items * 10:7} items: {each * 1e6:4.0f} µs of processor time each,"
            f" {each / baseline:.2f} of baseline; {items * 10 / clock:6.0f} items/s;"
            f" platform {memory(factory.platform):.0f} MB, robot {memory(factory.robot):.0f} MB"
        )
        items, before = items * 10, (processor, clock)


async def cost(client: Client, items: int) -> tuple[float, float]:
    """Seconds of processor time and by the clock of a run; the median where runs are small."""
    found = []
    for _ in range(min(MOST_ROUNDS, max(1, ENOUGH // items))):
        before, started = processor_seconds(), time.perf_counter()
        await numbers.chunked(client, uuid.uuid4().hex, items)
        await asyncio.sleep(0.2)  # for what is done after the answer
        found.append((processor_seconds() - before, time.perf_counter() - started - 0.2))
    return statistics.median(one for one, _ in found), statistics.median(two for _, two in found)


def processor_seconds() -> float:
    """What all processes that this one started have used, themselves and their own."""
    ours, ticks = {os.getpid()}, 0
    for stat in sorted(Path("/proc").glob("[0-9]*/stat"), key=lambda path: int(path.parts[2])):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        if int(fields[1]) in ours:
            ours.add(int(stat.parts[2]))
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def memory(child: process.Child) -> float:
    """Resident megabytes of a process."""
    pages = Path(f"/proc/{child.handle.pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE") / MEGABYTE


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made_for_this, numbers.running(Path(made_for_this)) as it:
        asyncio.run(measure(it, int(sys.argv[1]) if sys.argv[1:] else 100_000))
