"""A cluster, a Temporal, and the processes between them, as tests of the operator see them.

Resources are written and read with kubectl, as people do; Temporal is asked itself.
"""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google.protobuf.duration_pb2 import Duration
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import (
    DescribeTaskQueueRequest,
    RegisterNamespaceRequest,
)
from temporalio.client import Client, ScheduleDescription
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError, RPCStatusCode

from rpafabrik_api import crd, names
from support import examples, operator_process, process, rights
from support.helm import Helm
from support.kubernetes_fixture import ApiServer

_TESTS = Path(__file__).parent.parent
CRDS = _TESTS.parent / "crds"
NETRC = _TESTS / "support" / "netrc"
_PACKAGES = ("crds", "operator", "workers", "cli")
_SOURCES = [str(_TESTS), *(str(_TESTS.parent / one) for one in _PACKAGES)]
"""This tree's, whatever tree is installed: there may be several worktrees."""


@dataclass(frozen=True, slots=True)
class Home:
    """What one operator serves: a namespace here and a namespace there.

    Operator and platform have the rights of the chart and no others.
    """

    api: ApiServer
    temporal: str
    rights: rights.Rights
    folder: Path
    resync_seconds: int = 2

    @property
    def namespace(self) -> str:
        """The namespace, in Kubernetes and in Temporal."""
        return self.rights.namespace

    def kubeconfig(self, component: str) -> Path:
        """The way in of operator or platform."""
        return self.folder / f"{component}.kubeconfig"

    def run(self, role: str, **changes: Any) -> AbstractContextManager[process.Child]:
        """Run one of `operator_process`'s programs for the length of a block."""
        component = rights.OPERATOR if role == "operator" else rights.PLATFORM
        told = {
            "kubeconfig": str(self.kubeconfig(component)),
            "lease_name": rights.account(component),
            "ledger": f"sqlite:///{self.folder / 'ledger.db'}",
            "namespace": self.namespace,
            "resync_seconds": self.resync_seconds,
            "temporal": self.temporal,
            "temporal_namespace": self.namespace,
            **changes,
        }
        return process.running(
            role,
            [sys.executable, "-m", "support.operator_process", role, json.dumps(told)],
            self.folder / f"{role}-{uuid.uuid4().hex[:6]}.log",
            environment=environment(),
        )


def environment() -> dict[str, str]:
    """What a program needs to run this tree's code, and a netrc that is none of its business."""
    return {**os.environ, "NETRC": str(NETRC), "PYTHONPATH": os.pathsep.join(_SOURCES)}


@contextlib.contextmanager
def opened(
    api: ApiServer, temporal: str, helm: Helm, folder: Path, *, resync_seconds: int = 2
) -> Iterator[Home]:
    """Make the two namespaces, with our kinds in the cluster; give them up at the end."""
    with made(api, temporal, helm, folder, resync_seconds=resync_seconds) as home:
        yield home
    # No operator is left to take its finalizers away, and a given cluster outlives the tests.
    left = api.kubectl("-n", home.namespace, "get", "wj,jr", "-o", "json").stdout
    free = ("--type=merge", "-p", '{"metadata": {"finalizers": null}}')
    api.kubectl("-n", home.namespace, "patch", "-f", "-", *free, stdin=left)
    api.kubectl("delete", "namespace", home.namespace, "--wait=false")


@contextlib.contextmanager
def served(api: ApiServer, temporal: str, helm: Helm, folder: Path) -> Iterator[Home]:
    """Make them, and have an operator, a platform and a digital worker serve them."""
    with (
        opened(api, temporal, helm, folder) as home,
        home.run("factory"),
        home.run("operator") as operator,
    ):
        # A job that finds no digital worker is looked at again half a minute later.
        queue = names.worker_queue(home.namespace, operator_process.WORKER)
        asyncio.run(worker_polls(home, queue))
        yield home
        assert "Traceback" not in operator.log.read_text(), operator.log


@contextlib.contextmanager
def made(
    api: ApiServer, temporal: str, helm: Helm, folder: Path, *, resync_seconds: int
) -> Iterator[Home]:
    """Make them, in servers that are thrown away."""
    name = f"operator-{uuid.uuid4().hex[:8]}"
    granted = rights.rendered(helm, name, name)
    home = Home(api, temporal, granted, folder / name, resync_seconds)
    home.folder.mkdir()
    give_kinds(api)
    done = api.kubectl("create", "namespace", home.namespace)
    assert done.returncode == 0, done.stderr
    asyncio.run(register(temporal, home.namespace))
    with rights.given(api, granted):
        for component in (rights.OPERATOR, rights.PLATFORM):
            rights.write_kubeconfig(api, granted, component, home.folder)
        yield home


def give_kinds(api: ApiServer) -> None:
    """Have our kinds in the cluster."""
    plurals = [kind.definition.plural for kind in crd.KINDS]
    files = [f"--filename={CRDS / plural}.yaml" for plural in plurals]
    established = [f"crd/{plural}.{names.GROUP}" for plural in plurals]
    for arguments in (
        ("apply", "--server-side", *files),
        ("wait", "--for=condition=Established", *established),
    ):
        done = api.kubectl(*arguments)
        assert done.returncode == 0, done.stderr


async def worker_polls(home: Home, queue: str) -> None:
    """Wait until somebody listens on a task queue."""
    client = await Client.connect(home.temporal, namespace=home.namespace)
    request = DescribeTaskQueueRequest(
        namespace=home.namespace,
        task_queue=TaskQueue(name=queue),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
    )

    async def polled() -> bool:
        return bool((await client.workflow_service.describe_task_queue(request)).pollers)

    await until(polled)


async def register(address: str, namespace: str) -> None:
    """Make a namespace in Temporal."""
    client = await Client.connect(address)
    await client.workflow_service.register_namespace(
        RegisterNamespaceRequest(
            namespace=namespace, workflow_execution_retention_period=Duration(seconds=86_400)
        )
    )


@dataclass(frozen=True, slots=True)
class World:
    """One test's view: what it applies, and what comes of it."""

    home: Home
    client: Client

    def kubectl(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run kubectl in the world's namespace."""
        return self.home.api.kubectl("-n", self.home.namespace, *arguments, stdin=stdin)

    def try_apply(self, *manifests: dict[str, Any], how: str = "") -> str:
        """Apply, and return what kubectl says."""
        options = [how] if how else []
        text = "\n---\n".join(json.dumps(manifest) for manifest in manifests)
        done = self.kubectl("apply", *options, "-f", "-", stdin=text)
        return done.stdout + done.stderr

    def apply(self, *manifests: dict[str, Any], how: str = "") -> None:
        """Apply; that must work."""
        said = self.try_apply(*manifests, how=how)
        assert "rror" not in said, said

    def get(self, what: str) -> dict[str, Any]:
        """A resource as the API server has it."""
        done = self.kubectl("get", what, "-o", "json", "--show-managed-fields")
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def version(self) -> str:
        """What `writes` counts from: now."""
        told = json.loads(self.kubectl("get", "--raw", self._path("workerjobs")).stdout)
        return str(told["metadata"]["resourceVersion"])

    def writes(self, plural: str, name: str, *, since: str) -> list[str]:
        """What was written to an object since then, as the API server's watch replays it."""
        query = (
            f"watch=1&resourceVersion={since}&timeoutSeconds=1&fieldSelector=metadata.name={name}"
        )
        told = self.kubectl("get", "--raw", f"{self._path(plural)}?{query}")
        assert told.returncode == 0, told.stderr
        return [json.loads(line)["type"] for line in told.stdout.splitlines()]

    def condition(self, what: str, kind: str) -> tuple[str, str, str]:
        """Status, reason and message of a condition."""
        conditions = self.get(what).get("status", {}).get("conditions", [])
        found = next((one for one in conditions if one["type"] == kind), None)
        return (found["status"], found["reason"], found["message"]) if found else ("", "", "")

    def wait(self, what: str, kind: str, reason: str, *more: str, seconds: int = 140) -> None:
        """Wait until a condition of a resource has that reason."""
        path = f'{{.status.conditions[?(@.type=="{kind}")].reason}}'
        done = self.kubectl(
            "wait", what, *more, f"--for=jsonpath={path}={reason}", f"--timeout={seconds}s"
        )
        assert done.returncode == 0, (
            f"{done.stderr}{self.kubectl('get', what, '-o', 'yaml').stdout}"
        )

    def job(self, name: str, **changes: Any) -> dict[str, Any]:
        """A job of the test's robot that has one item."""
        changes = {
            "metadata": {"name": name},
            "spec__input": {"items": 1, "seconds": 0, "day": "2026-01-07"},
            "spec__items": {
                "source": {
                    "activity": "list_items",
                    "input": {
                        "items": "${input.items}",
                        "seconds": "${input.seconds}",
                        "day": "${input.day}",
                    },
                },
                "reference": 'item.centre + "/" + item.day',
                "concurrency": 1,
            },
            "spec__steps": [
                {"name": "compare", "activity": "compare", "input": {"seconds": "${item.seconds}"}}
            ],
            "spec__onCompletion": {"activity": "report"},
            **changes,
        }
        return examples.changed(examples.JOB, **changes)

    def digital_worker(self, name: str, **changes: Any) -> dict[str, Any]:
        """A digital worker that no node here can run."""
        return examples.changed(examples.WORKER, metadata={"name": name}, **changes)

    def jobrun(self, name: str, job: str, **changes: Any) -> dict[str, Any]:
        """A run of a job."""
        changes = {"metadata": {"name": name}, "spec__jobRef__name": job, **changes}
        return examples.changed(examples.RUN, **changes)

    def by_force(self, what: str) -> None:
        """Delete as somebody does who is in a hurry: without the finalizer, nobody cleans up."""
        self.kubectl("delete", what, "--wait=false")
        free = ("--type=merge", "-p", '{"metadata": {"finalizers": null}}')
        self.kubectl("patch", what, *free)

    async def observed(self, what: str, generation: int) -> bool:
        """Whether the status of a resource is about that generation."""
        return bool(self.get(what)["status"]["observedGeneration"] == generation)

    def uid(self, what: str) -> str:
        """The resource's uid."""
        return str(self.get(what)["metadata"]["uid"])

    def schedule_id(self, name: str) -> str:
        """Id of the job's schedule."""
        return names.schedule_id(self.home.namespace, name, self.uid(f"wj/{name}"))

    def _path(self, plural: str) -> str:
        return f"/apis/{names.API_VERSION}/namespaces/{self.home.namespace}/{plural}"

    async def schedule(self, schedule_id: str) -> ScheduleDescription | None:
        """The schedule in Temporal, when there is one."""
        try:
            return await self.client.get_schedule_handle(schedule_id).describe()
        except RPCError as error:
            if error.status == RPCStatusCode.NOT_FOUND:
                return None
            raise


async def until(ask: Callable[[], Awaitable[Any]], seconds: float = 120, every: float = 0.1) -> Any:
    """Ask until the answer is true; return it."""
    deadline = time.monotonic() + seconds
    while not (answer := await ask()):
        assert time.monotonic() < deadline, f"not so after {seconds} s"
        await asyncio.sleep(every)
    return answer


async def connected(home: Home) -> World:
    """The world of a home, for one test's event loop."""
    client = await Client.connect(
        home.temporal, namespace=home.namespace, data_converter=pydantic_data_converter
    )
    return World(home, client)
