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
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from robots.kassaavstamning import money, places
from robots.kassaavstamning.faults import InputError
from robots.kassaavstamning.places import Place

COLUMNS = ("datum", "vardcentral", "kassa", "belopp")


@dataclass(frozen=True, slots=True)
class CashReport:
    """What one register took in on one day."""

    day: date
    place: Place
    amount_ore: int


def read(path: Path) -> tuple[CashReport, ...]:
    """Every report in the file or folder, ordered by day and place."""
    seen: dict[tuple[date, Place], str] = {}
    reports: list[CashReport] = []
    for file in files(path):
        for line, report in _rows(file):
            key = (report.day, report.place)
            if key in seen:
                raise _invalid(
                    file,
                    line,
                    "kassa",
                    f"register {report.place.register} of {report.place.centre} must be reported "
                    f"once for {report.day}, and is also on {seen[key]}",
                )
            seen[key] = f"line {line} of {file}"
            reports.append(report)
    return tuple(sorted(reports, key=lambda report: (report.day, report.place)))


def files(path: Path) -> tuple[Path, ...]:
    """The CSV files that `path` stands for."""
    if path.is_file():
        return (path,)
    if not path.is_dir():
        raise InputError("FileMissing", f"{path}: must be a CSV file or a folder of them")
    found = tuple(sorted(file for file in path.iterdir() if file.suffix.lower() == ".csv"))
    if not found:
        raise InputError("FileMissing", f"{path}: must hold at least one file named *.csv")
    return found


def _rows(file: Path) -> Iterator[tuple[int, CashReport]]:
    """Line number and report of every line that is not blank."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise InputError("InvalidCashReport", f"{file}, line {line}: must be UTF-8") from error
    rows = csv.reader(text.splitlines(), delimiter=";")
    header = [name.strip().lower() for name in next(rows, [])]
    missing = [column for column in COLUMNS if column not in header]
    if missing:
        raise _invalid(
            file, 1, missing[0], f"must be there; the columns are {'; '.join(header) or 'none'}"
        )
    empty = True
    for row in rows:
        if not any(cell.strip() for cell in row):
            continue
        empty = False
        if len(row) != len(header):
            raise InputError(
                "InvalidCashReport",
                f"{file}, line {rows.line_num}: must have {len(header)} columns as the header has, "
                f"and has {len(row)}",
            )
        cells = dict(zip(header, (cell.strip() for cell in row), strict=True))
        yield rows.line_num, _report(file, rows.line_num, cells)
    if empty:
        raise InputError("InvalidCashReport", f"{file}: must have at least one report")


def _report(file: Path, line: int, cells: dict[str, str]) -> CashReport:
    column = ""
    try:
        column = "datum"
        day = _day(cells[column])
        column = "vardcentral"
        centre = places.code(cells[column])
        column = "kassa"
        register = places.code(cells[column])
        column = "belopp"
        amount = _amount(cells[column])
    except ValueError as error:
        raise _invalid(file, line, column, f"{error}, and is {cells[column]!r}") from None
    return CashReport(day, Place(centre, register), amount)


def _day(text: str) -> date:
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        with contextlib.suppress(ValueError):
            return date.fromisoformat(text)
    raise ValueError("must be a date, as 2026-01-07")


def _amount(text: str) -> int:
    ore = money.parse(text, ",")
    if ore < 0:
        raise ValueError("must be zero or more")
    return ore


def _invalid(file: Path, line: int, column: str, problem: str) -> InputError:
    return InputError("InvalidCashReport", f"{file}, line {line}, column {column}: {problem}")
