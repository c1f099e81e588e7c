"""A cold start of the operator on many WorkerJobs that stand as they should.

The jobs are brought there by the operator itself, from YAML to schedules in Temporal: that is
measured too. Then it is stopped, and another one started. Measured from the start of its process:
until it answers its health probe, and until it has looked at every job, which is to have had every
schedule described. Counted until two seconds after that: requests by the API server's metric
`apiserver_request_total`, calls to Temporal by the operator's own `temporal_request_total`.

The baseline of the same run is Temporal alone: the same schedules described by a bare client, as
many at a time as the operator looks at. Memory is the process's resident set.

Must hold on 10 000: no PATCH, nothing written to Temporal, and all looked at within 120 s. A
question to digital workers, once a minute for each task queue, is no write and is shown.

Run by `make bench`, or `python tests/bench/bench_cold_start.py [JOBS]`; the claim is for 10 000,
which takes the longer to bring there.
"""

import asyncio
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from temporalio.api.workflowservice.v1 import DescribeScheduleRequest

from rpafabrik_api import names
from rpafabrik_operator.handlers import agenda
from support import bench_world, operator_process, operator_world, process
from support.operator_world import Home
from support.process import Child

READY_SECONDS = 120.0
QUIET_SECONDS = 2.0
LONGEST_SECONDS = 3600.0
DESCRIBE = "DescribeSchedule"
READS = frozenset(
    {
        "DescribeNamespace",
        "DescribeSchedule",
        "DescribeTaskQueue",
        "DescribeWorkflowExecution",
        "GetSystemInfo",
        "ListSchedules",
        "ListWorkers",
    }
)
QUESTIONS = frozenset({"StartActivityExecution", "PollActivityExecution"})
"""How a digital worker is asked what it can do."""
WRITES = frozenset({"PATCH", "APPLY", "PUT", "POST", "DELETE", "DELETECOLLECTION"})


@dataclass(frozen=True, slots=True)
class Start:
    """What came of a cold start."""

    healthy: float
    looked: float
    """Seconds until every job had been looked at."""
    requests: Counter[bench_world.Request]
    calls: Counter[str]
    memory: dict[str, str]


def settle(servers: bench_world.Servers, home: Home, count: int) -> float:
    """Bring so many jobs to where they stand; return the seconds it took."""
    with home.run("operator"):
        begin = time.perf_counter()
        asyncio.run(_settled(servers, home, count))
        return time.perf_counter() - begin


async def _settled(servers: bench_world.Servers, home: Home, count: int) -> None:
    world = await operator_world.connected(home)
    async with bench_world.bulk(servers, home.namespace) as bulk:
        told = asyncio.create_task(bulk.until("WorkerJob", _stands, count))
        await bulk.create(world.job(f"job-{number:05}") for number in range(count))
        await told


def _stands(job: dict[str, Any]) -> bool:
    return bench_world.condition(job, "Ready") == "Reconciled"


def cold_start(servers: bench_world.Servers, home: Home, count: int) -> Start:
    """Start the operator on what stands."""
    health, metrics = process.free_ports(2)
    before = servers.requests()
    begin = time.perf_counter()
    with home.run("operator", health_port=health, metrics_port=metrics) as operator:
        _wait(lambda: _answers(f"http://127.0.0.1:{health}/healthz"), operator)
        healthy = time.perf_counter() - begin
        _wait(lambda: bench_world.temporal_calls(metrics)[DESCRIBE] >= count, operator)
        looked = time.perf_counter() - begin
        time.sleep(QUIET_SECONDS)
        calls, memory = bench_world.temporal_calls(metrics), _memory(operator)
    return Start(healthy, looked, servers.requests() - before, calls, memory)


def _wait(holds: Callable[[], bool], operator: Child) -> None:
    process.wait_until(holds, [operator], seconds=LONGEST_SECONDS)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _memory(operator: Child) -> dict[str, str]:
    lines = Path(f"/proc/{operator.handle.pid}/status").read_text().splitlines()
    fields = dict(line.split(":", 1) for line in lines)
    return {name: fields[name].strip() for name in ("VmRSS", "VmHWM")}


async def temporal_alone(home: Home) -> float:
    """Describe every schedule with a bare client; return the seconds it takes."""
    world = await operator_world.connected(home)
    ids = [one.id async for one in await world.client.list_schedules(page_size=1000)]
    places = asyncio.Semaphore(agenda.CONCURRENT_LOOKS)

    async def one(schedule_id: str) -> None:
        async with places:
            request = DescribeScheduleRequest(namespace=home.namespace, schedule_id=schedule_id)
            await world.client.workflow_service.describe_schedule(request)

    begin = time.perf_counter()
    await asyncio.gather(*map(one, ids))
    return time.perf_counter() - begin


def measure(servers: bench_world.Servers, home: Home, count: int) -> None:
    """Measure and print what came out."""
    queue = names.worker_queue(home.namespace, operator_process.WORKER)
    asyncio.run(operator_world.worker_polls(home, queue))
    settled = settle(servers, home, count)
    print(f"{count} WorkerJobs from YAML to Ready: {settled:.1f} s, {count / settled:.0f} a second")
    start = cold_start(servers, home, count)
    print(f"cold start on {count}: healthy after {start.healthy:.1f} s", end=", ")
    print(f"all looked at after {start.looked:.1f} s; {bench_world.load()}")
    print(f"memory: {start.memory['VmRSS']}, at most {start.memory['VmHWM']}")
    written = 0
    for (group, resource, verb), number in sorted(start.requests.items()):
        if group == names.GROUP or (verb in WRITES and group == "events.k8s.io"):
            print(f"  Kubernetes {verb:6} {resource:24} {number:6}")
            written += number if verb in WRITES else 0
    for operation, number in sorted(start.calls.items()):
        print(f"  Temporal   {operation:31} {number:6}")
        written += 0 if operation in READS | QUESTIONS else number
    alone = asyncio.run(temporal_alone(home))
    print(f"looked at / Temporal alone ({alone:.1f} s): {start.looked / alone:.2f}")
    within = start.looked <= READY_SECONDS
    print(f"nothing written: {'holds' if not written else 'FAILS'}", end="; ")
    print(f"all looked at within {READY_SECONDS:.0f} s: {'holds' if within else 'FAILS'}")


if __name__ == "__main__":
    with (
        tempfile.TemporaryDirectory() as made_for_this,
        bench_world.running(Path(made_for_this)) as started,
        started.home(resync_seconds=3600) as own,
        own.run("factory"),
    ):
        measure(started, own, int(sys.argv[1]) if sys.argv[1:] else 1_000)
