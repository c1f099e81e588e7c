"""Jobs and runs are followed through the operator's own reconcile until they are at rest."""

import asyncio
from dataclasses import replace

import pytest

from rpafabrik_api import contract
from rpafabrik_api.jobrun import JobRun
from rpafabrik_api.workerjob import WorkerJob
from rpafabrik_cli import failures
from rpafabrik_cli.dev import following, runs
from rpafabrik_operator.planning import mapping
from support import examples

from .conftest import Laptop, until


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "LOOK_EVERY_SECONDS", 0.001)


def declare(laptop: Laptop, **changes: object) -> WorkerJob:
    laptop.cluster.declare([examples.job(**changes)])
    (job,) = laptop.cluster.list("WorkerJob")
    assert isinstance(job, WorkerJob)
    return job


def run_of(laptop: Laptop, job: WorkerJob) -> JobRun:
    (run,) = runs.wanted(laptop.cluster, [job])
    return run


async def test_a_sound_job_is_ready_with_its_schedule(laptop: Laptop) -> None:
    job = declare(laptop)

    await laptop.following.until_ready(job)

    assert [*laptop.world.schedules] == [f"workerjob/ekonomi/avstamning/{job.metadata.uid}"]


async def test_an_activity_that_no_worker_has_ends_the_wait_with_reason_and_path(
    laptop: Laptop,
) -> None:
    job = declare(laptop, spec__steps__1__activity="compair")

    with pytest.raises(failures.Failure) as refused:
        await laptop.following.until_ready(job)

    assert str(refused.value) == (
        "ekonomi/avstamning: UnknownActivity: spec.steps[1].activity: must be an activity of the"
        " digital worker (compare, fetch, list_items), and 'compair' is none"
    )


async def test_the_job_becomes_ready_once_temporal_is_back(laptop: Laptop) -> None:
    job = declare(laptop)
    laptop.world.temporal_away = True
    waiting = asyncio.create_task(laptop.following.until_ready(job))
    await asyncio.sleep(0.01)
    assert not waiting.done()

    laptop.world.temporal_away = False

    await asyncio.wait_for(waiting, timeout=5)


async def test_a_run_is_followed_to_its_end(laptop: Laptop) -> None:
    run = run_of(laptop, declare(laptop))
    waiting = asyncio.create_task(laptop.following.until_ended(run))
    await until(lambda: laptop.world.executions)
    assert not waiting.done()
    (workflow_id,) = laptop.world.executions

    laptop.world.finish(workflow_id, contract.RunResult.SUCCEEDED)
    ended = await asyncio.wait_for(waiting, timeout=5)

    assert (ended.namespace, ended.job, ended.run) == ("ekonomi", "avstamning", run.metadata.name)
    assert ended.succeeded
    assert ended.summary == laptop.world.executions[workflow_id].summary


async def test_a_run_of_a_retired_job_has_failed_at_once(laptop: Laptop) -> None:
    run = run_of(laptop, declare(laptop, spec__stage="Retired"))

    ended = await laptop.following.until_ended(run)

    assert (ended.succeeded, ended.reason, ended.summary) == (False, "JobRetired", None)


async def test_a_held_job_is_told_and_not_waited_for(laptop: Laptop) -> None:
    held = {"rpafabrik.dev/hold": "driften: fel belopp"}
    run = run_of(laptop, declare(laptop, metadata__annotations=held))

    with pytest.raises(failures.Failure) as refused:
        await laptop.following.until_ended(run)

    assert str(refused.value) == ("ekonomi/avstamning: Held: the job is held: driften: fel belopp")


async def test_a_run_that_stopped_is_told_and_goes_on_when_somebody_starts_again(
    laptop: Laptop,
) -> None:
    run = run_of(laptop, declare(laptop))
    await laptop.following.look(run)
    workflow_id = mapping.run_id(run)
    stopped = replace(laptop.world.executions[workflow_id], stopped="5 items in a row failed")
    laptop.world.executions[workflow_id] = stopped

    with pytest.raises(failures.Failure) as told:
        await laptop.following.until_ended(run)
    laptop.cluster.resume()
    await laptop.following.look(run)

    message = "ekonomi/avstamning: StoppedOnFailures: 5 items in a row failed"
    assert str(told.value) == message
    resumed = laptop.world.executions[workflow_id]
    assert (resumed.stopped, resumed.resumed.endswith("started again")) == ("", True)
