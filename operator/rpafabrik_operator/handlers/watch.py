"""Kopf: watches our kinds, keeps credentials and health.

Every event does the same two things: it feeds the cache, and plans a visit when something changed
that matters. The operator's own writes trigger nothing. Kopf keeps no books in the resources, for
none of its handlers may change them.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import kopf
from kubernetes.aio import client as api

from rpafabrik_api import crd, names
from rpafabrik_api.reasons import ConditionType
from rpafabrik_operator.gateways import cache, owned
from rpafabrik_operator.reconcile.ports import Key

Trigger = tuple[str, int, bool, str, str, bool, str]


@dataclass(frozen=True, slots=True)
class Watch:
    """What the events of a resource are turned into."""

    objects: cache.Cache
    plan_visit: Callable[[Key], None]
    drop: Callable[[Key], None]
    began_anew: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a watch lists once more what was seen before: something may have gone meanwhile."""
    _noticed: dict[Key, Trigger] = field(default_factory=dict)

    def notice(self, event: dict[str, Any]) -> None:
        """Take in one watch event."""
        body = event["object"]
        key = cache.key_of(body)
        if event["type"] == "DELETED":
            # Kopf tells of each uid apart, so the successor may have been heard of before.
            if self.objects.forget(key, body["metadata"]["uid"]):
                self._noticed.pop(key, None)
                self.drop(key)
            return
        if event["type"] is None and key in self._noticed:
            self.began_anew.set()
        self.objects.see(body)
        trigger = _trigger(body)
        if self._noticed.get(key) != trigger:
            self._noticed[key] = trigger
            self.plan_visit(key)

    def notice_owned(self, objects: owned.OwnedObjects, event: dict[str, Any]) -> None:
        """Take in one watch event of an object that a DigitalWorker owns."""
        if event["type"] == "DELETED":
            objects.forget(event["object"])
        else:
            objects.see(event["object"])
        # One that has a name that a worker wants, and is not its own: the next look asks again.
        if owner := owned.owner(event["object"]):
            self.plan_visit(owner)


def _trigger(body: dict[str, Any]) -> Trigger:
    """What a visit depends on: what people decide, and that a run has ended."""
    metadata = body["metadata"]
    return (
        metadata["uid"],
        metadata["generation"],
        "deletionTimestamp" in metadata,
        metadata.get("annotations", {}).get(names.HOLD_ANNOTATION, ""),
        metadata.get("annotations", {}).get(names.RESUME_ANNOTATION, ""),
        _stopped(body.get("status", {})),
        _ended(body.get("status", {})),
    )


def _stopped(status: dict[str, Any]) -> bool:
    """Whether the platform tells that a run waits to be resumed."""
    return any(one["type"] == ConditionType.STOPPED for one in status.get("conditions", []))


def _ended(status: dict[str, Any]) -> str:
    """The run whose end the platform told last: a deletion may wait for it, or the next run."""
    run = status.get("lastRun", status)
    return str(run.get("workflowId", "")) if run.get("completionTime") else ""


def registry(
    watch: Watch, objects: owned.OwnedObjects, credentials: api.Configuration
) -> kopf.OperatorRegistry:
    """The handlers."""
    handlers = kopf.OperatorRegistry()
    # One line per watch event otherwise, and one per probe.
    for name in ("kopf.objects", "aiohttp.access"):
        logging.getLogger(name).setLevel(logging.WARNING)

    async def login(**_: Any) -> kopf.ConnectionInfo:
        return await connection(credentials)

    async def notice(event: Any, **_: Any) -> None:
        watch.notice(event)

    async def notice_owned(event: Any, **_: Any) -> None:
        watch.notice_owned(objects, event)

    kopf.on.login(registry=handlers)(login)
    for model in crd.KINDS:
        plural = model.definition.plural
        kopf.on.event(names.GROUP, names.VERSION, plural, registry=handlers)(notice)
    for group, version, plural in owned.WATCHED.values():
        of_ours = {names.WORKER_LABEL: kopf.PRESENT}
        kopf.on.event(group, version, plural, labels=of_ours, registry=handlers)(notice_owned)
    return handlers


def settings() -> kopf.OperatorSettings:
    """Kopf's settings: many objects, an API server that may be away, no books, no events."""
    chosen = kopf.OperatorSettings()
    chosen.queueing.worker_limit = 200
    chosen.queueing.idle_timeout = 0.5
    chosen.queueing.error_delays = _Backoffs()
    chosen.networking.error_backoffs = _Backoffs()
    chosen.networking.request_timeout = 30
    chosen.watching.initial_streaming = False
    chosen.posting.enabled = False
    chosen.peering.standalone = True
    return chosen


class _Backoffs:
    """Endless and jittered: the process outlives every absence of the API server."""

    def __iter__(self) -> Iterator[float]:
        seconds = 0.5
        while True:
            yield seconds * (0.5 + random.random())  # noqa: S311 # no secret
            seconds = min(30.0, seconds * 2)


def cause(error: Exception) -> str:
    """The one line that says why Kopf gave up, out of the group of errors that it raises."""
    inner: BaseException = error
    while isinstance(inner, BaseExceptionGroup):
        inner = inner.exceptions[0]
    return f"nothing can be watched any more: {type(inner).__name__}: {inner}"


async def connection(credentials: api.Configuration) -> kopf.ConnectionInfo:
    """The same way to the API server that our own client takes."""
    header = await credentials.get_api_key_with_prefix("BearerToken")
    scheme, _, token = (header or "").partition(" ")
    return kopf.ConnectionInfo(
        server=credentials.host,
        ca_path=credentials.ssl_ca_cert,
        insecure=not credentials.verify_ssl,
        username=credentials.username or None,
        password=credentials.password or None,
        scheme=scheme or None,
        token=token or None,
        certificate_path=credentials.cert_file,
        private_key_path=credentials.key_file,
    )
