"""What DigitalWorkers own in Kubernetes; implements `ports.Objects`.

Reads what the watch showed last, and writes through server-side apply. Live manifests pass as
they are; what they mean is planning's to say.
"""

from typing import Any

from kubernetes.aio import client as api

from rpafabrik_api import names
from rpafabrik_operator.gateways import plain
from rpafabrik_operator.gateways.cache import key_of
from rpafabrik_operator.gateways.kubernetes import NOT_FOUND, rejection, translated
from rpafabrik_operator.reconcile import ports
from rpafabrik_operator.reconcile.ports import Key
from rpafabrik_operator.reconcile.reconcile import FIELD_MANAGER

WATCHED = {
    "ServiceAccount": ("", "v1", "serviceaccounts"),
    "Deployment": ("apps", "v1", "deployments"),
}
"""Group, version and plural of what is watched, by its label."""

Manifest = dict[str, Any]


class OwnedObjects:
    """Deployments and ServiceAccounts of robots, as they were seen last."""

    def __init__(self, client: api.ApiClient, guard: ports.Guard = ports.unguarded) -> None:
        self._client = client
        self._guard = guard
        self._seen: dict[Key, Manifest] = {}

    def owned(self, kind: str, namespace: str, name: str) -> Manifest | None:
        """The live manifest, as it was seen last."""
        return self._seen.get((kind, namespace, name))

    def known(self) -> list[Manifest]:
        """Everything that was seen and not forgotten."""
        return list(self._seen.values())

    async def apply_object(self, manifest: Manifest) -> bool:
        """Make the object be as its manifest says, unless one was there that was not seen.

        Raises `RejectedError` where the API server refuses the object as it is.
        """
        with translated():
            if key_of(manifest) not in self._seen:
                found = await self._find(manifest)
                if found is not None:
                    self.see(found)
                    return False
            self.see(await self._apply(manifest))
        return True

    def see(self, body: Manifest) -> None:
        """Take in an object as the API server shows it; never goes back to an older version."""
        before = self._seen.get(key_of(body))
        if before is None or _version(body) > _version(before):
            self._seen[key_of(body)] = body

    def forget(self, body: Manifest) -> None:
        """The object is gone; another of its name may be there already."""
        before = self._seen.get(key_of(body))
        if before is not None and before["metadata"]["uid"] == body["metadata"]["uid"]:
            del self._seen[key_of(body)]

    async def _find(self, manifest: Manifest) -> Manifest | None:
        try:
            found = await plain.read(self._client, _path(manifest))
        except api.ApiException as error:
            if error.status == NOT_FOUND:
                return None
            raise
        return dict(found)

    async def _apply(self, manifest: Manifest) -> Manifest:
        self._guard()
        try:
            return dict(await plain.apply(self._client, _path(manifest), manifest, FIELD_MANAGER))
        except api.ApiException as error:
            if words := rejection(error):
                raise ports.RejectedError(words) from error
            raise


def _path(manifest: Manifest) -> str:
    kind, namespace, name = key_of(manifest)
    return plain.path(WATCHED[kind], namespace, name)


def owner(body: Manifest) -> Key | None:
    """The key of the DigitalWorker that the object says it belongs to; None: it is somebody's."""
    metadata = body["metadata"]
    worker = metadata.get("labels", {}).get(names.WORKER_LABEL)
    return ("DigitalWorker", metadata["namespace"], worker) if worker else None


def _version(body: Manifest) -> int:
    return int(body["metadata"]["resourceVersion"])
