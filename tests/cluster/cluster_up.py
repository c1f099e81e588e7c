"""The whole cluster for people: `python -m cluster.cluster_up up|load ARCHIVE|down`.

`up` starts a keeper, which runs the cluster until `down` tells it to stop. What the cluster is
made of is `whole`'s concern.
"""

import argparse
import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from cluster import binaries, images, machine, whole
from support import process

_TESTS = Path(__file__).parents[1]
FOLDER = _TESTS.parent / ".rpafabrik" / "cluster"
_SECONDS = 120


def up(folder: Path, say: Callable[[str], None]) -> None:
    """Start the cluster unless it is up, and tell how to reach it."""
    folder.mkdir(parents=True, exist_ok=True)
    with _turn(folder):
        if _is_up(folder):
            # Whoever started it may have been interrupted before it had settled.
            _wait((folder / "ready").exists, "is not ready")
            say("The cluster is up already.")
        else:
            _start(folder, say)
        say(f"export KUBECONFIG={_access(folder).kubeconfig}")


def load(folder: Path, archive: Path) -> None:
    """Give an image to the cluster that is up."""
    if not _is_up(folder):
        raise process.ProcessError("the cluster is not up: run `make cluster-up`")
    images.load(archive, _access(folder).node_pid)


def down(folder: Path, say: Callable[[str], None]) -> None:
    """Stop the cluster if it is up, and clear away what it left."""
    folder.mkdir(parents=True, exist_ok=True)
    with _turn(folder):
        if _is_up(folder):
            # Whoever holds the lock has written this pid, and lives.
            os.kill(int((folder / "keeper.pid").read_text()), signal.SIGTERM)
            _wait(lambda: not _is_up(folder), "has not stopped")
            say("The cluster is down.")
        else:
            say("The cluster is not up.")
        if machine.obstacle() is None:
            machine.sweep()  # after a keeper that was killed
        _empty(folder)


def keep(folder: Path) -> None:
    """Run the cluster until somebody says that it is enough."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    # Never closed: it is the kernel that gives the lock back, when nothing is left of this process.
    fcntl.flock(os.open(folder / "keeper.lock", os.O_RDWR | os.O_CREAT, 0o644), fcntl.LOCK_EX)
    (folder / "keeper.pid").write_text(str(os.getpid()))
    with whole.running(binaries.own_build(os.environ), folder, _print) as access:
        _give_to_caller(Path(access.kubeconfig))
        draft = folder / "ready.draft"
        draft.write_text(access.to_json())
        draft.rename(folder / "ready")
        while True:
            signal.pause()


def _start(folder: Path, say: Callable[[str], None]) -> None:
    if because := machine.obstacle():
        raise process.ProcessError(because)
    machine.install()
    binaries.prepare(binaries.own_build(os.environ), say)
    _empty(folder)
    log = folder / "keeper.log"
    with log.open("wb") as output:
        handle = subprocess.Popen(
            [sys.executable, "-m", "cluster.cluster_up", "keep", f"--folder={folder}"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONPATH": str(_TESTS)},
            start_new_session=True,  # it outlives this program and its terminal
        )
    keeper = process.Child("the cluster's keeper", handle, log)
    with log.open() as progress:

        def is_ready() -> bool:
            for line in progress:
                say(line.rstrip())
            return (folder / "ready").exists()

        process.wait_until(is_ready, [keeper], seconds=_SECONDS)


@contextlib.contextmanager
def _turn(folder: Path) -> Iterator[None]:
    """Let one at a time start or stop the cluster."""
    with (folder / "turn.lock").open("a") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield


def _is_up(folder: Path) -> bool:
    with (folder / "keeper.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def _access(folder: Path) -> whole.Access:
    return whole.read((folder / "ready").read_text())


def _wait(done: Callable[[], bool], failure: str) -> None:
    deadline = time.monotonic() + _SECONDS
    while not done():
        if time.monotonic() > deadline:
            raise process.ProcessError(f"the cluster {failure} after {_SECONDS} s")
        time.sleep(0.1)


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.suffix != ".lock":
            path.unlink()


def _give_to_caller(kubeconfig: Path) -> None:
    """Let the person behind `sudo` read it too."""
    if (user := os.environ.get("SUDO_UID")) and (group := os.environ.get("SUDO_GID")):
        os.chown(kubeconfig, int(user), int(group))


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="cluster_up")
    parser.add_argument("action", choices=["up", "load", "down", "keep"])
    parser.add_argument("archive", nargs="?", type=Path)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    told = parser.parse_args()
    try:
        match told.action:
            case "up":
                up(told.folder, _print)
            case "load":
                load(told.folder, told.archive)
            case "down":
                down(told.folder, _print)
            case "keep":
                keep(told.folder)
    except process.ProcessError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
