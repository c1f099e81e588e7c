"""Kubernetes as the operator sees it; implements `ports.Cluster`.

Reads from the cache, which the watch feeds; writes status through server-side apply and
finalizers through a merge patch. What is written comes back into the cache.
"""

import contextlib
import json
import os
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.request import getproxies

import aiohttp
from kubernetes.aio import client as api
from kubernetes.aio import config

from rpafabrik import errors
from rpafabrik.logs import log
from rpafabrik_api import crd, names
from rpafabrik_api.resource import Resource
from rpafabrik_operator.gateways import plain
from rpafabrik_operator.gateways.cache import Cache, Seen
from rpafabrik_operator.reconcile import ports
from rpafabrik_operator.reconcile.ports import Key
from rpafabrik_operator.reconcile.reconcile import FIELD_MANAGER

NOT_FOUND, _CONFLICT, _TOO_MANY, _SERVER_ERROR = 404, 409, 429, 500
_FORBIDDEN = 403
_REFUSALS = (401, _FORBIDDEN)
_INVALID = (400, 422)
_LACKS_A_RIGHT = re.compile(r'User ".*" cannot ')
_GOING = "NamespaceTerminating"
_OLDEST_NAMESPACE = plain.path(("", "v1", "namespaces"), None, "kube-system")
_EVENTS = ("events.k8s.io", "v1", "events")
_EVENTS_OF = ("WorkerJob", "DigitalWorker")
"""An event is a request; a JobRun, of which there are many, tells all in its status."""


def unread() -> api.Configuration:
    """A configuration that a kubeconfig is to be read into.

    The client would look for proxies before each request, in a thread, and for a password in the
    user's netrc in another; one that is there is refused beside a token.
    """
    return api.Configuration(client_session_kwargs={"trust_env": bool(getproxies())})


async def configuration(kubeconfig: Path | None) -> api.Configuration:
    """How the API server is reached: the file, else the pod's account, else as kubectl does."""
    found = unread()
    try:
        if kubeconfig is None and "KUBERNETES_SERVICE_HOST" in os.environ:
            config.load_incluster_config(client_configuration=found)  # type: ignore[no-untyped-call] # the library's
        else:
            await config.load_kube_config(  # type: ignore[no-untyped-call] # the library's
                config_file=str(kubeconfig) if kubeconfig else None,
                client_configuration=found,
                persist_config=False,
            )
    except config.ConfigException as error:
        raise errors.StartError(f"the kubeconfig must lead to an API server: {error}") from error
    return found


class KubernetesGateway:
    """The API server, and what was seen of it."""

    def __init__(
        self, client: api.ApiClient, cache: Cache, guard: ports.Guard = ports.unguarded
    ) -> None:
        self._client = client
        self._cache = cache
        self._guard = guard

    def get(self, kind: str, namespace: str, name: str) -> Resource | None:
        """The resource as it was seen last."""
        seen = self._cache.get((kind, namespace, name))
        return seen.resource if seen else None

    def list(self, kind: str, namespace: str | None = None) -> Sequence[Resource]:
        """The resources of a kind, as they were seen last."""
        return tuple(self._cache.resources(kind, namespace))

    async def apply_status(self, resource: Resource, status: dict[str, Any], manager: str) -> None:
        """Apply the fields of `status` as `manager`, and see the result.

        The version is a condition: what was decided on another version, or for another object of
        the name, must be decided again. (The API server would not look at a uid here.)
        """
        metadata = {
            "name": resource.metadata.name,
            "resourceVersion": resource.metadata.resource_version,
        }
        body = {
            "apiVersion": names.API_VERSION,
            "kind": resource.kind,
            "metadata": metadata,
            "status": status,
        }
        async with self._writing(resource):
            where = f"{_path(_key(resource))}/status"
            answer = await plain.apply(self._client, where, body, manager)
            self._cache.update(answer)

    async def claim(self, resource: Resource) -> None:
        """Keep the resource from going before `release`."""
        seen = self._cache.get(_key(resource))
        if seen is not None and names.FINALIZER not in seen.finalizers:
            await self._set_finalizers(resource, seen, [*seen.finalizers, names.FINALIZER])

    async def release(self, resource: Resource) -> None:
        """Let the resource go, as far as the operator is concerned."""
        seen = self._cache.get(_key(resource))
        if seen is not None and names.FINALIZER in seen.finalizers:
            others = [one for one in seen.finalizers if one != names.FINALIZER]
            await self._set_finalizers(resource, seen, others)

    async def publish_event(
        self, resource: Resource, reason: str, message: str, *, warning: bool = False
    ) -> None:
        """Tell people what was done. Never fails: an event is a courtesy."""
        if resource.kind not in _EVENTS_OF:
            return
        about = resource.metadata
        event = {
            "apiVersion": "/".join(_EVENTS[:2]),
            "kind": "Event",
            "metadata": {"generateName": f"{about.name}-", "namespace": about.namespace},
            "eventTime": datetime.now(UTC).isoformat(timespec="microseconds"),
            "reportingController": names.GROUP,
            "reportingInstance": FIELD_MANAGER,
            "type": "Warning" if warning else "Normal",
            "action": reason,
            "reason": reason,
            "note": message[:1_000],
            "regarding": {
                "apiVersion": names.API_VERSION,
                "kind": resource.kind,
                "namespace": about.namespace,
                "name": about.name,
                "uid": about.uid,
            },
        }
        self._guard()
        try:
            await plain.create(self._client, plain.path(_EVENTS, about.namespace), event)
        except api.ApiException as error:
            log.warning("event_lost", event_reason=reason, error=_message(error))
        except (aiohttp.ClientError, TimeoutError) as error:
            log.warning("event_lost", event_reason=reason, error=type(error).__name__)

    async def identity(self) -> str:
        """What tells this cluster from any other: the uid of its oldest namespace."""
        try:
            with translated():
                namespace = await plain.read(self._client, _OLDEST_NAMESPACE)
        except ports.ClusterRefusedError as error:
            message = "the operator must be allowed to get the namespace kube-system"
            raise errors.StartError(f"{message}: {error}") from error
        return str(namespace["metadata"]["uid"])

    async def exists(self, key: Key, uid: str) -> bool:
        """Whether the API server, asked itself, has this very object."""
        try:
            with translated():
                found = await plain.read(self._client, _path(key))
        except api.ApiException as error:
            if error.status == NOT_FOUND:
                return False
            raise
        return bool(found["metadata"]["uid"] == uid)

    async def _set_finalizers(
        self, resource: Resource, seen: Seen, finalizers: Sequence[str]
    ) -> None:
        # The version makes the list safe to replace as a whole: others have finalizers in it.
        metadata = {
            "uid": resource.metadata.uid,
            "resourceVersion": str(seen.version),
            "finalizers": finalizers,
        }
        async with self._writing(resource):
            patch = {"metadata": metadata}
            answer = await plain.merge(self._client, _path(_key(resource)), patch, FIELD_MANAGER)
            self._cache.update(answer)

    @contextlib.asynccontextmanager
    async def _writing(self, resource: Resource) -> AsyncIterator[None]:
        self._guard()
        try:
            with translated():
                yield
        except api.ApiException as error:
            if error.status == NOT_FOUND:
                self._cache.forget(_key(resource), resource.metadata.uid)
            elif error.status == _CONFLICT:
                raise ports.ConflictError(str(error.body)) from error
            else:
                raise


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Tell an API server that is away, one that says no, and a request that is wrong apart."""
    try:
        yield
    except api.ApiException as error:
        if error.status == _TOO_MANY or (error.status or 0) >= _SERVER_ERROR:
            raise ports.ClusterUnavailableError(_message(error)) from error
        if error.status in _REFUSALS:
            raise ports.ClusterRefusedError(_message(error)) from error
        raise
    except (aiohttp.ClientError, TimeoutError) as error:
        raise ports.ClusterUnavailableError(str(error) or type(error).__name__) from error


def rejection(error: api.ApiException) -> str | None:
    """What the API server has against an object as it is; None: it is something else.

    What admission denies is forbidden by the same number as what nobody has a right to, or what
    comes too late for its namespace.
    """
    told = _status(error)
    causes = told.get("details", {}).get("causes", ())
    going = any(one.get("reason") == _GOING for one in causes)
    lacking = not told or going or _LACKS_A_RIGHT.search(_message(error))
    if error.status in _INVALID or (error.status == _FORBIDDEN and not lacking):
        return _message(error)
    return None


def _message(error: api.ApiException) -> str:
    """What the API server says in words: who may not do what to which kind, and where."""
    return str(_status(error).get("message") or f"{error.status} {error.reason}")


def _status(error: api.ApiException) -> dict[str, Any]:
    """What the API server says; nothing, where somebody on the way answered in its place."""
    try:
        told = json.loads(error.body or "")
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _key(resource: Resource) -> Key:
    return resource.kind, resource.metadata.namespace, resource.metadata.name


def _path(key: Key) -> str:
    kind, namespace, name = key
    model = crd.by_kind(kind)
    assert model is not None  # noqa: S101 # only our own kinds are watched
    resource = (names.GROUP, names.VERSION, model.definition.plural)
    return plain.path(resource, namespace, name)
