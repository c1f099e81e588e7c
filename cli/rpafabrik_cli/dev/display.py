"""What happens, told while it happens: bars on a terminal, a line now and then elsewhere.

Everything goes to standard error; standard output is for results.
"""

import contextlib
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from rpafabrik_api import contract

LINE_EVERY_SECONDS = 5


class Display:
    """The progress of runs, by label."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[more]}"),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
            transient=True,
            # Results go to the real standard output, which may be a file.
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._tasks: dict[str, TaskID] = {}
        self._told: dict[str, float] = {}

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Leave the screen as it was found."""
        self._bars.stop()

    def tell(self, line: str) -> None:
        """Say something once."""
        self._console.print(line, soft_wrap=True, highlight=False, markup=False)

    def show(self, label: str, progress: contract.Progress) -> None:
        """Say how far a run has come."""
        done, total = progress.counts.total, progress.listed
        more = _more(progress)
        if self._console.is_terminal:
            if label not in self._tasks:
                self._tasks[label] = self._bars.add_task(label, total=None, more="")
            known = total if progress.listing_done else None
            self._bars.update(self._tasks[label], completed=done, total=known, more=more)
        elif time.monotonic() - self._told.get(label, 0) >= LINE_EVERY_SECONDS:
            self._told[label] = time.monotonic()
            counted = f"{done} of {total} items" if total else "listing items"
            self.tell(", ".join(filter(None, (f"{label}: {counted}", more))))

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        """Leave the screen to somebody else for the length of the block."""
        self.stop()
        try:
            yield
        finally:
            self._bars.start()

    def end(self, label: str) -> None:
        """The run is over."""
        if label in self._tasks:
            self._bars.remove_task(self._tasks.pop(label))


def _more(progress: contract.Progress) -> str:
    if progress.held_because is not None:
        return f"held: {progress.held_because}"
    if progress.stopped_because is not None:
        return f"stopped: {progress.stopped_because}"
    counts = progress.counts
    exceptions = counts.business_exceptions + counts.application_exceptions
    return f"{exceptions} exceptions" if exceptions else ""
