"""What is killed or away in the middle of a run: nothing is lost, nothing done twice."""

import asyncio
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from rpafabrik_api import contract
from rpafabrik_platform.ledger import store
from support import jobs, postgres_fixture, process
from support.factory import Factory

pytestmark = pytest.mark.server

TESTS = Path(__file__).parents[2]


async def test_killed_platform_worker_leaves_the_same_ledger(factory_at_rest: Factory) -> None:
    factory = factory_at_rest
    to = factory.settings
    command = [sys.executable, "-m", "support.platform_process"]
    command += [str(to.address), str(to.namespace), factory.ledger]
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}

    async with factory.robot():
        with process.running(
            "platform", command, factory.folder / "platform.log", environment=environment
        ) as platform:
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
