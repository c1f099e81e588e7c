"""The baseline of `bench_runs`, as a program: a Kopf handler that writes status, and no more.

The least that Kopf can do, under the settings of our operator: one write for each resource, and
none of the books that `kopf.on.create` keeps, which cost a second. `… NAMESPACE KUBECONFIG`.
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

import kopf

from rpafabrik_api import names
from rpafabrik_operator.gateways import kubernetes
from rpafabrik_operator.handlers import watch


async def run(namespace: str, kubeconfig: Path) -> None:
    """Write the status of each JobRun that is created."""
    handlers = kopf.OperatorRegistry()
    credentials = await kubernetes.configuration(kubeconfig)

    async def login(**_: Any) -> kopf.ConnectionInfo:
        return await watch.connection(credentials)

    async def seen(event: Any, name: str, patch: kopf.Patch, **_: Any) -> None:
        if event["type"] == "ADDED":
            patch.status["workflowId"] = name

    kopf.on.login(registry=handlers)(login)
    kopf.on.event(names.GROUP, names.VERSION, "jobruns", registry=handlers)(seen)
    await kopf.operator(
        registry=handlers, settings=watch.settings(), standalone=True, namespaces=[namespace]
    )


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], Path(sys.argv[2])))
