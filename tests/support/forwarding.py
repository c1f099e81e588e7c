"""Lets pods reach a server that listens to this machine alone: bytes go to and fro, unread."""

import contextlib
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def reachable(host: str, connect: Callable[[], socket.socket]) -> Iterator[str]:
    """Listen on an address of this machine; yield it with its port. `connect` leads on."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError), connect() as server:
                back = threading.Thread(target=_copy, args=(server, self.request))
                back.start()
                _copy(self.request, server)
                back.join()

    with _Listener((host, 0), Handler) as listener:
        threading.Thread(target=listener.serve_forever, args=(0.05,)).start()
        try:
            yield f"{host}:{listener.server_address[1]}"
        finally:
            listener.shutdown()


def to_port(address: str) -> Callable[[], socket.socket]:
    """Lead on to HOST:PORT."""
    host, _, port = address.rpartition(":")
    return lambda: socket.create_connection((host, int(port)))


def to_socket(path: str) -> Callable[[], socket.socket]:
    """Lead on to a Unix socket."""

    def connect() -> socket.socket:
        server = socket.socket(socket.AF_UNIX)
        server.connect(path)
        return server

    return connect


class _Listener(socketserver.ThreadingTCPServer):
    daemon_threads = True  # who is still connected holds nobody up


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):  # either side may go at any time
        while data := source.recv(65_536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
