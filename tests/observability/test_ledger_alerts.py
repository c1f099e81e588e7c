"""Alerts that rest on the ledger, provoked: an empty file, and a database that is away."""

from dataclasses import replace

import pytest

from rpafabrik_platform.ledger import store
from support import observed, operator_world
from support.observed import OPERATOR, PLATFORM, Factory
from support.postgres_fixture import Server
from support.prometheus_fixture import Watch

pytestmark = [pytest.mark.server, pytest.mark.long(60)]


@pytest.fixture
def on_postgres(factory: Factory, postgres_url: str) -> Factory:
    """Return the factory with a ledger that can be taken away."""
    store.migrate(postgres_url)
    return replace(factory, ledger=postgres_url)


async def test_an_empty_file_is_told_of_to_who_owns_the_job(factory: Factory, watch: Watch) -> None:
    with watch(factory.ports) as monitoring, factory.all():
        world = await operator_world.connected(factory.home)
        job = world.job(
            "kassa",
            spec__input={"items": 0, "seconds": 0, "day": "2026-01-07"},
            spec__items__expected={"min": 149},
        )
        world.apply(job)
        world.wait("wj/kassa", "Ready", "Reconciled")
        world.apply(world.jobrun("tom", "kassa"))

        told = await observed.told(monitoring, "RpafabrikVolumeOutsideBand")

    assert told["labels"] == {
        "alertname": "RpafabrikVolumeOutsideBand",
        "severity": "critical",
        "namespace": factory.home.namespace,
        "job": "kassa",
        "department": "Regionservice ekonomi",
    }
    assert told["annotations"]["summary"] == "Jobbet kassa fick för få ärenden"
    assert "149 färre ärenden än väntat" in told["annotations"]["description"]


async def test_a_ledger_that_is_away_is_told_of_until_it_is_back(
    on_postgres: Factory, postgres: Server, watch: Watch
) -> None:
    alert = "RpafabrikLedgerUnreachable"
    with watch(on_postgres.ports) as monitoring, on_postgres.all(OPERATOR, PLATFORM):
        await observed.value(monitoring, "rpafabrik_ledger_up", 1)
        await observed.over(monitoring, alert)

        postgres.tell("stop")
        told = await observed.told(monitoring, alert)
        postgres.tell("start")
        await observed.over(monitoring, alert)

    assert told["labels"]["severity"] == "critical"
    assert told["annotations"]["summary"] == "Liggaren går inte att nå"
