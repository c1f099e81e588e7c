"""Alerts on jobs, provoked; and none where all is as it should be."""

import asyncio

import pytest

from rpafabrik_api import names
from support import observed, operator_world, temporal_fixture
from support.observed import OPERATOR, PLATFORM, ROBOTS, Factory
from support.operator_process import WORKER
from support.operator_world import World
from support.prometheus_fixture import Watch

pytestmark = [pytest.mark.server, pytest.mark.long(90)]


async def test_a_run_that_does_not_begin_when_it_is_due_is_told_of(
    factory: Factory, temporal_server: str, watch: Watch
) -> None:
    # The only platform reads the ledger, and takes nobody's runs.
    elsewhere = await temporal_fixture.new_namespace(temporal_server)
    with (
        watch(factory.ports) as monitoring,
        factory.all(OPERATOR, ROBOTS),
        factory.running(PLATFORM, "--temporal-namespace", elsewhere),
    ):
        world = await operator_world.connected(factory.home)
        world.apply(world.job("kassa", spec__schedule__cron="* * * * *"))
        told = await observed.told(monitoring, "RpafabrikScheduleMissed")

    assert told["labels"] == {
        "alertname": "RpafabrikScheduleMissed",
        "severity": "critical",
        "namespace": factory.home.namespace,
        "job": "kassa",
        "department": "Regionservice ekonomi",
    }
    assert told["annotations"]["summary"] == "Jobbet kassa startade inte enligt schemat"


async def test_a_factory_that_is_well_is_quiet_until_a_job_fails_now_and_then(
    factory: Factory, watch: Watch
) -> None:
    with watch(factory.ports) as monitoring, factory.all():
        world = await operator_world.connected(factory.home)
        queue = names.worker_queue(factory.home.namespace, WORKER)
        await operator_world.worker_polls(factory.home, queue)
        world.apply(world.job("kassa", spec__items__source__retry={"maximumAttempts": 1}))
        world.wait("wj/kassa", "Ready", "Reconciled")
        run(world, 1, "Completed")
        await observed.value(monitoring, "sum(rpafabrik_items_total)", 1)
        await observed.value(monitoring, "sum(rpafabrik_worker_pollers)", 1)
        await observed.quiet(monitoring)
        rules = await asyncio.to_thread(monitoring.rules)
        # Two of five, and never two in a row.
        for day, reason in enumerate(("SourceFailed", "Completed") * 2, start=2):
            run(world, day, reason)
        told = await observed.told(monitoring, "RpafabrikRunsFailOften")
        in_a_row = await asyncio.to_thread(monitoring.told, "RpafabrikRunsFail")

    assert {rule["name"]: rule.get("lastError") for rule in rules if rule["health"] != "ok"} == {}
    assert len(rules) > 16
    assert (told["labels"]["job"], told["labels"]["severity"]) == ("kassa", "warning")
    assert "Bara 60% av de senaste körningarna" in told["annotations"]["description"]
    assert in_a_row == []


def run(world: World, day: int, reason: str) -> None:
    """Run the job on an item that it has not seen, to an end for that reason."""
    given = {"day": f"2026-01-0{day}", "items": 1 if reason == "Completed" else "inte ett tal"}
    world.apply(world.jobrun(f"dag-{day}", "kassa", spec__input=given))
    world.wait(f"jr/dag-{day}", "Succeeded", reason)
