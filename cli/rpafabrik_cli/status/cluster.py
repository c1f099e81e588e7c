"""Sees a factory on a cluster, with the rights of whoever looks. Judges nothing."""

import contextlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kubernetes.aio import client as api

from rpafabrik import connection
from rpafabrik_api import crd, findings, names
from rpafabrik_api.digitalworker import DigitalWorker
from rpafabrik_api.jobrun import JobRun
from rpafabrik_api.resource import Resource
from rpafabrik_api.workerjob import WorkerJob
from rpafabrik_cli import clusters, failures
from rpafabrik_cli.status.facts import Facts, Lease, Resources, Unreadable
from rpafabrik_cli.status.sources import Seen

_PAGE = 500
_CALL_SECONDS = 10.0
_NOT_FOUND, _FORBIDDEN = 404, 403
_LEASES = "/apis/coordination.k8s.io/v1/leases"
_OF_CHART = "app.kubernetes.io/part-of=rpafabrik,app.kubernetes.io/component=operator"
_BY_NAME = "metadata.name=rpafabrik-operator"
"""The operator makes a lease that is not there, and labels none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A cluster, or one namespace of it."""

    client: api.ApiClient
    namespace: str | None
    """None is all of them."""
    temporal: connection.Settings | None
    ledger: str | None

    async def look(self) -> Seen:
        """See how it is now."""
        with clusters.telling():
            bodies = [body for kind in crd.KINDS for body in await self._list(kind)]
            leases = await self._leases()
        server = self.client.configuration.host
        facts = Facts(
            now=datetime.now(UTC).astimezone(),
            where=f"{self.namespace or 'all namespaces'} on {server}",
            resources=_resources(bodies),
            leases=leases,
        )
        return Seen(facts=facts, temporal=self.temporal, ledger=self.ledger)

    async def _list(self, kind: type[Resource]) -> list[dict[str, Any]]:
        where = f"/namespaces/{self.namespace}" if self.namespace else ""
        path = f"/apis/{names.API_VERSION}{where}/{kind.definition.plural}"
        try:
            return [body async for body in self._pages(path)]
        except api.ApiException as error:
            if error.status == _NOT_FOUND:
                message = "the cluster must know the factory's kinds: install rpafabrik-crds"
                raise failures.Failure(message) from error
            raise

    async def _leases(self) -> tuple[Lease, ...] | None:
        """The operators' leases; None for those who may not see them."""
        try:
            found = [body async for body in self._pages(_LEASES, labelSelector=_OF_CHART)]
            found = found or [body async for body in self._pages(_LEASES, fieldSelector=_BY_NAME)]
        except api.ApiException as error:
            if error.status == _FORBIDDEN:
                return None
            raise
        return tuple(_lease(body) for body in found)

    async def _pages(self, path: str, **selecting: str) -> AsyncIterator[dict[str, Any]]:
        """Every object of a list."""
        after = ""
        while True:
            query = {"limit": str(_PAGE), "continue": after, **selecting}
            request = await self.client.param_serialize(
                method="GET",
                resource_path=path,
                query_params=[(name, value) for name, value in query.items() if value],
                header_params={"Accept": "application/json"},
                auth_settings=["BearerToken"],
            )
            answer = await self.client.call_api(*request, _request_timeout=_CALL_SECONDS)
            await answer.read()  # type: ignore[no-untyped-call] # the library's
            page: Any = self.client.response_deserialize(answer, {"200": "object"}).data
            for body in page["items"]:
                yield body
            after = page["metadata"].get("continue", "")
            if not after:
                return


async def namespaces(client: api.ApiClient) -> list[str]:
    """The names of all namespaces."""
    found = await api.CoreV1Api(client).list_namespace(_request_timeout=_CALL_SECONDS)
    return [one.metadata.name for one in found.items if one.metadata and one.metadata.name]


def _resources(bodies: Iterable[dict[str, Any]]) -> Resources:
    found: dict[type[Resource], list[Any]] = {kind: [] for kind in crd.KINDS}
    unreadable = []
    for body in bodies:
        try:
            resource = findings.read(body, strict=False)
            found[type(resource)].append(resource)
        except findings.InvalidManifestError as error:
            metadata = body["metadata"]
            unreadable.append(
                Unreadable(
                    kind=body["kind"],
                    namespace=metadata["namespace"],
                    name=metadata["name"],
                    because=str(error),
                )
            )
    return Resources(
        jobs=tuple(found[WorkerJob]),
        runs=tuple(found[JobRun]),
        workers=tuple(found[DigitalWorker]),
        unreadable=tuple(unreadable),
    )


def _lease(body: dict[str, Any]) -> Lease:
    spec, renewed = body.get("spec", {}), None
    with contextlib.suppress(KeyError, ValueError):
        renewed = datetime.fromisoformat(spec["renewTime"])
    return Lease(
        namespace=body["metadata"]["namespace"],
        name=body["metadata"]["name"],
        holder=spec.get("holderIdentity", ""),
        renewed=renewed,
    )
