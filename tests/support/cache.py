"""Things that are slow to make and last: made once, kept outside the tree by what they are made of.

Knows nothing of what is kept. Any of it can be deleted at any time.
"""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

_KEPT = 3
"""Who works on the sources makes a new entry with every change; older ones go."""

Make = Callable[[Path], object]
"""Fills a folder with the thing."""


def folder() -> Path:
    """Return where everything is kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "rpafabrik")


def digest(parts: Iterable[bytes]) -> str:
    """Name something by all that it is made of."""
    found = hashlib.sha256()
    for part in parts:
        found.update(hashlib.sha256(part).digest())
    return found.hexdigest()[:12]


def kept(kind: str, key: str, make: Make) -> Path:
    """Return the folder of this kind and key; `make` fills it, once for all processes."""
    entries = folder() / kind
    entry = entries / key
    entries.mkdir(parents=True, exist_ok=True)
    with (entries / "turn.lock").open("a") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not entry.exists():
            draft = entries / "draft"
            shutil.rmtree(draft, ignore_errors=True)  # of one who was killed
            draft.mkdir()
            make(draft)
            draft.rename(entry)
        os.utime(entry)
        _forget_old(entries)
    return entry


def _forget_old(entries: Path) -> None:
    found = (path for path in entries.iterdir() if path.is_dir())
    for old in sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)[_KEPT:]:
        shutil.rmtree(old)
