"""The health endpoint of a worker process: /healthz and /readyz."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.worker import Worker

from rpafabrik.runtime import listening

_ANSWER_WITHIN = timedelta(seconds=2)


@dataclass(slots=True)
class Health:
    """What the process has come to; its owner writes it, the endpoint reads it."""

    prepared: bool = False
    client: Client | None = None
    worker: Worker | None = None
    draining: bool = False

    async def not_ready_because(self) -> str | None:
        """Say why the process takes no work now, or None when it does."""
        if self.draining:
            return "draining"
        if not self.prepared:
            return "preparing"
        if self.client is None or self.worker is None:
            return "waiting for Temporal"
        if not self.worker.is_running:
            return "not polling"
        try:
            serving = await self.client.service_client.check_health(timeout=_ANSWER_WITHIN)
        except RPCError as error:
            return f"Temporal is away: {error.message}"
        return None if serving else "Temporal is not serving"


@contextlib.asynccontextmanager
async def serving(health: Health, host: str, port: int | None) -> AsyncIterator[None]:
    """Answer over HTTP for the length of the block; not at all without a port."""
    if port is None:
        yield
        return
    async with listening.serving(_app(health), host, port, "health"):
        yield


def _app(health: Health) -> web.Application:
    # The process lives when its event loop answers; whether Temporal does is readiness.
    async def healthz(_request: web.Request) -> web.Response:
        return web.Response(text="alive\n")

    async def readyz(_request: web.Request) -> web.Response:
        because = await health.not_ready_because()
        return web.Response(text=f"{because or 'ready'}\n", status=503 if because else 200)

    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz)])
    return app
