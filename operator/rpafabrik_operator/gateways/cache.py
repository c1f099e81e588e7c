"""Resources as they were seen last: fed by watch events and by the answers to our own writes.

Holds what a manifest says and nothing that was concluded from it. Asks nobody.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rpafabrik.logs import log
from rpafabrik_api import findings
from rpafabrik_api.resource import Resource
from rpafabrik_operator.reconcile.ports import Key


@dataclass(frozen=True, slots=True)
class Seen:
    """One version of one object."""

    uid: str
    version: int
    finalizers: tuple[str, ...]
    resource: Resource | None
    """None: this version of the operator cannot read it; a newer CRD may be in place."""


class Cache:
    """The newest version of each object; never goes back to an older one."""

    def __init__(self) -> None:
        self._seen: dict[Key, Seen] = {}

    def get(self, key: Key) -> Seen | None:
        """The object as it was seen last."""
        return self._seen.get(key)

    def resources(self, kind: str, namespace: str | None) -> Iterator[Resource]:
        """All readable resources of a kind."""
        for key, seen in self._seen.items():
            if key[0] == kind and namespace in (None, key[1]) and seen.resource is not None:
                yield seen.resource

    def known(self) -> list[dict[str, Any]]:
        """Everything that was seen and not forgotten, by its metadata alone."""
        return [
            {
                "kind": kind,
                "metadata": {
                    "namespace": namespace,
                    "name": name,
                    "uid": seen.uid,
                    "resourceVersion": str(seen.version),
                },
            }
            for (kind, namespace, name), seen in self._seen.items()
        ]

    def see(self, body: dict[str, Any]) -> None:
        """Take in an object as the watch shows it."""
        key, metadata = key_of(body), body["metadata"]
        version = int(metadata["resourceVersion"])
        before = self._seen.get(key)
        if before is None or version > before.version:
            self._seen[key] = Seen(
                uid=metadata["uid"],
                version=version,
                finalizers=tuple(metadata.get("finalizers", ())),
                resource=_read(body),
            )

    def update(self, body: dict[str, Any]) -> None:
        """Take in the answer to a write of ours; it may come after the object has gone."""
        before = self._seen.get(key_of(body))
        if before is None or before.uid != body["metadata"]["uid"]:
            return
        if "deletionTimestamp" in body["metadata"] and not body["metadata"].get("finalizers"):
            self.forget(key_of(body), before.uid)
        else:
            self.see(body)

    def forget(self, key: Key, uid: str) -> bool:
        """Forget an object that is gone; say whether no other of its name is there."""
        before = self._seen.get(key)
        if before is not None and before.uid == uid:
            del self._seen[key]
        return key not in self._seen


def key_of(body: dict[str, Any]) -> Key:
    """The key of an object from the API server."""
    return body["kind"], body["metadata"]["namespace"], body["metadata"]["name"]


def _read(body: dict[str, Any]) -> Resource | None:
    try:
        return findings.read(body, strict=False)
    except findings.InvalidManifestError as error:
        kind, namespace, name = key_of(body)
        log.warning("unreadable", kind=kind, namespace=namespace, name=name, error=str(error))
        return None
