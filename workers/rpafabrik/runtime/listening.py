"""Answers over HTTP beside the work: health and metrics."""

import contextlib
from collections.abc import AsyncIterator

from aiohttp import web

from rpafabrik import errors


@contextlib.asynccontextmanager
async def serving(app: web.Application, host: str, port: int, purpose: str) -> AsyncIterator[None]:
    """Answer for the length of the block.

    Raises:
        errors.StartError: The address is taken.
    """
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise errors.StartError(
                f"{purpose} address {host}:{port} must be free to listen on: {error.strerror}"
            ) from error
        yield
    finally:
        await runner.cleanup()
