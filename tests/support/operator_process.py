"""The processes that tests of the operator run, as a program: `… operator|factory SETTINGS`.

SETTINGS is JSON. `factory` is the platform worker and one digital worker in one process.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from rpafabrik import connection, logs
from rpafabrik.runtime import process, worker
from rpafabrik_api import names
from rpafabrik_operator.main import run_operator
from rpafabrik_operator.settings import Lease, OperatorSettings
from rpafabrik_platform import kubernetes_status
from rpafabrik_platform.worker import PlatformSettings, run_platform

WORKER = "ekonomi"
ROBOT = "support.operator_robot"


async def run_factory(told: dict[str, Any]) -> None:
    """Do what the operator starts, and tell the API server."""
    runtime = process.ProcessSettings(connection=_temporal(told), drain_seconds=1)
    platform = PlatformSettings(process=runtime, ledger=told["ledger"])
    queue = names.worker_queue(told["namespace"], WORKER)
    robot = worker.WorkerSettings(process=runtime, queue=queue, modules=(ROBOT,))
    async with (
        kubernetes_status.connected(Path(told["kubeconfig"])) as reporter,
        asyncio.TaskGroup() as tasks,
    ):
        tasks.create_task(run_platform(platform, reporter))
        tasks.create_task(worker.run_worker(robot))


async def run(told: dict[str, Any]) -> None:
    """Run the operator for one namespace, or everywhere."""
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


def _temporal(told: dict[str, Any]) -> connection.Settings:
    return connection.settings(address=told["temporal"], namespace=told["temporal_namespace"])


if __name__ == "__main__":
    role, settings = sys.argv[1], json.loads(sys.argv[2])
    logs.configure(json=False)
    asyncio.run({"operator": run, "factory": run_factory}[role](settings))
