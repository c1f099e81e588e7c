"""Alerts on robots and on what they work with, provoked."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from support import observed, operator_world, process
from support.observed import ROBOTS, Factory
from support.operator_process import WORKER
from support.prometheus_fixture import Watch

pytestmark = [pytest.mark.server, pytest.mark.long(60)]


async def test_a_robot_that_is_killed_is_told_of(factory: Factory, watch: Watch) -> None:
    pollers = f'rpafabrik_worker_pollers{{worker="{WORKER}"}}'
    with watch(factory.ports) as monitoring, factory.all() as running:
        world = await operator_world.connected(factory.home)
        world.apply(world.job("kassa"))
        await observed.value(monitoring, pollers, 1)
        await observed.over(monitoring, "RpafabrikRobotDead")

        running[ROBOTS].handle.kill()
        told = await observed.told(monitoring, "RpafabrikRobotDead")

    assert told["labels"] == {
        "alertname": "RpafabrikRobotDead",
        "severity": "critical",
        "namespace": factory.home.namespace,
        "worker": WORKER,
    }
    assert told["annotations"]["summary"] == f"Roboten {WORKER} är död"


async def test_a_target_system_that_is_down_is_told_of_until_it_answers(
    factory: Factory, watch: Watch
) -> None:
    (port,) = process.free_ports(1)
    step = {
        "name": "lookup",
        "activity": "look_up",
        "input": {"url": f"http://127.0.0.1:{port}/"},
        "retry": {"maximumAttempts": 100, "maximumIntervalSeconds": 1},
    }
    with watch(factory.ports) as monitoring, factory.all():
        world = await operator_world.connected(factory.home)
        world.apply(world.job("kassa", spec__steps=[step]))
        world.wait("wj/kassa", "Ready", "Reconciled")
        world.apply(world.jobrun("idag", "kassa"))
        told = await observed.told(monitoring, "RpafabrikTargetSystemDown")

        with system(port):
            await observed.over(monitoring, "RpafabrikTargetSystemDown")

    assert told["labels"]["target_system"] == "ekonomisystem"
    assert told["annotations"]["summary"] == "Systemet ekonomisystem svarar inte"


@contextmanager
def system(port: int) -> Iterator[None]:
    """Have a system answer there for the length of the block."""
    with http.server.HTTPServer(
        ("127.0.0.1", port), http.server.SimpleHTTPRequestHandler
    ) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
