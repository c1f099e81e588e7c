"""Requests for Kubernetes' own kinds, in plain JSON; whoever asks translates the errors.

The client's typed APIs for them import the models of all that their groups have, near 300 modules
of which the operator needs none: that was a third of its start.
"""

from collections.abc import Iterable
from typing import Any

from kubernetes.aio import client as api
from kubernetes.aio.client.api_client import RequestSerialized

CALL_SECONDS = 10.0
APPLY = "application/apply-patch+yaml"
_JSON = "application/json"


def path(resource: tuple[str, str, str], namespace: str | None, name: str = "") -> str:
    """Where objects of a resource are, or the one of that name; group, version, plural."""
    group, version, plural = resource
    base = f"/apis/{group}" if group else "/api"
    where = f"/namespaces/{namespace}" if namespace else ""
    return f"{base}/{version}{where}/{plural}{name and '/'}{name}"


async def read(
    client: api.ApiClient,
    where: str,
    query: Iterable[tuple[str, str]] = (),
    accept: str = _JSON,
) -> Any:
    """Get what is there."""
    request = await client.param_serialize(
        method="GET",
        resource_path=where,
        query_params=list(query),
        header_params={"Accept": accept},
        auth_settings=["BearerToken"],
    )
    return await _answer(client, request)


async def apply(client: api.ApiClient, where: str, manifest: dict[str, Any], manager: str) -> Any:
    """Apply a manifest on the server, whoever owned its fields before; return the object."""
    request = await client.param_serialize(
        method="PATCH",
        resource_path=where,
        query_params=[("fieldManager", manager), ("force", "true")],
        header_params={"Accept": _JSON, "Content-Type": APPLY},
        body=manifest,
        auth_settings=["BearerToken"],
    )
    return await _answer(client, request)


async def _answer(client: api.ApiClient, request: RequestSerialized) -> Any:
    answer = await client.call_api(*request, _request_timeout=CALL_SECONDS)
    await answer.read()  # type: ignore[no-untyped-call] # the library's
    return client.response_deserialize(answer, {"2XX": "object"}).data
