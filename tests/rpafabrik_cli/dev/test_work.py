"""Runs at once or by schedule: what is wanted runs, in its time, and what is gone is let go."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from rpafabrik_api import contract
from rpafabrik_api.resource import Resource
from rpafabrik_cli.dev import asked, by_schedule, following
from rpafabrik_cli.dev.results import Ended
from rpafabrik_cli.dev.work import Work
from support import examples

from .conftest import Laptop, until


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "LOOK_EVERY_SECONDS", 0.001)
    monkeypatch.setattr(by_schedule, "LOOK_EVERY_SECONDS", 0.001)


class Asked:
    """Work that is asked for, and what it reports."""

    def __init__(self, laptop: Laptop, *resources: Resource, **options: Any) -> None:
        self.laptop = laptop
        self.ended: list[Ended] = []
        self.work = Work(
            options=asked.Options(paths=(), workers=(), state=Path(), **options),
            checked=asked.Checked(
                resources=resources, jobs=frozenset({("ekonomi", "avstamning")}), robots=()
            ),
            following=laptop.following,
            report=self.ended.append,
        )

    async def do(self) -> None:
        await self.work.do(self.work.declare())

    def end_runs(self) -> None:
        for workflow_id in self.laptop.world.executions:
            self.laptop.world.finish(workflow_id, contract.RunResult.SUCCEEDED)


async def test_run_ends_when_its_runs_have_ended_and_nothing_starts_by_schedule(
    laptop: Laptop,
) -> None:
    now = Asked(laptop, examples.job(), run=True)
    doing = asyncio.create_task(now.do())
    await until(lambda: laptop.world.executions)

    now.end_runs()
    await asyncio.wait_for(doing, timeout=5)

    assert [ended.job for ended in now.ended] == ["avstamning"]
    assert [paused for _, paused, _ in laptop.world.schedules.values()] == [True]


async def test_a_second_start_goes_on_with_the_same_run(laptop: Laptop) -> None:
    first = asyncio.create_task(Asked(laptop, examples.job(), run=True).do())
    await until(lambda: laptop.world.executions)
    first.cancel()

    again = Asked(laptop, examples.job(), run=True)
    again.end_runs()
    await asyncio.wait_for(again.do(), timeout=5)

    assert len(laptop.world.executions) == 1
    assert "ekonomi/avstamning: going on where it stopped" in laptop.screen.getvalue()


async def test_a_job_that_asks_people_says_where_they_answer(laptop: Laptop) -> None:
    asks = {"group": "ekonomi", "dueAfterSeconds": 3600, "outcomes": ["Ja", "Nej"]}
    steps = [{"name": "bedom", "humanTask": asks}]
    now = Asked(laptop, examples.job(spec__steps=steps), run=True)
    doing = asyncio.create_task(now.do())
    await until(lambda: laptop.world.executions)

    now.end_runs()
    await asyncio.wait_for(doing, timeout=5)

    assert "ekonomi/avstamning: asks people; rpafabrik tasks list" in laptop.screen.getvalue()


async def test_by_schedule_a_declared_run_is_run_as_well(laptop: Laptop) -> None:
    both = Asked(laptop, examples.job(), examples.run())
    doing = asyncio.create_task(both.do())
    await until(lambda: laptop.world.executions)

    both.end_runs()
    await until(lambda: both.ended)
    doing.cancel()
    await asyncio.gather(doing, return_exceptions=True)

    assert [ended.run for ended in both.ended] == ["idag"]


async def test_a_job_that_is_gone_from_the_files_loses_its_schedule(laptop: Laptop) -> None:
    gone = examples.job(metadata__name="borta")
    laptop.cluster.declare([gone])
    await laptop.following.look(gone)
    assert len(laptop.world.schedules) == 1
    now = Asked(laptop, examples.job(), run=True)
    doing = asyncio.create_task(now.do())
    await until(lambda: laptop.world.executions)

    now.end_runs()
    await asyncio.wait_for(doing, timeout=5)

    (schedule_id,) = laptop.world.schedules
    assert schedule_id.startswith("workerjob/ekonomi/avstamning/")
    assert [job.metadata.name for job in laptop.cluster.list("WorkerJob")] == ["avstamning"]
