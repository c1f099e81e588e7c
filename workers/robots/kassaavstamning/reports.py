"""Cash reports: a CSV file, or a folder of them, read whole and checked whole.

One line is what one register took in on one day. Semicolons part the columns, in any order:

    datum        2026-01-07
    vardcentral  the code of the care centre, VC001
    kassa        the register's number at its centre, 1
    belopp       kronor, zero or more, 1234,50

Further columns are ignored. The text is UTF-8, with or without a byte order mark. What was booked
lives in `deposits`; nothing is compared here.
"""

import contextlib
import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

from robots.kassaavstamning import money, places
from robots.kassaavstamning.faults import InputError
from robots.kassaavstamning.places import Place

COLUMNS = ("datum", "vardcentral", "kassa", "belopp")

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class CashReport:
    """What one register took in on one day."""

    day: date
    place: Place
    amount_ore: int


def read(path: Path) -> tuple[CashReport, ...]:
    """Every report in the file or folder, ordered by day and place."""
    seen: dict[tuple[date, Place], _Row] = {}
    reports: list[CashReport] = []
    for row in (row for file in files(path) for row in _rows(file)):
        report = CashReport(
            row.cell("datum", _day),
            Place(row.cell("vardcentral", places.code), row.cell("kassa", places.code)),
            row.cell("belopp", _amount),
        )
        if first := seen.get((report.day, report.place)):
            raise row.invalid(
                "kassa",
                f"register {report.place.register} of {report.place.centre} must be reported once "
                f"for {report.day}, and is also on line {first.line} of {first.file}",
            )
        seen[report.day, report.place] = row
        reports.append(report)
    return tuple(sorted(reports, key=lambda report: (report.day, report.place)))


def files(path: Path) -> tuple[Path, ...]:
    """The CSV files that `path` stands for."""
    if path.is_file():
        return (path,)
    if not path.is_dir():
        message = f"{path}: must be a CSV file or a folder of them, and there is none"
        raise InputError("FileMissing", message)
    found = tuple(sorted(file for file in path.iterdir() if file.suffix.lower() == ".csv"))
    if not found:
        raise InputError("FileMissing", f"{path}: must hold at least one file named *.csv")
    return found


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of a file, by column."""

    file: Path
    line: int
    cells: dict[str, str]

    def cell(self, column: str, reader: Callable[[str], _Value]) -> _Value:
        try:
            return reader(self.cells[column])
        except ValueError as error:
            raise self.invalid(column, str(error)) from None

    def invalid(self, column: str, problem: str) -> InputError:
        return _invalid(self.file, self.line, f", column {column}: {problem}")


def _rows(file: Path) -> list[_Row]:
    """Every line but the header and the blank ones."""
    source = csv.reader(io.StringIO(_text(file), newline=""), delimiter=";", strict=True)
    try:
        header = [name.strip().lower() for name in next(source, [])]
        _require_columns(file, header)
        lines = [(source.line_num, [cell.strip() for cell in cells]) for cells in source]
    except csv.Error:
        raise _invalid(
            file, source.line_num, ": must be cells parted by semicolons, quotes in pairs"
        ) from None
    rows = []
    for line, cells in lines:
        if any(cells):
            if len(cells) != len(header):
                raise _invalid(
                    file,
                    line,
                    f": must have {len(header)} cells, as the header, and has {len(cells)}",
                )
            rows.append(_Row(file, line, dict(zip(header, cells, strict=True))))
    if not rows:
        raise _invalid(file, 2, ": must be a report; the file has none")
    return rows


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError("FileMissing", f"{file}: must be a file that can be read") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise _invalid(file, line, ": must be UTF-8") from error


def _require_columns(file: Path, header: Sequence[str]) -> None:
    for column in COLUMNS:
        if header.count(column) != 1:
            raise _invalid(
                file,
                1,
                f", column {column}: must be there once; the header names {'; '.join(COLUMNS)}",
            )


def _day(text: str) -> date:
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        with contextlib.suppress(ValueError):
            return date.fromisoformat(text)
    raise ValueError("must be a date, as 2026-01-07")


def _amount(text: str) -> int:
    ore = money.parse(text, ",")
    if ore < 0:
        raise ValueError(f"must be zero or more, and is {money.plain(ore, ',')}")
    return ore


def _invalid(file: Path, line: int, problem: str) -> InputError:
    return InputError("InvalidCashReport", f"{file}, line {line}{problem}")
