"""What was found, kept between steps: one small JSON file per centre and day.

Steps run in different processes and may be repeated, so a file is written whole or not at all,
and writing the same again changes nothing. The file that people read is written by `workbook`.
"""

import json
import uuid
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

WORK = "underlag"
"""The folder within the output folder that holds the files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One register's day as the reconciliation file shows it."""

    day: str
    centre: str
    name: str
    register: str
    reported_ore: int | None
    booked_ore: int | None
    difference: str | None
    """A `comparison.Difference`; None when the register was never compared."""
    vouchers: str
    remark: str


def keep(output: Path, centre: str, day: date, lines: tuple[Line, ...]) -> None:
    """Keep what was found for a centre's day."""
    content = json.dumps([asdict(line) for line in lines], ensure_ascii=False, indent=1)
    write_whole(_path(output, centre, day), content.encode())


def kept(output: Path, centre: str, day: date) -> tuple[Line, ...] | None:
    """What was found for a centre's day; None when nothing was kept."""
    try:
        content = _path(output, centre, day).read_bytes()
    except FileNotFoundError:
        return None
    return tuple(Line(**fields) for fields in json.loads(content))


def write_whole(path: Path, content: bytes) -> None:
    """Make `path` hold `content`: at once, so that no reader and no kill sees a part of it."""
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    # A name of its own: another attempt of the same step may be writing too.
    draft = path.with_name(f".{path.name}-{uuid.uuid4().hex}.tmp")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _path(output: Path, centre: str, day: date) -> Path:
    return output / WORK / day.isoformat() / f"{centre}.json"
