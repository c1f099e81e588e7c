"""A TCP line to a server, which a test can cut and mend.

It runs in a thread of its own: a test may block while its processes talk over the line.
"""

import asyncio
import contextlib
import threading
from collections.abc import Iterator


class Wire:
    """Forwards connections while it is whole; cut, it drops them and refuses new ones."""

    def __init__(self, target: str) -> None:
        self._host, port = target.rsplit(":", 1)
        self._port = int(port)
        self._loop = asyncio.new_event_loop()
        self._open: set[asyncio.StreamWriter] = set()
        self._whole = True
        self.address = ""
        self.refused = 0
        """Connections that were tried in vain."""

    def cut(self) -> None:
        """Drop what is open, and refuse what comes."""
        self._whole = False
        self._loop.call_soon_threadsafe(self._drop)

    def mend(self) -> None:
        """Let connections through again."""
        self._whole = True

    @contextlib.contextmanager
    def running(self) -> Iterator["Wire"]:
        """Be there for the length of the block."""
        thread = threading.Thread(target=self._loop.run_forever)
        thread.start()
        server = asyncio.run_coroutine_threadsafe(self._serve(), self._loop).result()
        try:
            yield self
        finally:
            self.cut()
            asyncio.run_coroutine_threadsafe(self._end(server), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join()
            self._loop.close()

    async def _serve(self) -> asyncio.Server:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()
        self.address = f"{host}:{port}"
        return server

    async def _end(self, server: asyncio.Server) -> None:
        server.close()
        await server.wait_closed()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*others, return_exceptions=True)

    async def _accept(self, near: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        if not self._whole:
            self.refused += 1
            answer.transport.abort()
            return
        far, ask = await asyncio.open_connection(self._host, self._port)
        self._open |= {answer, ask}
        await asyncio.gather(_forward(near, ask), _forward(far, answer))
        self._open -= {answer, ask}

    def _drop(self) -> None:
        for writer in self._open:
            writer.transport.abort()


async def _forward(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(65_536):
            target.write(data)
            await target.drain()
    target.transport.abort()
