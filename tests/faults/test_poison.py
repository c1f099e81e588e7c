"""An item that kills every robot that takes it, among others that do not."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rpafabrik_api import contract
from support import factory as factories
from support import jobs, process

pytestmark = [pytest.mark.server, pytest.mark.long(50)]

TESTS = Path(__file__).parents[1]


@pytest.mark.timeout(240)
async def test_item_that_kills_robots_ends_alone(temporal_server: str, tmp_path: Path) -> None:
    factory = await factories.prepared(temporal_server, tmp_path)
    items = [*jobs.items(20), jobs.item("poison", do="die"), *jobs.items(40)[20:]]

    async with factory.platform():
        robots = asyncio.create_task(asyncio.to_thread(always_a_robot, factory, tmp_path / "stop"))
        summary = await factory.run(jobs.chunked(concurrency=5), items)
        (tmp_path / "stop").touch()
        died = await robots

    assert summary.counts == contract.Counts(completed=40, application_exceptions=1)
    assert factory.rows()["poison"][:2] == ("ApplicationException", "WorkerLost")
    assert 3 <= died <= 6
    assert factory.begun().count("poison") == died


def always_a_robot(factory: factories.Factory, stop: Path) -> int:
    """Start the robot again whenever it dies, as a Deployment would; how often it did."""
    to = factory.settings
    command = [sys.executable, "-m", "rpafabrik_cli", "worker"]
    command += ["--queue", jobs.QUEUE, "-m", factories.ROBOT]
    command += ["--temporal-address", str(to.address), "--temporal-namespace", str(to.namespace)]
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    died = 0
    while not stop.exists():
        log = factory.folder / f"robot-{died}.log"
        with process.running("robot", command, log, environment=environment) as robot:
            died += ended(robot, stop)
    return died


def ended(robot: process.Child, stop: Path) -> bool:
    """Wait until the robot ends by itself, or is no longer wanted; whether it ended."""
    while not stop.exists():
        try:
            robot.handle.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
        return True
    return False
