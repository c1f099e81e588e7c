"""Whatever dies while a run goes on, Prometheus tells the hours that the ledger holds."""

import functools
import json
from contextlib import ExitStack
from dataclasses import replace
from fractions import Fraction

import psycopg
import pytest
from typer.testing import CliRunner

from rpafabrik_cli import main
from rpafabrik_platform.ledger import store
from support import observed, operator_world
from support.observed import OPERATOR, PLATFORM, ROBOTS, SPARE, STANDBY, Factory
from support.operator_world import until
from support.postgres_fixture import Server
from support.prometheus_fixture import Watch

pytestmark = pytest.mark.server

ITEMS = 40
BY_HAND = Fraction(6_120_000, 37_250)
SECONDS = int(ITEMS * BY_HAND + Fraction(1, 2))
"""By the formula: each centre once, rounded once."""
GROSS = 'sum(department:rpafabrik_saved_seconds:sum{measure="gross"})'


async def test_restarts_of_every_process_change_no_total(
    factory: Factory, postgres: Server, postgres_url: str, watch: Watch
) -> None:
    store.migrate(postgres_url)
    factory = replace(factory, ledger=postgres_url)
    everyone = (OPERATOR, STANDBY, PLATFORM, SPARE, ROBOTS)
    with watch(factory.ports) as monitoring, ExitStack() as stack:
        running = {name: stack.enter_context(factory.running(name)) for name in everyone}
        world = await operator_world.connected(factory.home)
        given = {"items": ITEMS, "seconds": 0.5, "day": "2026-01-07"}
        job = world.job("kassa", spec__input=given, spec__items__concurrency=3)
        job["spec"]["steps"][0]["heartbeatTimeoutSeconds"] = 1
        world.apply(job)
        world.wait("wj/kassa", "Ready", "Reconciled", seconds=60)
        world.apply(world.jobrun("idag", "kassa"))

        for count, name in enumerate(everyone, start=1):
            await until(functools.partial(so_far, postgres_url, 5 * count), seconds=60)
            running[name].handle.kill()
            stack.enter_context(factory.running(name))
        postgres.tell("stop")
        postgres.tell("start")
        world.wait("jr/idag", "Succeeded", "Completed", seconds=90)
        # The same items once more: every one is skipped.
        world.apply(world.jobrun("igen", "kassa"))
        world.wait("jr/igen", "Succeeded", "Completed", seconds=60)
        await observed.value(monitoring, 'sum(rpafabrik_items_total{outcome="Skipped"})', ITEMS)
        # Never more, at any moment on the way.
        await observed.value(monitoring, f"max_over_time(({GROSS})[10m:1s])", SECONDS)

        assert monitoring.value(GROSS) == SECONDS == reported(postgres_url)


def rows(url: str) -> int:
    """How many items have their outcome."""
    with psycopg.connect(url) as connection:
        (count,) = connection.execute("SELECT count(*) FROM items").fetchone() or (0,)
    return int(count)


async def so_far(url: str, least: int) -> bool:
    """Whether the run has come so far."""
    return rows(url) >= least


def reported(url: str) -> int:
    """The seconds that the report shows, from its exact fraction."""
    document = CliRunner().invoke(main.app, ("report", "--ledger", url, "-o", "json")).stdout
    return int(Fraction(json.loads(document)["total"]["exact_seconds"]["gross"]) + Fraction(1, 2))
