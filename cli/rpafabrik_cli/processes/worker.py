"""`rpafabrik worker`."""

from dataclasses import dataclass

from rpafabrik.runtime.worker import WorkerSettings, run_worker
from rpafabrik_cli import working_directory
from rpafabrik_cli.processes import common


@dataclass(frozen=True, slots=True)
class Robots:
    """What is run where."""

    queue: str
    modules: tuple[str, ...]
    concurrency: int
    drain_seconds: int


def run(settings: common.Common, robots: Robots) -> None:
    """Run a digital worker."""
    working_directory.import_from()
    told = WorkerSettings(
        process=settings.process("robot", robots.drain_seconds),
        queue=robots.queue,
        modules=robots.modules,
        max_concurrent_activities=robots.concurrency,
    )
    common.run(settings, run_worker(told))
