"""What every process is told, and how one ends that cannot start."""

import asyncio
import contextlib
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from typing import Any

from rpafabrik import connection, errors, logs
from rpafabrik.runtime import process
from rpafabrik_cli import failures, garbage


@dataclass(frozen=True, slots=True)
class Temporal:
    """Where Temporal is; None leaves it to Temporal's own variables and file."""

    address: str | None
    namespace: str | None


@dataclass(frozen=True, slots=True)
class Serve:
    """Where health and metrics are served; without a port, not at all."""

    host: str
    health_port: int | None
    metrics_port: int | None


@dataclass(frozen=True, slots=True)
class Log:
    """How and how much is logged."""

    json: bool
    level: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """The options that every process has."""

    temporal: Temporal
    serve: Serve
    log: Log

    def connection(self) -> connection.Settings:
        """How to reach Temporal."""
        return connection.settings(address=self.temporal.address, namespace=self.temporal.namespace)

    def process(self, name: str, drain_seconds: int) -> process.ProcessSettings:
        """What the runtime of workers needs."""
        return process.ProcessSettings(
            name=name,
            connection=self.connection(),
            host=self.serve.host,
            health_port=self.serve.health_port,
            metrics_port=self.serve.metrics_port,
            drain_seconds=drain_seconds,
        )


def run(settings: Common, process: Coroutine[Any, Any, None]) -> None:
    """Run a process to its end, its log on standard error."""
    logs.configure(json=settings.log.json, level=settings.log.level)
    garbage.look()
    with refusing(errors.StartError):
        asyncio.run(process)


@contextlib.contextmanager
def refusing(*kinds: type[Exception]) -> Iterator[None]:
    """Turn what only the user can mend into the exit code that says so."""
    try:
        yield
    except kinds as error:
        raise failures.WrongUse(str(error)) from error
