"""A factory whose processes are those of a cluster, each with its port for scrapers.

They are started by the command line, as the chart starts them, and may be killed and started again.
"""

import asyncio
import contextlib
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from support import operator_world, process, rights
from support.monitoring import Monitoring
from support.operator_process import ROBOT, WORKER
from support.operator_world import Home

_SECONDS = 300.0
"""What may take so long on a busy machine; it is there in a few."""
OPERATOR, STANDBY, PLATFORM, SPARE, ROBOTS = "operator", "standby", "platform", "spare", "robots"
"""The processes: there may be two operators and two platforms."""


@dataclass(frozen=True, slots=True)
class Factory:
    """Where its processes are, once they are started."""

    home: Home
    ledger: str
    """Its URL."""
    ports: dict[str, int]
    """Of /metrics, by process: the same after a restart."""

    def running(self, name: str, *options: str) -> AbstractContextManager[process.Child]:
        """Run one of its processes for the length of a block."""
        home = self.home
        temporal = (home.temporal, home.namespace)
        command = {
            OPERATOR: self._operator,
            STANDBY: self._operator,
            PLATFORM: self._platform,
            SPARE: self._platform,
            ROBOTS: self._robots,
        }[name]
        return process.running(
            name,
            [
                *(sys.executable, "-m", "rpafabrik_cli", *command()),
                *("--temporal-address", temporal[0], "--temporal-namespace", temporal[1]),
                f"--metrics-port={self.ports[name]}",
                *options,
            ],
            home.folder / f"{name}-{uuid.uuid4().hex[:6]}.log",
            environment=operator_world.environment(),
        )

    @contextlib.contextmanager
    def all(self, *names: str) -> Iterator[dict[str, process.Child]]:
        """Run some of its processes for the length of a block; by default one of each."""
        with contextlib.ExitStack() as stack:
            yield {
                name: stack.enter_context(self.running(name))
                for name in names or (OPERATOR, PLATFORM, ROBOTS)
            }

    def _operator(self) -> tuple[str, ...]:
        home = self.home
        return (
            "operator",
            f"--kubeconfig={home.kubeconfig(rights.OPERATOR)}",
            f"--namespace={home.namespace}",
            f"--resync-seconds={home.resync_seconds}",
            f"--leader-elect-namespace={home.namespace}",
            f"--leader-elect-name={rights.account(rights.OPERATOR)}",
        )

    def _platform(self) -> tuple[str, ...]:
        kubeconfig = self.home.kubeconfig(rights.PLATFORM)
        drain = "--drain-seconds=1"
        return "platform", "--cluster", f"--kubeconfig={kubeconfig}", drain, "--ledger", self.ledger

    def _robots(self) -> tuple[str, ...]:
        where = ("--namespace", self.home.namespace, "--worker", WORKER)
        modules = ("--module", ROBOT, "--module", "support.observed_robot")
        return "worker", *where, *modules, "--drain-seconds=1"


def factory(home: Home, ledger: str) -> Factory:
    """A factory of which nothing runs."""
    names = (OPERATOR, STANDBY, PLATFORM, SPARE, ROBOTS)
    return Factory(home, ledger, dict(zip(names, process.free_ports(len(names)), strict=True)))


async def told(monitoring: Monitoring, alert: str, seconds: float = _SECONDS) -> dict[str, Any]:
    """Wait until the Alertmanager has been told of the alert, of one and no more."""
    (found,) = await _until(lambda: monitoring.told(alert), seconds)
    return dict(found)


async def over(monitoring: Monitoring, alert: str, seconds: float = _SECONDS) -> None:
    """Wait until the alert fires no more, and the Alertmanager knows."""
    firing = f'ALERTS{{alertname="{alert}", alertstate="firing"}}'
    await _until(lambda: not monitoring.query(firing) and not monitoring.told(alert), seconds)


async def quiet(monitoring: Monitoring) -> None:
    """Wait until no alert fires; no process was scraped when it began."""
    await _until(lambda: not monitoring.query('ALERTS{alertstate="firing"}'), _SECONDS)


async def value(monitoring: Monitoring, expression: str, wanted: float) -> None:
    """Wait until the expression has that value."""
    await _until(lambda: monitoring.value(expression) == wanted, _SECONDS)


async def _until(ask: Callable[[], Any], seconds: float) -> Any:
    async def answer() -> Any:
        return await asyncio.to_thread(ask)

    return await operator_world.until(answer, seconds=seconds)
