"""Child processes of the tests: found, started, awaited, stopped.

Knows no server by name, and nothing of how servers are shared (that is `shared_server`).
"""

import contextlib
import fcntl
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import IO

_DIE_WITH_PARENT = Path(__file__).with_name("die_with_parent.py")
_PORTS = range(20000, 32000)
"""Below what Linux (from 32768) and macOS (from 49152) give to whoever asks for any port."""


class ProcessError(Exception):
    """A program is missing, ended before its time, or did not become ready."""


@dataclass(frozen=True, slots=True)
class Child:
    """One started process and the file that holds its output."""

    name: str
    handle: subprocess.Popen[bytes]
    log: Path

    def failure(self, what: str) -> ProcessError:
        """Say what went wrong, with the end of the log, where the reason stands."""
        end = self.log.read_text(errors="replace")[-3000:]
        return ProcessError(f"{self.name} {what}. The end of {self.log}:\n{end}")


def find(program: str) -> str:
    """Return the path of a program: the locked one beside the interpreter, else one on PATH."""
    beside = Path(sys.executable).parent
    path = os.pathsep.join([str(beside), os.environ.get("PATH", "")])
    found = shutil.which(program, path=path)
    if found is None:
        raise ProcessError(f"{program} must be beside {sys.executable} (run `make`) or on PATH")
    return found


@contextlib.contextmanager
def running(
    name: str,
    command: Sequence[str],
    log: Path,
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Iterator[Child]:
    """Run a command for the length of the block; it never outlives this process.

    On Linux it ends with the thread that entered the block, whatever becomes of the process.
    """
    with log.open("wb") as output:
        handle = _start(command, output, environment, folder)
    try:
        yield Child(name, handle, log)
    finally:
        _stop(handle)


def wait_until(ready: Callable[[], bool], children: Sequence[Child], *, seconds: float) -> None:
    """Ask until `ready` says yes; give up when a child has ended or the time is over."""
    deadline = time.monotonic() + seconds
    while not ready():
        for child in children:
            if child.handle.poll() is not None:
                raise child.failure(f"ended with {child.handle.returncode} before it was ready")
        if time.monotonic() > deadline:
            raise children[-1].failure(f"was not ready after {seconds:.0f} s")
        time.sleep(0.05)


def free_ports(count: int) -> list[int]:
    """Return ports of 127.0.0.1 that nobody listens on, all different.

    They are of those that no kernel gives by itself, and each test process of this machine is
    told others: nobody comes between this and a server's start, or its next one.
    """
    path = Path(tempfile.gettempdir()) / f"rpafabrik-ports-{os.getuid()}"
    with path.open("a+") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        turn.seek(0)
        last = int(turn.read() or _PORTS[0])
        after = chain(range(last + 1, _PORTS.stop), range(_PORTS.start, last + 1))
        ports = list(islice(filter(_is_free, after), count))
        turn.truncate(0)
        turn.write(str(ports[-1]))
    return ports


def _is_free(port: int) -> bool:
    with socket.socket() as tried:
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _start(
    command: Sequence[str],
    output: IO[bytes],
    environment: Mapping[str, str] | None,
    folder: Path | None,
) -> subprocess.Popen[bytes]:
    if sys.platform == "linux":
        python = [sys.executable, "-I", "-S", str(_DIE_WITH_PARENT), str(os.getpid())]
        command = [*python, *command]
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=environment,
        cwd=folder,
        # Ctrl-C is for the tests; they stop their servers in order.
        start_new_session=True,
    )


def _stop(handle: subprocess.Popen[bytes]) -> None:
    handle.terminate()
    try:
        handle.wait(timeout=20)
    except subprocess.TimeoutExpired:
        handle.kill()
        handle.wait()
