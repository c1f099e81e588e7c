"""A port is kept for the server that it was found for."""

import socket

import pytest

from rpafabrik.runtime import listening


def test_a_free_port_is_for_who_asks_for_it_by_number_as_servers_do() -> None:
    port = listening.free_port("127.0.0.1")

    # The kernel gives nobody a port that a plain socket could not have.
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", port))
    with socket.create_server(("127.0.0.1", port)) as server:
        assert server.getsockname() == ("127.0.0.1", port)
