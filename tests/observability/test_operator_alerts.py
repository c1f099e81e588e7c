"""Alerts on the operator, provoked: what happens to it reaches the Alertmanager."""

import pytest

from support import observed
from support.observed import OPERATOR, STANDBY, Factory
from support.prometheus_fixture import Watch

pytestmark = pytest.mark.server

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
