"""Answers over HTTP beside the work: health and metrics."""

import contextlib
import socket
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


def free_port(host: str) -> int:
    """Return a port that nobody listens on, for a server that cannot tell which one it took.

    A connection was just closed on it, so for a minute (on Linux) the kernel gives it to nobody
    but who asks for it by number, as servers do (`SO_REUSEADDR`).
    """
    with socket.create_server((host, 0)) as server:
        port: int = server.getsockname()[1]
        with socket.create_connection((host, port)):
            server.accept()[0].close()  # whose end closes first holds the port
    return port
