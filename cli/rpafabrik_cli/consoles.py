"""Consoles that commands write on: words stand as they are given, and a pipe is wide."""

from typing import TextIO

from rich.console import Console

_WIDE = 1_000


def plain(file: TextIO | None = None) -> Console:
    """Standard output or a file; elsewhere than on a terminal a row is a line, for grep."""
    console = Console(file=file, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = _WIDE
    return console
