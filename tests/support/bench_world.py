"""What benchmarks of the operator share: real servers, many resources at once, and counts.

Counts are the servers' own. Knows no claim and prints no figure but the machine's load.
"""

import asyncio
import contextlib
import os
import re
import sys
import urllib.request
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from kubernetes.aio import client as api
from kubernetes.aio import watch

from cluster import binaries, launcher
from rpafabrik_api import crd, names
from rpafabrik_operator.gateways import kubernetes
from support import helm as helm_program
from support import kubernetes_fixture, operator_world, temporal_server
from support.kubernetes_fixture import ApiServer
from support.operator_world import Home

AT_ONCE = 50
"""How many requests of the bench itself are under way at a time."""

Request = tuple[str, str, str]
"""API group, resource with its subresource, verb."""


@dataclass(frozen=True, slots=True)
class Servers:
    """An API server and a Temporal, both real and both our own."""

    api: ApiServer
    temporal: str
    helm: helm_program.Helm
    folder: Path

    def home(self, resync_seconds: int) -> contextlib.AbstractContextManager[Home]:
        """A namespace in both, with our kinds, and the rights that the chart gives."""
        reach = (self.api, self.temporal, self.helm, self.folder)
        return operator_world.made(*reach, resync_seconds=resync_seconds)

    def requests(self) -> Counter[Request]:
        """How many requests the API server has answered so far."""
        told = self.api.kubectl("get", "--raw", "/metrics")
        assert told.returncode == 0, told.stderr
        counted: Counter[Request] = Counter()
        for labels, value in samples(told.stdout, "apiserver_request_total"):
            parts = (labels["resource"], labels["subresource"])
            resource = "/".join(part for part in parts if part)
            counted[labels["group"], resource, labels["verb"]] += round(value)
        return counted


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Servers]:
    """Run the servers; a cluster that is given by the environment is not for measuring."""
    build = binaries.own_build(os.environ)
    binaries.prepare(build, kubernetes_fixture.report)
    helm = helm_program.built(folder / "helm")
    with (
        launcher.running(binaries.programs(build), folder) as kubeconfig,
        temporal_server.running(folder) as temporal,
    ):
        yield Servers(ApiServer(kubeconfig, folder / "kubectl"), temporal, helm, folder)


def samples(text: str, name: str) -> Iterator[tuple[dict[str, str], float]]:
    """The samples of a metric, in what a metrics endpoint tells."""
    for labels, value in re.findall(rf"^{name}{{(.*)}} (\S+)$", text, re.MULTILINE):
        yield dict(re.findall(r'(\w+)="([^"]*)"', labels)), float(value)


def temporal_calls(port: int) -> Counter[str]:
    """How often a process has called which operation of Temporal so far."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    counted: Counter[str] = Counter()
    for metric in ("temporal_request_total", "temporal_long_request_total"):
        for labels, value in samples(text, metric):
            counted[labels["operation"]] += round(value)
    return counted


@dataclass(frozen=True, slots=True)
class Bulk:
    """The bench's own hand on many resources of a namespace."""

    objects: api.CustomObjectsApi
    namespace: str

    async def create(self, manifests: Iterable[dict[str, Any]]) -> None:
        """Create all, many at a time: one POST each."""
        places = asyncio.Semaphore(AT_ONCE)

        async def one(manifest: dict[str, Any]) -> None:
            async with places:
                metadata = {"name": manifest["metadata"]["name"], "namespace": self.namespace}
                body = {**manifest, "metadata": metadata}
                await self.objects.create_namespaced_custom_object(
                    body=body, **self._of(manifest["kind"])
                )

        await asyncio.gather(*map(one, manifests))

    async def apply(self, manifest: dict[str, Any]) -> None:
        """Apply one, by the request that kubectl sends."""
        name = manifest["metadata"]["name"]
        body = {**manifest, "metadata": {"name": name, "namespace": self.namespace}}
        await self.objects.patch_namespaced_custom_object(
            name=name,
            body=body,
            field_manager="bench",
            _content_type="application/apply-patch+yaml",
            **self._of(manifest["kind"]),
        )

    async def until(self, kind: str, holds: Callable[[dict[str, Any]], bool], count: int) -> None:
        """Watch until so many resources have come to be so; the watch is one request."""
        done: set[str] = set()
        while len(done) < count:
            try:
                async for body in self._seen(kind):
                    if holds(body):
                        done.add(body["metadata"]["name"])
                    if len(done) >= count:
                        return
            except (api.ApiException, aiohttp.ClientError, TimeoutError) as error:
                # A kind that has just come can be watched a moment later; a watch that cannot
                # keep up is cut, and begins anew with a list.
                sys.stderr.write(f"watch of the bench begins anew: {error}\n")
                await asyncio.sleep(0.5)

    async def _seen(self, kind: str) -> AsyncIterator[dict[str, Any]]:
        stream = watch.Watch().stream(  # type: ignore[no-untyped-call] # the library's
            self.objects.list_namespaced_custom_object, **self._of(kind), timeout_seconds=120
        )
        async for event in stream:
            yield event["object"]

    def _of(self, kind: str) -> dict[str, Any]:
        model = crd.by_kind(kind)
        assert model
        plural = model.definition.plural
        where = {"group": names.GROUP, "version": names.VERSION, "plural": plural}
        return {**where, "namespace": self.namespace}


@contextlib.asynccontextmanager
async def bulk(servers: Servers, namespace: str) -> AsyncIterator[Bulk]:
    """Have a hand on the resources of a namespace, as the administrator."""
    found = await kubernetes.configuration(servers.api.kubeconfig)
    async with api.ApiClient(found) as client:
        yield Bulk(api.CustomObjectsApi(client), namespace)


def condition(body: dict[str, Any], kind: str) -> str:
    """The reason of a condition; nothing when there is none."""
    conditions = body.get("status", {}).get("conditions", ())
    return next((str(one["reason"]) for one in conditions if one["type"] == kind), "")


def load() -> str:
    """What else the machine does: cores, and how many processes have wanted one of late."""
    last, five, _ = os.getloadavg()
    return f"{os.cpu_count()} cores, load {last:.1f} in the last minute, {five:.1f} in five"
