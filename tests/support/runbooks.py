"""The runbooks as their reader has them: the commands on each page, and the names in its text."""

import re
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
PAGES = (*sorted((DOCS / "runbooks").glob("*.md")), DOCS / "monitoring.md")
"""The last one says what they take for granted."""

_BLOCK = re.compile(r"^```\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"`([^`]+)`")
_HERE = re.compile(r"<<'(\w+)'")


@dataclass(frozen=True, slots=True)
class Page:
    """A page, and what can be checked of it."""

    name: str
    commands: tuple[str, ...]
    """What the reader gives to a shell, those within sentences too."""
    words: tuple[str, ...]
    """What else is set in the type of code."""


def pages() -> tuple[Page, ...]:
    """Read them all."""
    return tuple(map(_read, PAGES))


def _read(path: Path) -> Page:
    text = path.read_text("utf-8")
    blocks = [command for block in _BLOCK.findall(text) for command in _commands(block)]
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    inline = _INLINE.findall(prose)
    given = [one for one in inline if one.startswith(("kubectl ", "rpafabrik ", "helm "))]
    words = tuple(one for one in inline if one not in given)
    # A name alone, as in `kubectl describe`, is a word of a sentence.
    return Page(path.stem, (*blocks, *(one for one in given if one.count(" ") > 1)), words)


def _commands(block: str) -> list[str]:
    """The commands of a block: a line each, or as many as its here-document has."""
    found: list[str] = []
    end = ""
    for line in block.splitlines():
        if end:
            found[-1] += f"\n{line}"
            end = "" if line == end else end
            continue
        found.append(line)
        begun = _HERE.search(line)
        end = begun[1] if begun else ""
    return found
