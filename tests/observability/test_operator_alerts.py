"""Alerts on the operator, provoked: what happens to it reaches the Alertmanager."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from support import observed, operator_world, temporal_server
from support.observed import OPERATOR, STANDBY, Factory
from support.prometheus_fixture import Watch

pytestmark = [pytest.mark.server, pytest.mark.long(60)]

ALERT = "RpafabrikOperatorWithoutLeader"


async def test_operators_that_are_killed_are_told_of_until_one_leads_again(
    factory: Factory, watch: Watch
) -> None:
    with watch(factory.ports) as monitoring:
        with factory.all(OPERATOR, STANDBY) as running:
            await observed.value(monitoring, "sum(rpafabrik_leader)", 1)
            await observed.over(monitoring, ALERT)
            for child in running.values():
                child.handle.kill()
            told = await observed.told(monitoring, ALERT)

        with factory.running(OPERATOR):
            await observed.over(monitoring, ALERT)

    assert told["labels"]["severity"] == "critical"
    assert told["annotations"]["summary"] == "Ingen operator leder fabriken"


@pytest.fixture
def own_temporal(tmp_path: Path) -> Iterator[tuple[str, ExitStack]]:
    """Return the address of a Temporal that a test may take away, by closing the stack."""
    with ExitStack() as stack:
        yield stack.enter_context(temporal_server.running(tmp_path)), stack


async def test_a_temporal_that_is_away_is_told_of(
    factory: Factory, own_temporal: tuple[str, ExitStack], watch: Watch
) -> None:
    address, until_it_goes = own_temporal
    factory = replace(factory, home=replace(factory.home, temporal=address))
    await operator_world.register(address, factory.home.namespace)
    with watch(factory.ports) as monitoring, factory.running(OPERATOR):
        await observed.value(monitoring, "rpafabrik_temporal_up", 1)
        until_it_goes.close()
        told = await observed.told(monitoring, "RpafabrikTemporalAway")

    assert told["labels"]["severity"] == "critical"
    assert told["annotations"]["summary"] == "Temporal svarar inte"
