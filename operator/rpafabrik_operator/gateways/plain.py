"""Requests to the API server, in plain JSON; whoever asks translates the errors.

The client's typed APIs import the models of all that their groups have, near 300 modules of which
the operator needs none: that was a third of its start. The untyped one checks each argument.
"""

from collections.abc import Iterable
from typing import Any

from kubernetes.aio import client as api

CALL_SECONDS = 10.0
_APPLY = "application/apply-patch+yaml"
_JSON = "application/json"
_MERGE = "application/merge-patch+json"

_Query = list[tuple[str, str]]


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
    headers = {"Accept": accept}
    return await _send(client, "GET", where, query_params=list(query), header_params=headers)


async def create(client: api.ApiClient, where: str, manifest: dict[str, Any]) -> Any:
    """Create an object where its like are; return it."""
    return await _send(client, "POST", where, header_params=_headers(_JSON), body=manifest)


async def apply(client: api.ApiClient, where: str, manifest: dict[str, Any], manager: str) -> Any:
    """Apply a manifest on the server, whoever owned its fields before; return the object."""
    query = [("fieldManager", manager), ("force", "true")]
    return await _patch(client, where, query, _APPLY, manifest)


async def merge(client: api.ApiClient, where: str, patch: dict[str, Any], manager: str) -> Any:
    """Change the fields of an object that are given; return the object."""
    return await _patch(client, where, [("fieldManager", manager)], _MERGE, patch)


async def _patch(
    client: api.ApiClient, where: str, query: _Query, how: str, body: dict[str, Any]
) -> Any:
    headers = _headers(how)
    return await _send(client, "PATCH", where, query_params=query, header_params=headers, body=body)


def _headers(content: str) -> dict[str, str]:
    return {"Accept": _JSON, "Content-Type": content}


async def _send(client: api.ApiClient, method: str, where: str, **parts: Any) -> Any:
    request = await client.param_serialize(method, where, **parts, auth_settings=["BearerToken"])
    answer = await client.call_api(*request, _request_timeout=CALL_SECONDS)
    await answer.read()  # type: ignore[no-untyped-call] # the library's
    return client.response_deserialize(answer, {"2XX": "object"}).data
