"""Who is at work in a state directory: told by `rpafabrik dev`, asked by `rpafabrik status`."""

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from rpafabrik import connection
from rpafabrik_cli.dev import leftovers


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """A `rpafabrik dev` that runs, and the Temporal that it works with."""

    pid: int
    started: str | None
    """The process's start, so that a stranger who has its id is not taken for it."""
    address: str
    namespace: str
    own: bool
    """Whether it started that Temporal; to another, the user's own settings lead."""

    @property
    def settings(self) -> connection.Settings:
        """How to reach Temporal."""
        if self.own:
            return connection.Settings(address=self.address, namespace=self.namespace)
        return connection.settings(address=self.address, namespace=self.namespace)


@contextlib.contextmanager
def told(file: Path, settings: connection.Settings, *, own: bool) -> Iterator[None]:
    """Tell for the length of the block that this process is at work."""
    pid = os.getpid()
    here = Presence(
        pid=pid,
        started=leftovers.started(pid),
        address=settings.address or connection.DEFAULT_ADDRESS,
        namespace=settings.namespace or connection.DEFAULT_NAMESPACE,
        own=own,
    )
    draft = file.with_suffix(".draft")
    draft.write_text(json.dumps(asdict(here)))
    draft.replace(file)
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def seen(file: Path) -> Presence | None:
    """Who is at work; None when nobody is."""
    try:
        found = Presence(**json.loads(file.read_text()))
    except (FileNotFoundError, ValueError, TypeError):  # gone, or of another version
        return None
    return found if found.started == leftovers.started(found.pid) else None
