"""One server for all processes of a test session, up for as long as one of them uses it.

A user holds a shared lock. The keeper, a process of its own, runs the server and asks for the
same lock alone: the kernel grants it when the last user has left or died, and the keeper stops
the server. Nothing is counted, so nothing can be miscounted when a test run is killed.
"""

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from support import process

_TESTS = Path(__file__).parent.parent

# What this process started. It waits for them before it ends, so that a test run leaves nothing.
_keepers: list[process.Child] = []


@contextlib.contextmanager
def borrow(module: str, folder: Path) -> Iterator[str]:
    """Use the server that `python -m MODULE FOLDER` keeps; yield what it published.

    All who name the same folder use the same server; the first one starts it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    ready = folder / "ready"
    with (folder / "turn.lock").open("a") as turn, (folder / "users.lock").open("a") as users:
        fcntl.flock(turn, fcntl.LOCK_EX)
        fcntl.flock(users, fcntl.LOCK_SH)  # waits while a keeper is stopping
        if not ready.exists():
            _start_keeper(module, folder)
        fcntl.flock(turn, fcntl.LOCK_UN)
        yield ready.read_text()


def keep(server: AbstractContextManager[str], folder: Path) -> None:
    """Run a server until nobody uses it; publish what its users must know."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    ready = folder / "ready"
    # The lock is held until the server has stopped: a new user waits, then starts another.
    with (folder / "users.lock").open("a") as users, server as published:
        draft = folder / "ready.draft"
        draft.write_text(published)
        draft.rename(ready)
        try:
            fcntl.flock(users, fcntl.LOCK_EX)
        finally:
            ready.unlink(missing_ok=True)  # the folder may have been cleaned up meanwhile


def session_folder(base: Path) -> Path:
    """Return the folder that all processes of this test session share."""
    # Under xdist each worker's own folder lies in the session's.
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def wait_for_keepers() -> None:
    """Wait until the servers that this process started have stopped."""
    while _keepers:
        _keepers.pop().handle.wait()


def _start_keeper(module: str, folder: Path) -> None:
    log = folder / "keeper.log"
    with log.open("wb") as output:
        handle = subprocess.Popen(
            [sys.executable, "-m", module, str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONPATH": str(_TESTS)},
            start_new_session=True,  # it outlives Ctrl-C, and stops its server in order
        )
    keeper = process.Child(f"the keeper of {module}", handle, log)
    _keepers.append(keeper)
    process.wait_until((folder / "ready").exists, [keeper], seconds=120)
