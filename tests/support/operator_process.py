"""The processes that tests of the operator run, as a program: `… operator|factory|robot SETTINGS`.

SETTINGS is JSON. `factory` is the platform worker and one digital worker in one process; `robot`
is that digital worker in one of its own. Each imports what it needs and no more: to start is most
of what such a process costs.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rpafabrik import connection, logs
from rpafabrik_api import names
from rpafabrik_cli import garbage

if TYPE_CHECKING:
    from rpafabrik.runtime import worker

WORKER = "ekonomi"
ROBOT = "support.operator_robot"


async def run_factory(told: dict[str, Any]) -> None:
    """Do what the operator starts, and tell the API server."""
    from rpafabrik.runtime import process, worker  # noqa: PLC0415 # see the module's docstring
    from rpafabrik_platform import kubernetes_status  # noqa: PLC0415 # see the module's docstring
    from rpafabrik_platform.worker import (  # noqa: PLC0415 # see the module's docstring
        PlatformSettings,
        run_platform,
    )

    garbage.look()
    runtime = process.ProcessSettings(connection=_temporal(told), name="factory", drain_seconds=1)
    platform = PlatformSettings(process=runtime, ledger=told["ledger"])
    robot = _robot(told)
    async with (
        kubernetes_status.connected(Path(told["kubeconfig"])) as reporter,
        asyncio.TaskGroup() as tasks,
    ):
        tasks.create_task(run_platform(platform, reporter))
        tasks.create_task(worker.run_worker(robot))


async def run_robot(told: dict[str, Any]) -> None:
    """Do the digital worker's part alone."""
    from rpafabrik.runtime import worker  # noqa: PLC0415 # see the module's docstring

    garbage.look()
    await worker.run_worker(_robot(told))


async def run(told: dict[str, Any]) -> None:
    """Run the operator for one namespace, or everywhere."""
    from rpafabrik_operator.main import run_operator  # noqa: PLC0415 # see the module's docstring
    from rpafabrik_operator.settings import (  # noqa: PLC0415 # see the module's docstring
        Lease,
        OperatorSettings,
    )

    garbage.look()
    led = told.get("lease_namespace")
    lease = Lease(led, told["lease_name"]) if led else None
    await run_operator(
        OperatorSettings(
            temporal=_temporal(told),
            kubeconfig=Path(told["kubeconfig"]),
            namespaces=() if told.get("everywhere") else (told["namespace"],),
            resync_seconds=told["resync_seconds"],
            health_port=told.get("health_port"),
            metrics_port=told.get("metrics_port"),
            lease=lease,
        )
    )


def _robot(told: dict[str, Any]) -> "worker.WorkerSettings":
    from rpafabrik.runtime import process, worker  # noqa: PLC0415 # see the module's docstring

    runtime = process.ProcessSettings(connection=_temporal(told), name="factory", drain_seconds=1)
    queue = names.worker_queue(told["namespace"], WORKER)
    return worker.WorkerSettings(process=runtime, queue=queue, modules=(ROBOT,))


def _temporal(told: dict[str, Any]) -> connection.Settings:
    return connection.settings(address=told["temporal"], namespace=told["temporal_namespace"])


if __name__ == "__main__":
    garbage.wait()
    role, settings = sys.argv[1], json.loads(sys.argv[2])
    logs.configure(json=False)
    asyncio.run({"operator": run, "factory": run_factory, "robot": run_robot}[role](settings))
