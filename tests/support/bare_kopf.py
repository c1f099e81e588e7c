"""The baseline of `bench_runs`, as a program: a Kopf handler that writes status, and no more.

`kopf.on.create` as Kopf's documentation has it, under the settings of our operator. Kopf writes
twice for each resource: the status, and an annotation by which it knows what it has handled.
With `event` for `create` it is the least that Kopf can do: it writes once.
`… NAMESPACE KUBECONFIG create|event`.
"""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import kopf
from temporalio.client import Client

from rpafabrik_api import names
from rpafabrik_operator.gateways import kubernetes
from rpafabrik_operator.handlers import watch


async def run(namespace: str, kubeconfig: Path, how: str, address: str) -> None:
    """Write the status of each JobRun that is created; how "start", start a workflow before."""
    handlers = kopf.OperatorRegistry()
    credentials = await kubernetes.configuration(kubeconfig)

    async def login(**_: Any) -> kopf.ConnectionInfo:
        return await watch.connection(credentials)

    async def created(name: str, patch: kopf.Patch, **_: Any) -> None:
        patch.status["workflowId"] = name

    async def started(uid: str, name: str, patch: kopf.Patch, **_: Any) -> None:
        await temporal.start_workflow(
            "Nothing", id=f"bare/{uid}", task_queue="nobody", rpc_timeout=timedelta(seconds=60)
        )
        patch.status["workflowId"] = name

    async def seen(name: str, status: kopf.Status, patch: kopf.Patch, **_: Any) -> None:
        if not status.get("workflowId"):
            patch.status["workflowId"] = name

    temporal = await Client.connect(address, lazy=True)
    kopf.on.login(registry=handlers)(login)
    match how:
        case "create":
            kopf.on.create(names.GROUP, names.VERSION, "jobruns", registry=handlers)(created)
        case "start":
            kopf.on.create(names.GROUP, names.VERSION, "jobruns", registry=handlers)(started)
        case _:
            kopf.on.event(names.GROUP, names.VERSION, "jobruns", registry=handlers)(seen)
    await kopf.operator(
        registry=handlers, settings=watch.settings(), standalone=True, namespaces=[namespace]
    )


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], Path(sys.argv[2]), sys.argv[3], sys.argv[4]))
