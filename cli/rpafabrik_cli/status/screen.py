"""Where the health is shown: once, in place on a terminal, or block by block in a pipe."""

import json
from types import TracebackType
from typing import Self

from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from rpafabrik_cli import consoles, failures
from rpafabrik_cli.status import document, table
from rpafabrik_cli.status.view import Health


class Screen:
    """Standard output; for the length of its block, a terminal's is redrawn in place."""

    def __init__(self, *, as_json: bool, one_line: bool) -> None:
        self._as_json = as_json
        self._indent = None if one_line else 2
        """A program that reads on and on wants a document a line."""
        self._console = consoles.plain()
        self._in_place = not as_json and self._console.is_terminal
        self._in_place &= not self._console.is_dumb_terminal
        self._live: Live | None = None
        self._last: RenderableType = Text()

    def __enter__(self) -> Self:
        if self._in_place:
            self._live = Live(console=self._console, auto_refresh=False)
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live:
            self._live.stop()

    def show(self, health: Health) -> None:
        """Show it."""
        if self._as_json:
            told = document.health(health)
            self._write(json.dumps(told, indent=self._indent, ensure_ascii=False))
            return
        self._last = table.health(health)
        self._draw(self._last)

    def fail(self, failure: failures.Failure) -> None:
        """Tell that nothing can be seen just now; what was seen last stays."""
        if self._as_json:
            self._write(json.dumps({"well": False, "error": str(failure)}, ensure_ascii=False))
            return
        told = Text(f"{failure.heading}{failure}; it is tried again\n", style="bold red")
        self._draw(Group(told, self._last) if self._live else told)

    def _draw(self, shown: RenderableType) -> None:
        if self._live:
            self._live.update(shown, refresh=True)
        else:
            self._console.print(shown)

    def _write(self, text: str) -> None:
        self._console.file.write(f"{text}\n")
        self._console.file.flush()
