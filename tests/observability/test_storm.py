"""Whatever dies while a run goes on, Prometheus tells the hours that the ledger holds."""

import functools
import json
from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from rpafabrik_cli import main
from rpafabrik_platform.ledger import store
from support import board_queries, observed, operator_world, temporal_server
from support.helm import Helm
from support.kubernetes_fixture import ApiServer
from support.observed import OPERATOR, PLATFORM, ROBOTS, SPARE, STANDBY, Factory
from support.operator_world import until
from support.postgres_fixture import Server
from support.prometheus_fixture import Watch
from support.temporal_server import Lasting

pytestmark = pytest.mark.server

ITEMS = 40
BY_HAND = Fraction(6_120_000, 37_250)
SECONDS = int(ITEMS * BY_HAND + Fraction(1, 2))
"""By the formula: each centre once, rounded once."""
GROSS = 'sum(department:rpafabrik_saved_seconds:sum{measure="gross"})'
(BOARD,) = board_queries.of("Brutto i år (timmar)")


@pytest.fixture
def temporal(tmp_path: Path) -> Iterator[Lasting]:
    """A Temporal that may be killed, as it keeps what it holds in a file."""
    with temporal_server.lasting(tmp_path) as server:
        yield server


@pytest.fixture
def factory(
    api_server: ApiServer, temporal: Lasting, helm: Helm, tmp_path: Path, postgres_url: str
) -> Iterator[Factory]:
    """A factory with a ledger in PostgreSQL."""
    with operator_world.opened(
        api_server, temporal.address, helm, tmp_path, resync_seconds=300
    ) as home:
        yield observed.factory(home, postgres_url)


async def test_restarts_of_every_process_change_no_total(
    factory: Factory, temporal: Lasting, postgres: Server, watch: Watch
) -> None:
    store.migrate(factory.ledger)
    everyone = (OPERATOR, STANDBY, PLATFORM, SPARE, ROBOTS)
    with watch(factory.ports) as monitoring, ExitStack() as stack:
        running = {name: stack.enter_context(factory.running(name)) for name in everyone}
        world = await operator_world.connected(factory.home)
        given = {"items": ITEMS, "seconds": 0.5, "day": "2026-01-07"}
        job = world.job("kassa", spec__input=given, spec__items__concurrency=3)
        job["spec"]["steps"][0]["heartbeatTimeoutSeconds"] = 1
        world.apply(job)
        world.wait("wj/kassa", "Ready", "Reconciled")
        world.apply(world.jobrun("idag", "kassa"))

        for count, gone in enumerate(((OPERATOR, STANDBY), (PLATFORM, SPARE), (ROBOTS,)), start=1):
            await until(functools.partial(so_far, factory.ledger, 6 * count))
            for name in gone:
                running[name].handle.kill()
            for name in gone:
                stack.enter_context(factory.running(name))
        await until(functools.partial(so_far, factory.ledger, 24))
        under_way = rows(factory.ledger) < ITEMS
        temporal.kill()
        postgres.tell("stop")
        temporal.start()
        postgres.tell("start")
        world.wait("jr/idag", "Succeeded", "Completed", seconds=90)
        # The same items once more: every one is skipped.
        world.apply(world.jobrun("igen", "kassa"))
        world.wait("jr/igen", "Succeeded", "Completed")
        await observed.value(monitoring, 'sum(rpafabrik_items_total{outcome="Skipped"})', ITEMS)
        # Never more, at any moment on the way.
        await observed.value(monitoring, f"max_over_time(({GROSS})[10m:1s])", SECONDS)

        assert under_way
        assert monitoring.value(GROSS) == SECONDS == reported(factory.ledger)
        ((_, hours),) = monitoring.query(BOARD)
        assert round(hours * 3600) == SECONDS


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
