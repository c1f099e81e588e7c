"""Processes of an earlier life: known by id and start time, so that no stranger is ever ended.

The kernel ends the children of a killed `rpafabrik dev` on Linux; this is for where it does not.
"""

import contextlib
import json
import os
import signal
import subprocess
from pathlib import Path

_STATE, _STARTED = 0, 19
"""Fields of /proc/PID/stat, counted after the name, which may hold anything."""


def started(pid: int) -> str | None:
    """When a process was started, as its system tells; None when it runs no more."""
    if Path("/proc/self/stat").exists():
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            return None if fields[_STATE] == "Z" else fields[_STARTED]
        return None
    told = subprocess.run(  # noqa: S603 # no text of a user's
        ["/bin/ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return told.stdout.strip() or None


class ProcessFile:
    """The file that remembers which processes run."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known: dict[int, str] = {}

    def add(self, pid: int) -> None:
        """Remember a process that was just started."""
        if (when := started(pid)) is not None:
            self._known[pid] = when
            self._write()

    def remove(self, pid: int) -> None:
        """Forget a process that has ended."""
        self._known.pop(pid, None)
        self._write()

    def end_leftovers(self) -> int:
        """End what the file remembers and what still runs; say how many that were."""
        ended = 0
        for pid, when in self._read().items():
            if started(pid) == when:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(pid, signal.SIGKILL)  # each child leads a group of its own
                    ended += 1
        self._write()
        return ended

    def _read(self) -> dict[int, str]:
        try:
            return {int(pid): when for pid, when in json.loads(self._file.read_text()).items()}
        except (FileNotFoundError, ValueError):
            return {}

    def _write(self) -> None:
        draft = self._file.with_suffix(".draft")
        draft.write_text(json.dumps(self._known))
        draft.replace(self._file)
