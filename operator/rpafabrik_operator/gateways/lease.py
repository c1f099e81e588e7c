"""A Kubernetes Lease that this process takes, keeps, and ends by when it is lost.

When to do what is said in `election`.
"""

import asyncio
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, assert_never

import aiohttp
from kubernetes.aio import client as api

from rpafabrik.logs import log
from rpafabrik_operator import settings
from rpafabrik_operator.gateways import election, plain
from rpafabrik_operator.gateways.kubernetes import NOT_FOUND
from rpafabrik_operator.reconcile.reconcile import FIELD_MANAGER

_API_VERSION = "coordination.k8s.io/v1"


def _end(because: str) -> None:
    """End the process: whatever it would still do, it has no right to."""
    log.error("leadership_lost", because=because)
    os._exit(1)  # an orderly end would run more of what must not go on


class Lease:
    """One candidate for the lease."""

    def __init__(
        self,
        client: api.ApiClient,
        at: settings.Lease,
        me: str,
        *,
        end: Callable[[str], None] = _end,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._at = at
        self._me = me
        self._end = end
        self._clock = clock
        self._record: election.Record | None = None
        self._since = clock()
        self._leading = False

    async def acquire(self) -> None:
        """Wait until the lease is held."""
        log.info("waiting_for_leadership", lease=self._at.name, me=self._me)
        while not self._leading:
            seconds = await self._round()
            if not self._leading:
                await asyncio.sleep(seconds)
        log.info("leading", lease=self._at.name, me=self._me)

    async def keep(self) -> None:
        """Renew the lease until cancelled."""
        while True:
            seconds = await self._round()
            await asyncio.sleep(seconds)

    def check(self) -> None:
        """End the process unless the lease is held: to be asked right before each write."""
        silent = self._clock() - self._since
        if not self._leading or silent >= election.DEADLINE_SECONDS:
            self._end(f"something was to be written {silent:.1f} s after the last renewal")

    async def release(self) -> None:
        """Give the lease up if it is held, so that another need not wait for its end."""
        if not self._leading:
            return
        self._leading = False
        try:
            async with asyncio.timeout(election.ROUND_SECONDS):
                # A renewal may be under way that was not told to have been done.
                self._record = await self._read()
                if self._record is not None and self._record.holder == self._me:
                    await self._write("")
        except (api.ApiException, aiohttp.ClientError, TimeoutError) as error:
            log.warning("lease_not_released", error=_said(error))

    async def _round(self) -> float:
        """Look and act once; return the seconds to wait before the next round."""
        try:
            async with asyncio.timeout(election.ROUND_SECONDS):
                return await self._act(await self._read())
        except (api.ApiException, aiohttp.ClientError, TimeoutError) as error:
            log.warning("lease_out_of_reach", error=_said(error))
        if self._leading:
            self.check()
        return election.ASK_SECONDS

    async def _act(self, record: election.Record | None) -> float:
        now = self._clock()
        if record != self._record and not self._leading:
            self._since = now
        self._record = record
        step = election.decide(record, self._me, leading=self._leading, since=self._since, now=now)
        match step:
            case election.Acquire() | election.Renew():
                await self._write(self._me)
                self._since, self._leading = now, True
                return election.RENEW_SECONDS
            case election.Lost(because):
                self._end(because)
                return 0.0
            case election.WaitFor(seconds):
                return seconds
            case _:
                assert_never(step)

    async def _read(self) -> election.Record | None:
        try:
            found = await plain.read(self._client, self._path(self._at.name))
        except api.ApiException as error:
            if error.status == NOT_FOUND:
                return None
            raise
        return _record(found)

    async def _write(self, holder: str) -> None:
        """Write the lease, if it still is as it was read."""
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        spec: dict[str, Any] = {"holderIdentity": holder or None, "renewTime": now}
        before = self._record
        if holder and (before is None or before.holder != holder):
            transitions = before.transitions + 1 if before else 0
            spec |= {"acquireTime": now, "leaseTransitions": transitions}
            spec |= {"leaseDurationSeconds": election.LEASE_SECONDS}
        if before is None:
            metadata = {"name": self._at.name}
            body = {"apiVersion": _API_VERSION, "kind": "Lease", "metadata": metadata, "spec": spec}
            found = await plain.create(self._client, self._path(), body)
        else:
            body = {"metadata": {"resourceVersion": before.version}, "spec": spec}
            found = await plain.merge(self._client, self._path(self._at.name), body, FIELD_MANAGER)
        self._record = _record(found)

    def _path(self, name: str = "") -> str:
        group, version = _API_VERSION.split("/")
        return plain.path((group, version, "leases"), self._at.namespace, name)


def _record(found: dict[str, Any]) -> election.Record:
    spec = found.get("spec", {})
    return election.Record(
        holder=spec.get("holderIdentity", ""),
        seconds=spec.get("leaseDurationSeconds", election.LEASE_SECONDS),
        version=found["metadata"]["resourceVersion"],
        transitions=spec.get("leaseTransitions", 0),
    )


def _said(error: Exception) -> str:
    if isinstance(error, api.ApiException):
        return f"{error.status} {error.reason}"
    return str(error) or type(error).__name__
