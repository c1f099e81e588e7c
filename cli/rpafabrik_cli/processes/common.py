"""What every process is told, and how one ends that cannot start."""

import asyncio
import contextlib
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from typing import Any

from rpafabrik import connection, errors, logs
from rpafabrik.runtime import process
from rpafabrik_cli import failures


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """The options that every process has."""

    temporal_address: str | None
    temporal_namespace: str | None
    host: str
    health_port: int | None
    metrics_port: int | None
    log_json: bool
    log_level: str

    def connection(self) -> connection.Settings:
        """How to reach Temporal."""
        return connection.settings(address=self.temporal_address, namespace=self.temporal_namespace)

    def process(self, drain_seconds: int) -> process.ProcessSettings:
        """What the runtime of workers needs."""
        return process.ProcessSettings(
            connection=self.connection(),
            host=self.host,
            health_port=self.health_port,
            metrics_port=self.metrics_port,
            drain_seconds=drain_seconds,
        )


def run(common: Common, process: Coroutine[Any, Any, None]) -> None:
    """Run a process to its end, its log on standard error."""
    logs.configure(json=common.log_json, level=common.log_level)
    with refusing(errors.StartError):
        asyncio.run(process)


@contextlib.contextmanager
def refusing(*kinds: type[Exception]) -> Iterator[None]:
    """Turn what only the user can mend into the exit code that says so."""
    try:
        yield
    except kinds as error:
        raise failures.WrongUse(str(error)) from error
