"""How soon a robot works on what somebody applies, on a platform that has nothing else to do.

From before the request of `kubectl apply` is sent until the robot's first activity runs, by one
clock: the activity writes down when it began. One sample at a time; the next begins when the run
before it has ended. Operator, platform worker and robot are real processes with the chart's
rights, on a real API server and Temporal. The baseline of the same run is Temporal alone: from
before a workflow is started, with the same robot, until its activity runs.

Must hold: p50 at most 1 s and p99 at most 3 s for a JobRun of a job that is Ready.

Run by `make bench`, or `python tests/bench/bench_apply.py [SAMPLES]`.
"""

import asyncio
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from rpafabrik_api import contract, names
from rpafabrik_operator.planning import mapping
from support import bench_world, examples, operator_process, operator_world
from support.operator_world import World

P50_SECONDS, P99_SECONDS = 1.0, 3.0
PAUSE_SECONDS = 0.2
"""Between an end and the next beginning: what is still being told of the last run is no part."""

Sample = Callable[[int], Awaitable[float]]


@dataclass(frozen=True, slots=True)
class Apply:
    """Applies, and reads off the witness when the robot began."""

    world: World
    bulk: bench_world.Bulk
    folder: Path

    async def run_of_a_job(self, number: int) -> float:
        """A JobRun of a job that is Ready."""
        name = f"run-{number:04}"
        return await self._first_activity(name, self._run(name, "ready"))

    async def job_and_run(self, number: int) -> float:
        """A WorkerJob that is new, and a JobRun of it, in one go."""
        name = f"new-{number:04}"
        return await self._first_activity(name, self.job(name), self._run(name, name))

    async def temporal_alone(self, number: int) -> float:
        """The same workflow, started by hand."""
        name = f"alone-{number:04}"
        uid = uuid.uuid4().hex
        where = {"name": name, "namespace": self.world.home.namespace, "uid": uid}
        job = examples.changed(self.job(name), metadata=where | {"generation": 1})
        definition = mapping.definition(
            examples.job(**{key: job[key] for key in ("spec", "metadata")})
        )
        witness = self.folder / name
        given = {**job["spec"]["input"], "witness": str(witness)}
        request = contract.RunRequest(
            job=definition, purpose=contract.Purpose.ON_DEMAND, input=given, name=None
        )
        begin = time.time()
        handle = await self.world.client.start_workflow(
            contract.JOB_RUN_WORKFLOW,
            request,
            id=names.run_id(where["namespace"], name, uid),
            task_queue=names.PLATFORM_QUEUE,
        )
        await handle.result()
        return _witnessed(witness) - begin

    def job(self, name: str) -> dict[str, Any]:
        """A job whose robot writes down when it begins."""
        return self.world.job(name, spec__items__source__input__witness="${input.witness}")

    def _run(self, name: str, job: str) -> dict[str, Any]:
        return self.world.jobrun(name, job, spec__input={"witness": str(self.folder / name)})

    async def _first_activity(self, name: str, *manifests: dict[str, Any]) -> float:
        begin = time.time()
        for manifest in manifests:
            await self.bulk.apply(manifest)
        await self.bulk.until("JobRun", lambda run: _ended(run, name), 1)
        return _witnessed(self.folder / name) - begin


def _ended(run: dict[str, Any], name: str) -> bool:
    return (
        run["metadata"]["name"] == name and bench_world.condition(run, "Succeeded") == "Completed"
    )


def _witnessed(witness: Path) -> float:
    return float(witness.read_text())


async def measured(what: str, sample: Sample, count: int) -> list[float]:
    """Take the samples one at a time and print how they lie."""
    taken = []
    for number in range(count):
        taken.append(await sample(number))
        await asyncio.sleep(PAUSE_SECONDS)
    ranks = statistics.quantiles(taken, n=100, method="inclusive")
    p50, p99 = ranks[49], ranks[98]
    print(f"{what:28} p50 {p50:5.3f} s   p99 {p99:5.3f} s   max {max(taken):5.3f} s   ({count})")
    return [p50, p99]


async def measure(servers: bench_world.Servers, home: operator_world.Home, samples: int) -> None:
    """Measure the three and print them."""
    witnesses = servers.folder / "witnesses"
    witnesses.mkdir()
    world = await operator_world.connected(home)
    queue = names.worker_queue(home.namespace, operator_process.WORKER)
    await operator_world.worker_polls(home, queue)
    async with bench_world.bulk(servers, home.namespace) as bulk:
        apply = Apply(world, bulk, witnesses)
        await bulk.apply(apply.job("ready"))
        world.wait("wj/ready", "Ready", "Reconciled")
        alone, _ = await measured("Temporal alone", apply.temporal_alone, samples // 5)
        p50, p99 = await measured("apply of a JobRun", apply.run_of_a_job, samples)
        await measured("apply of a new job and run", apply.job_and_run, samples // 5)
    holds = p50 <= P50_SECONDS and p99 <= P99_SECONDS
    print(f"apply / Temporal alone, p50: {p50 / alone:.1f}; {bench_world.load()}")
    print(f"p50 <= {P50_SECONDS} s and p99 <= {P99_SECONDS} s: {'holds' if holds else 'FAILS'}")


if __name__ == "__main__":
    with (
        tempfile.TemporaryDirectory() as made_for_this,
        bench_world.running(Path(made_for_this)) as started,
        started.home(resync_seconds=300) as own,
        own.run("factory"),
        own.run("operator"),
    ):
        asyncio.run(measure(started, own, int(sys.argv[1]) if sys.argv[1:] else 100))
