"""A thousand JobRuns at once: how long until all are started, and what they cost the API server.

Time: from the first of the creating requests until every JobRun has its run's id in its status.
Ours sets a finalizer and starts a workflow in Temporal; the baseline is a bare Kopf handler that
only writes that one field, in turns with ours on the same API server, under the same settings of
Kopf. The floor is that handler when it starts an empty workflow first, with no thought of losing or
doubling any: no operator that starts workflows on these cores can be faster. No worker listens
meanwhile: what runs cost once they run is Temporal's and the robots', and both would take the cores
from the operator.

Requests: with platform and robot at work, from the first creating request until every JobRun says
`Completed`, as the API server's metric `apiserver_request_total` counts them: all verbs on all our
kinds and on events, of everybody, less the bench's own creating requests.

Must hold: ours / bare Kopf at most 1.25; at most 4 requests per JobRun.

Run by `make bench`, or `python tests/bench/bench_runs.py [RUNS [ROUNDS]]`.
"""

import asyncio
import contextlib
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from rpafabrik_api import names
from support import bench_world, operator_process, operator_world, process
from support.operator_world import Home

AT_MOST_RATIO, AT_MOST_REQUESTS = 1.25, 4.0
SETTLE_SECONDS = 3.0
"""An operator that is started lists what there is before it is measured."""


@contextlib.contextmanager
def bare_kopf(servers: bench_world.Servers, home: Home, how: str) -> Iterator[None]:
    """Run the baseline for the length of the block."""
    command = [sys.executable, "-m", "support.bare_kopf", home.namespace]
    with process.running(
        "bare-kopf",
        [*command, str(servers.api.kubeconfig), how, home.temporal],
        home.folder / "bare-kopf.log",
        environment=operator_world.environment(),
    ):
        yield


async def applied(home: Home, bulk: bench_world.Bulk, count: int) -> float:
    """Create so many runs at once; return the seconds until each one's status names its run."""
    world = await operator_world.connected(home)
    runs = [world.jobrun(f"run-{number:05}", "alla") for number in range(count)]
    begin = time.perf_counter()
    told = asyncio.create_task(bulk.until("JobRun", _started, count))
    await bulk.create(runs)
    await told
    return time.perf_counter() - begin


def _started(run: dict[str, Any]) -> bool:
    return bool(run.get("status", {}).get("workflowId"))


def times(servers: bench_world.Servers, count: int, rounds: int) -> list[tuple[float, float]]:
    """Measure the baseline and ours in turns."""
    pairs = []
    for _ in range(rounds):
        bare = {}
        for how in ("event", "create", "start"):
            with servers.home(resync_seconds=3600) as home, bare_kopf(servers, home, how):
                bare[how] = asyncio.run(_bare(servers, home, count))
        with servers.home(resync_seconds=3600) as home, home.run("operator"):
            ours = asyncio.run(_ours(servers, home, count))
        print(f"bare Kopf {bare['create']:6.1f} s   rpafabrik {ours:6.1f} s", end="   ")
        print(
            f"ratio {ours / bare['create']:.2f}   (one write each: {bare['event']:.1f} s)", end=""
        )
        print(f"   floor {bare['start']:.1f} s, ours / floor {ours / bare['start']:.2f}")
        pairs.append((bare["create"], ours))
    return pairs


async def _bare(servers: bench_world.Servers, home: Home, count: int) -> float:
    async with bench_world.bulk(servers, home.namespace) as bulk:
        await asyncio.sleep(SETTLE_SECONDS)
        return await applied(home, bulk, count)


async def _ours(servers: bench_world.Servers, home: Home, count: int) -> float:
    world = await operator_world.connected(home)
    async with bench_world.bulk(servers, home.namespace) as bulk:
        await bulk.create([world.job("alla")])
        world.wait("wj/alla", "Ready", "WorkerUnavailable")
        await asyncio.sleep(SETTLE_SECONDS)
        return await applied(home, bulk, count)


async def to_the_end(
    servers: bench_world.Servers, home: Home, count: int
) -> tuple[float, Counter[bench_world.Request]]:
    """Have everything at work; return the seconds to the last end, and the requests it took."""
    world = await operator_world.connected(home)
    queue = names.worker_queue(home.namespace, operator_process.WORKER)
    await operator_world.worker_polls(home, queue)
    async with bench_world.bulk(servers, home.namespace) as bulk:
        await bulk.create([world.job("alla")])
        world.wait("wj/alla", "Ready", "Reconciled")
        before, begin = servers.requests(), time.perf_counter()
        ended = asyncio.create_task(bulk.until("JobRun", _completed, count))
        await bulk.create(world.jobrun(f"run-{number:05}", "alla") for number in range(count))
        await ended
        seconds = time.perf_counter() - begin
        await asyncio.sleep(SETTLE_SECONDS)  # the last reports on the job
        return seconds, servers.requests() - before


def _completed(run: dict[str, Any]) -> bool:
    return bench_world.condition(run, "Succeeded") == "Completed"


def measure(servers: bench_world.Servers, count: int, rounds: int) -> None:
    """Measure and print what came out."""
    pairs = times(servers, count, rounds)
    ratio = statistics.median(ours / bare for bare, ours in pairs)
    print(f"started / bare Kopf, median of {rounds}: {ratio:.2f}  ({count} JobRuns)")
    print(f"ratio <= {AT_MOST_RATIO}: {'holds' if ratio <= AT_MOST_RATIO else 'FAILS'}")
    with servers.home(resync_seconds=300) as home, home.run("factory"), home.run("operator"):
        seconds, cost = asyncio.run(to_the_end(servers, home, count))
    print(f"all {count} Completed after {seconds:.1f} s; {bench_world.load()}")
    counted = 0
    for (group, resource, verb), number in sorted(cost.items()):
        ours = group in (names.GROUP, "events.k8s.io")
        posted = (resource, verb) == ("jobruns", "POST")
        counted += number if ours and not posted else 0
        if ours:
            print(f"  {verb:6} {resource:24} {number:6}{'  (the bench itself)' if posted else ''}")
    each = counted / count
    print(f"requests per JobRun: {each:.2f}")
    print(f"requests <= {AT_MOST_REQUESTS}: {'holds' if each <= AT_MOST_REQUESTS else 'FAILS'}")


if __name__ == "__main__":
    told = [int(one) for one in sys.argv[1:]]
    runs, turns = told + [1000, 3][len(told) :]
    with (
        tempfile.TemporaryDirectory() as made_for_this,
        bench_world.running(Path(made_for_this)) as started,
    ):
        measure(started, runs, turns)
