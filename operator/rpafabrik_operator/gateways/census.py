"""A census: which objects of a kind the API server has, at one version of the cluster.

A watch that must begin anew tells what is there, and never what went meanwhile. Whoever holds
what was seen compares it with a census.
"""

from dataclasses import dataclass
from typing import Any

from kubernetes.aio import client as api

from rpafabrik_api import crd, names
from rpafabrik_operator.gateways import owned, plain
from rpafabrik_operator.gateways.kubernetes import translated

_PAGE = 500
_NAMES_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"


@dataclass(frozen=True, slots=True)
class Watched:
    """What is watched, as requests name it."""

    group: str
    version: str
    plural: str
    labels: str = ""


@dataclass(frozen=True, slots=True)
class Census:
    """The uids of everything there was."""

    version: int
    uids: frozenset[str]

    def misses(self, uid: str, version: int) -> bool:
        """Whether an object that was seen at a version had gone by the census."""
        return uid not in self.uids and version <= self.version


WATCHED = {
    model.definition.kind: Watched(names.GROUP, names.VERSION, model.definition.plural)
    for model in crd.KINDS
} | {
    kind: Watched(group, version, plural, names.WORKER_LABEL)
    for kind, (group, version, plural) in owned.WATCHED.items()
}


class Censuses:
    """Takes censuses: only names and uids travel, in pages of one snapshot."""

    def __init__(self, client: api.ApiClient) -> None:
        self._client = client

    async def take(self, watched: Watched, namespace: str | None) -> Census:
        """Count the objects of a kind in a namespace, or in all."""
        uids: set[str] = set()
        after = ""
        while True:
            page = await self._page(watched, namespace, after)
            uids.update(one["metadata"]["uid"] for one in page["items"] or ())
            after = page["metadata"].get("continue", "")
            if not after:
                return Census(int(page["metadata"]["resourceVersion"]), frozenset(uids))

    async def _page(self, watched: Watched, namespace: str | None, after: str) -> dict[str, Any]:
        resource = watched.group, watched.version, watched.plural
        query = {"limit": str(_PAGE), "labelSelector": watched.labels, "continue": after}
        given = [(name, value) for name, value in query.items() if value]
        with translated():
            page = await plain.read(
                self._client, plain.path(resource, namespace), given, accept=_NAMES_ONLY
            )
        return dict(page)
