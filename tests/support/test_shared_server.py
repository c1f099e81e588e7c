"""A shared server lives exactly as long as its users, however they end."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import process, shared_server

# Run as a program, this module keeps a "server" that sleeps and publishes two process ids.
THIS = "support.test_shared_server"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@contextlib.contextmanager
def sleeping(folder: Path) -> Iterator[str]:
    with process.running("sleep", ["sleep", "600"], folder / "sleep.log") as child:
        yield f"{os.getpid()} {child.handle.pid}"


def test_users_of_one_folder_share_one_server(tmp_path: Path) -> None:
    with shared_server.borrow(THIS, tmp_path) as first:
        with shared_server.borrow(THIS, tmp_path) as second:
            pass

        assert first == second
        assert all(is_alive(pid) for pid in pids(first))


def test_the_server_outlives_its_starter_and_stops_with_the_last_user(tmp_path: Path) -> None:
    starter = contextlib.ExitStack()
    last = contextlib.ExitStack()
    published = starter.enter_context(shared_server.borrow(THIS, tmp_path))
    last.enter_context(shared_server.borrow(THIS, tmp_path))

    starter.close()

    assert not has_ended(published, seconds=0.3)

    last.close()

    assert has_ended(published, seconds=20)


def test_whoever_comes_while_the_server_stops_gets_another(tmp_path: Path) -> None:
    with shared_server.borrow(THIS, tmp_path) as first:
        pass
    with shared_server.borrow(THIS, tmp_path) as second:
        assert all(is_alive(pid) for pid in pids(second))

    assert has_ended(first, seconds=20)


def test_a_killed_user_leaves_no_server(tmp_path: Path) -> None:
    script = (
        "import pathlib, sys, time; from support import shared_server\n"
        f"with shared_server.borrow({THIS!r}, pathlib.Path(sys.argv[1])) as published:\n"
        "    print(published, flush=True); time.sleep(600)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as user:
        assert user.stdout is not None
        published = user.stdout.readline()
        assert all(is_alive(pid) for pid in pids(published))

        user.kill()

        assert has_ended(published, seconds=20)


def test_a_killed_keeper_takes_its_server_along(tmp_path: Path) -> None:
    with shared_server.borrow(THIS, tmp_path) as published:
        keeper, _ = pids(published)

        os.kill(keeper, signal.SIGKILL)

        assert has_ended(published, seconds=20)


def test_a_server_that_does_not_start_says_why(tmp_path: Path) -> None:
    borrowing = shared_server.borrow("support.no_such_server", tmp_path)

    with pytest.raises(process.ProcessError, match=r"No module named support\.no_such_server"):
        borrowing.__enter__()


def pids(published: str) -> list[int]:
    return [int(pid) for pid in published.split()]


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that waits to be reaped does not."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    return "\nState:\tZ" not in status


def has_ended(published: str, *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while any(is_alive(pid) for pid in pids(published)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


if __name__ == "__main__":
    shared_server.keep(sleeping(Path(sys.argv[1])), Path(sys.argv[1]))
