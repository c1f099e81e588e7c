"""By schedule: what comes next is told, each run is told once, and in the end all is at rest."""

import asyncio
from typing import Any

import pytest

from rpafabrik_api import contract
from rpafabrik_api.workerjob import WorkerJob
from rpafabrik_cli.dev import by_schedule
from rpafabrik_cli.dev.results import Ended
from support import examples

from .conftest import Laptop, until


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_schedule, "LOOK_EVERY_SECONDS", 0.001)


class Followed:
    """A job that is followed in the background."""

    def __init__(self, laptop: Laptop, **changes: Any) -> None:
        laptop.cluster.declare([examples.job(**changes)])
        (job,) = laptop.cluster.list("WorkerJob")
        assert isinstance(job, WorkerJob)
        self.ended: list[Ended] = []
        self.laptop = laptop
        self.schedule_id = f"workerjob/ekonomi/avstamning/{job.metadata.uid}"
        self.task = asyncio.create_task(
            by_schedule.follow(laptop.following, [job], self.ended.append)
        )

    async def until_told(self, text: str) -> None:
        await until(lambda: text in self.laptop.screen.getvalue())

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


async def test_a_run_of_the_schedule_is_told_when_it_starts_and_once_when_it_ends(
    laptop: Laptop,
) -> None:
    followed = Followed(laptop)
    await followed.until_told("ekonomi/avstamning: ")

    workflow_id = laptop.world.start_scheduled(followed.schedule_id)
    await followed.until_told("ekonomi/avstamning: a run has started\n")
    laptop.world.finish(workflow_id, contract.RunResult.SUCCEEDED)
    await until(lambda: followed.ended)
    await asyncio.sleep(0.01)  # time enough to tell it again
    await followed.stop()

    (ended,) = followed.ended
    assert ended.succeeded
    assert ended.summary == laptop.world.executions[workflow_id].summary


async def test_a_suspended_job_says_so(laptop: Laptop) -> None:
    followed = Followed(laptop, spec__suspend=True)

    await followed.until_told("no run is planned: Suspended spec.suspend is true\n")
    await followed.stop()


async def test_nothing_starts_when_nobody_is_there(laptop: Laptop) -> None:
    followed = Followed(laptop)
    await followed.until_told("ekonomi/avstamning: ")
    paused_meanwhile = laptop.world.schedules[followed.schedule_id][1]

    await followed.stop()

    assert (paused_meanwhile, laptop.world.schedules[followed.schedule_id][1]) == (False, True)
