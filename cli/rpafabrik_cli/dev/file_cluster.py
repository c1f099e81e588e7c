"""The cluster of `rpafabrik dev`: resources from files, their status in the state directory.

Implements `ports.Cluster`. What the API server would do is done here: identity, generation,
whose field is whose. Nothing here decides what happens to a resource.
"""

import json
import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from rpafabrik_api import findings, names
from rpafabrik_api.resource import Resource
from rpafabrik_api.workerjob import WorkerJob
from rpafabrik_cli import failures

MADE_HERE = f"{names.GROUP}/made-by"
"""Annotation of a resource that no file declares: `rpafabrik dev --run` made it."""

_CONDITIONS = "conditions"

Key = tuple[str, str, str]
"""Kind, namespace, name."""


class _Stored(BaseModel):
    """A resource as the state directory keeps it."""

    manifest: dict[str, Any]
    owned: dict[str, list[str]] = {}
    """Fields of status by field manager."""

    @property
    def resource(self) -> Resource:
        return findings.read(self.manifest, strict=False)


class FileCluster:
    """Resources that are declared in files or made here."""

    def __init__(self, folder: Path, identity: uuid.UUID, clock: Callable[[], datetime]) -> None:
        self._folder = folder
        self._identity = identity
        self._clock = clock
        self._stored = {_key(one.resource): one for one in _read(folder)}
        self.suspended = False
        """While true, every job says that it is suspended: nothing starts by the schedule."""

    def get(self, kind: str, namespace: str, name: str) -> Resource | None:
        """The resource; None when there is none."""
        stored = self._stored.get((kind, namespace, name))
        return None if stored is None else self._shown(stored.resource)

    def list(self, kind: str, namespace: str | None = None) -> Sequence[Resource]:
        """The resources of a kind, by namespace and name."""
        return [
            self._shown(self._stored[key].resource)
            for key in sorted(self._stored)
            if key[0] == kind and namespace in (None, key[1])
        ]

    async def apply_status(self, resource: Resource, status: dict[str, Any], manager: str) -> None:
        """Set the manager's fields of status; those it has set before and no more are removed."""
        stored = self._stored.get(_key(resource))
        if stored is None:
            return
        others = {name for who, owned in stored.owned.items() if who != manager for name in owned}
        wanted = _apart(status)
        dropped = {*stored.owned.get(manager, ())} - {*wanted} - others
        before = _apart(stored.manifest.get("status", {}))
        kept = {name: value for name, value in before.items() if name not in dropped}
        stored.manifest["status"] = _together({**kept, **wanted})
        stored.owned[manager] = sorted(wanted)
        self._write(stored)

    async def publish_event(
        self, resource: Resource, reason: str, message: str, *, warning: bool = False
    ) -> None:
        """Nobody to tell: the log has it."""

    def declare(self, resources: Iterable[Resource]) -> None:
        """Take over what the files declare; what they declare no more is to be deleted."""
        declared = {_key(resource): resource for resource in resources}
        for key, resource in declared.items():
            self._put(resource, self._stored.get(key))
        for key, stored in self._stored.items():
            metadata = stored.manifest["metadata"]
            if key not in declared and MADE_HERE not in metadata.get("annotations", {}):
                metadata.setdefault("deletionTimestamp", self._clock().isoformat())
                self._write(stored)

    def resume(self) -> None:
        """Let runs go on that stopped on failures: who starts again has looked at them."""
        jobs = (one for one in self._stored.values() if isinstance(one.resource, WorkerJob))
        for stored in jobs:
            annotations = stored.manifest["metadata"].setdefault("annotations", {})
            annotations[names.RESUME_ANNOTATION] = f"{self._clock().isoformat()} started again"
            self._write(stored)

    def make(self, resource: Resource) -> None:
        """Keep a resource that no file declares."""
        annotations = {**resource.metadata.annotations, MADE_HERE: "rpafabrik-dev"}
        metadata = resource.metadata.model_copy(update={"annotations": annotations})
        self._put(resource.model_copy(update={"metadata": metadata}), None)

    def forget(self, resource: Resource) -> None:
        """Let go of a resource whose deletion is done."""
        self._stored.pop(_key(resource), None)
        self._file(_key(resource)).unlink(missing_ok=True)

    def _put(self, resource: Resource, before: _Stored | None) -> None:
        manifest = resource.manifest()
        manifest.pop("status", None)
        metadata = manifest["metadata"]
        # A name that comes back after its deletion began is the same job, for the uid is the same.
        metadata["uid"] = str(uuid.uuid5(self._identity, "/".join(_key(resource))))
        metadata["generation"] = 1
        metadata["creationTimestamp"] = self._clock().isoformat()
        if before is not None:
            old = before.manifest["metadata"]
            changed = before.manifest["spec"] != manifest["spec"]
            metadata["generation"] = old["generation"] + changed
            metadata["creationTimestamp"] = old["creationTimestamp"]
            manifest["status"] = before.manifest.get("status", {})
        stored = _Stored(manifest=manifest, owned=before.owned if before else {})
        self._stored[_key(resource)] = stored
        self._write(stored)

    def _shown(self, resource: Resource) -> Resource:
        if not self.suspended or not isinstance(resource, WorkerJob):
            return resource
        spec = resource.spec.model_copy(update={"suspend": True})
        return resource.model_copy(update={"spec": spec})

    def _write(self, stored: _Stored) -> None:
        file = self._file(_key(stored.resource))
        draft = file.with_suffix(".draft")
        draft.write_text(json.dumps(stored.model_dump(), indent=2, ensure_ascii=False))
        draft.replace(file)

    def _file(self, key: Key) -> Path:
        return self._folder / f"{'.'.join(key)}.json"


def kept(folder: Path) -> list[Resource]:
    """The resources in the folder as they are now, for who only looks."""
    return [one.resource for one in _read(folder)]


def _read(folder: Path) -> Iterable[_Stored]:
    for file in sorted(folder.glob("*.json")):
        try:
            stored = _Stored.model_validate_json(file.read_bytes())
            findings.read(stored.manifest, strict=False)
        except FileNotFoundError:  # another process has just let go of it
            continue
        except ValueError as error:
            raise failures.Failure(
                f"{file} must be a resource of this version: --fresh starts without it"
            ) from error
        yield stored


def _apart(status: dict[str, Any]) -> dict[str, Any]:
    """The fields of a status by name; each condition is a field of its own, as it has its owner."""
    fields = dict(status)
    conditions = fields.pop(_CONDITIONS, [])
    return fields | {f"{_CONDITIONS}/{one['type']}": one for one in conditions}


def _together(fields: dict[str, Any]) -> dict[str, Any]:
    """What `_apart` took apart."""
    status = {name: value for name, value in fields.items() if "/" not in name}
    conditions = [value for name, value in fields.items() if "/" in name]
    return status | ({_CONDITIONS: conditions} if conditions else {})


def _key(resource: Resource) -> Key:
    return resource.kind, resource.metadata.namespace, resource.metadata.name
