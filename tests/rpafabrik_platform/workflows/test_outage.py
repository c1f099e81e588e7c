"""What is killed or away in the middle of a run: nothing is lost, nothing done twice."""

import asyncio
import os
import sys
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import ActivityHandle, PendingActivityState

from rpafabrik_api import contract
from rpafabrik_platform.ledger import store
from support import jobs, people, postgres_fixture, process
from support.factory import Factory

pytestmark = pytest.mark.server

TESTS = Path(__file__).parents[2]


def platform_of_its_own(factory: Factory) -> AbstractContextManager[process.Child]:
    """A platform worker that can be killed."""
    to = factory.settings
    command = [sys.executable, "-m", "support.platform_process"]
    command += [str(to.address), str(to.namespace), factory.ledger]
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    log = factory.folder / "platform.log"
    return process.running("platform", command, log, environment=environment)


async def test_killed_platform_worker_leaves_the_same_ledger(factory_at_rest: Factory) -> None:
    factory = factory_at_rest

    async with factory.robot():
        with platform_of_its_own(factory) as platform:
            handle = await factory.start(jobs.job(concurrency=4), items=jobs.items(16, seconds=0.1))
            await factory.until(lambda: len(factory.begun()) >= 6)
            platform.handle.kill()
            platform.handle.wait()
        async with factory.platform():
            summary = await handle.result()

    assert summary.counts == contract.Counts(completed=16)
    assert summary.counts == factory.counts(summary.run_id)
    assert sorted(factory.begun()) == [item["id"] for item in jobs.items(16)]
    assert summary.saved == contract.Saved(gross_seconds=9600, net_seconds=9600)


async def under_way(activity: ActivityHandle[Any]) -> None:
    """Wait until a worker has begun with it."""
    async with asyncio.timeout(60):
        while (  # noqa: ASYNC110 # the server has no event for it
            await activity.describe()
        ).run_state != PendingActivityState.STARTED:
            await asyncio.sleep(0.05)


async def test_platform_killed_over_answers_loses_none_and_counts_each_once(
    factory_at_rest: Factory,
) -> None:
    factory = factory_at_rest
    async with factory.robot():
        with platform_of_its_own(factory) as platform:
            handle = await factory.start(jobs.job(people.ASK), items=jobs.items(12))
            waiting = list((await people.until_open(factory, 12)).values())
            sent = [await people.send(factory, one) for one in waiting[:4]]
            for one in sent:
                await one.result()
            with factory.nothing_entered():
                sent += [await people.send(factory, one) for one in waiting[4:]]
                await under_way(sent[4])
                platform.handle.kill()
                platform.handle.wait()
            left = len(people.open_tasks(factory))
        async with factory.platform():
            answered = [await one.result() for one in sent]
            summary = await handle.result()

    assert left == 8, "the blow must fall in the middle"
    assert len(answered) == 12
    assert summary.counts == contract.Counts(reviewed=12)
    assert summary.counts == factory.counts(summary.run_id)
    assert summary.saved == contract.Saved(gross_seconds=7200, net_seconds=6480)


async def test_ledger_that_is_away_for_a_while_loses_nothing(
    factory_at_rest: Factory, postgres: postgres_fixture.Server, postgres_url: str
) -> None:
    factory = replace(factory_at_rest, ledger=postgres_url)
    await asyncio.to_thread(store.migrate, postgres_url)

    async with factory.platform(), factory.robot():
        handle = await factory.start(jobs.job(concurrency=4), items=jobs.items(12, seconds=0.2))
        await factory.until(lambda: len(factory.begun()) >= 5)
        await asyncio.to_thread(postgres.tell, "stop")
        await factory.quiet(3)
        begun = len(factory.begun())
        await asyncio.to_thread(postgres.tell, "start")
        summary = await handle.result()

    assert begun < 12
    assert summary.counts == contract.Counts(completed=12)
    assert summary.counts == factory.counts(summary.run_id)
    assert len(factory.begun()) == 12
