"""A report as programs and spreadsheets read it: JSON, CSV, Excel."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict
from decimal import Decimal
from fractions import Fraction
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from rpafabrik_cli.report import columns, figures
from rpafabrik_platform.report import Line, Report

_FORMATS = {
    columns.Kind.COUNT: "#,##0",
    columns.Kind.HOURS: "#,##0.0",
    columns.Kind.MONEY: "#,##0",
    columns.Kind.PERCENT: '0.0" %"',
}
_WIDEST = 40


def as_json(report: Report, shown: Sequence[columns.Column], *, explain: bool) -> dict[str, Any]:
    """Everything, the exact fractions and the baselines with it."""
    question = report.answers.question
    told: dict[str, Any] = {
        "by": [str(one) for one in question.by],
        "from": question.first.isoformat(),
        "to": question.last.isoformat(),
        "lines": [_line(line, shown) for line in report.lines],
        "total": _line(report.total, shown),
    }
    if explain:
        told["sql"] = {
            name: {"meaning": figures.MEANINGS[name], "statement": sql}
            for name, sql in report.answers.sql.items()
        }
    return told


def as_csv(report: Report, shown: Sequence[columns.Column]) -> str:
    """The lines, with names and decimal points for programs; the sum is left to them."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(column.name for column in shown)
    for line in report.lines:
        rows.writerow(column.value(line) for column in shown)
    return text.getvalue()


def as_excel(report: Report, shown: Sequence[columns.Column]) -> bytes:
    """A workbook with the lines, and all of them together."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None  # noqa: S101 # a new workbook has one
    sheet.title = "Rapport"
    sheet.append([column.title for column in shown])
    for line in report.lines:
        sheet.append([column.value(line) for column in shown])
    sheet.append(["Summa", *(column.value(report.total) for column in shown[1:])])
    for row in (1, sheet.max_row):
        for cell in sheet[row]:
            cell.font = Font(bold=True)
    for place, column in enumerate(shown, start=1):
        letter = get_column_letter(place)
        cells = sheet[letter]
        widest = max(len(str(cell.value or "")) for cell in cells)
        sheet.column_dimensions[letter].width = min(widest, _WIDEST) + 2
        for cell in cells[1:]:
            cell.number_format = _FORMATS.get(column.kind, "General")
            if cell.data_type == "f":  # text that only looks like a formula
                cell.data_type = "s"
    sheet.freeze_panes = "A2"
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _line(line: Line, shown: Sequence[columns.Column]) -> dict[str, Any]:
    values = {column.name: _plain(column.value(line)) for column in shown}
    return {
        **{name: value for name, value in values.items() if name not in line.key},
        **line.key,
        "exact_seconds": {
            "planned": None if line.planned is None else _exact(line.planned),
            "gross": _exact(line.gross),
            "net": _exact(line.net),
            "person": line.person_seconds,
            "realised": line.realised,
        },
        "lead_time": asdict(line.lead_time) if line.lead_time else None,
        "baselines": [asdict(part) for part in line.rests_on],
    }


def _exact(seconds: Fraction) -> int | str:
    """A whole number as it is, another as a fraction: 5024/5."""
    return seconds.numerator if seconds.denominator == 1 else str(seconds)


def _plain(value: columns.Value) -> Any:
    """JSON's number: a decimal of so few digits is told as it is."""
    return float(value) if isinstance(value, Decimal) else value
