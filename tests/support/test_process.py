"""Ports of the tests are each found once, whoever looks at the same time."""

import socket
import subprocess
import sys
import tempfile
from itertools import chain
from pathlib import Path

import pytest

from support import process

_TESTS = Path(__file__).parent.parent
_LOOK = "from support import process; print(*process.free_ports(25), *process.free_ports(25))"


def test_no_two_processes_are_told_the_same_port() -> None:
    lookers = [
        subprocess.Popen([sys.executable, "-c", _LOOK], cwd=_TESTS, stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    ports = list(chain.from_iterable(each.communicate()[0].split() for each in lookers))

    assert len(ports) == 200
    assert len(set(ports)) == 200


def test_ports_of_a_listener_are_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (port,) = process.free_ports(1)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    process.free_ports(1)
    (turn,) = tmp_path.iterdir()
    turn.write_text(str(port - 1))

    with socket.create_server(("127.0.0.1", port)):
        (other,) = process.free_ports(1)

    assert other > port


@pytest.mark.skipif(sys.platform != "linux", reason="reads Linux' own range")
def test_ports_are_none_that_the_kernel_gives_by_itself() -> None:
    given = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text()
    first, last = (int(number) for number in given.split())

    assert not any(first <= port <= last for port in process.free_ports(100))
