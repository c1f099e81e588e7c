"""The state directory: what `rpafabrik dev` leaves behind, and continues from."""

import contextlib
import fcntl
import os
import shutil
import urllib.parse
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rpafabrik_cli import failures

_LOCK = "lock"


@dataclass(frozen=True, slots=True)
class State:
    """The folder, and what is where in it."""

    folder: Path

    @property
    def temporal(self) -> Path:
        """Temporal's database."""
        return self.folder / "temporal.db"

    @property
    def ledger(self) -> Path:
        """The ledger, a SQLite file."""
        return self.folder / "ledger.db"

    @property
    def ledger_url(self) -> str:
        """The ledger's URL."""
        return f"sqlite:///{urllib.parse.quote(str(self.ledger))}"

    @property
    def resources(self) -> Path:
        """Folder of the resources and their status."""
        return self.folder / "resources"

    @property
    def processes(self) -> Path:
        """File of the processes that run."""
        return self.folder / "processes.json"

    @property
    def presence(self) -> Path:
        """File of who is at work now."""
        return self.folder / "running.json"

    def log(self, name: str) -> Path:
        """The log of a process."""
        return self.folder / "logs" / f"{name}.log"

    def identity(self) -> uuid.UUID:
        """What tells the jobs of this folder from those of any other, in a Temporal they share."""
        file = self.folder / "identity"
        if not file.exists():
            file.write_text(str(uuid.uuid4()))
        return uuid.UUID(file.read_text())

    def no_temporal_settings(self) -> Path:
        """An empty configuration file of Temporal's client."""
        file = self.folder / "temporal.toml"
        file.write_text("")
        return file

    def clear(self) -> None:
        """Forget everything."""
        for entry in self.folder.iterdir():
            if entry.name != _LOCK:
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()

    def prepare(self) -> None:
        """Make the folders."""
        self.log("any").parent.mkdir(exist_ok=True)
        self.resources.mkdir(exist_ok=True)
        (self.folder / ".gitignore").write_text("*\n")


@contextlib.contextmanager
def claimed(folder: Path) -> Iterator[State]:
    """The state directory, for one process at a time: the kernel frees it when that one ends."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / _LOCK).open("a+")
    except OSError as error:
        raise failures.WrongUse(
            f"--state {folder} must be a folder that can be written: {error.strerror}"
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise failures.WrongUse(
                f"--state {folder} must be free, and rpafabrik dev with process id"
                f" {lock.read().strip() or 'unknown'} uses it: stop that, or choose another folder"
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield State(folder.resolve())
