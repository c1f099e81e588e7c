"""The reconciliation file: one day's lines as an Excel workbook, in Swedish.

The same lines give the same bytes, so a repeated completion changes nothing. Amounts are numbers
with two decimals. Nothing is compared here.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from robots.kassaavstamning import money, wording
from robots.kassaavstamning.comparison import Difference
from robots.kassaavstamning.results import Line

SUMMARY, DIFFERENCES, REGISTERS = "Sammanfattning", "Avvikelser", "Alla kassor"

_HEADINGS = {
    "Datum": 12,
    "Vårdcentral": 13,
    "Namn": 24,
    "Kassa": 8,
    "Rapporterat (kr)": 17,
    "Bokfört (kr)": 15,
    "Differens (kr)": 15,
    "Bedömning": 19,
    "Verifikationer": 30,
    "Att göra": 100,
}
"""Each column and its width."""
_KRONOR = "#,##0.00"
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip archive can hold."""

Value = str | int | Decimal | date | None


def build(day: date, lines: Sequence[Line]) -> bytes:
    """The workbook for one day; lines come in the order they are given."""
    book = Workbook()
    book.properties.creator = "rpafabrik"
    book.properties.created = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - Office dates have no zone
    summary = book.active
    if not isinstance(summary, Worksheet):
        raise TypeError("a new workbook must have a worksheet")
    summary.title = SUMMARY
    _summarise(summary, day, lines)
    _list(book.create_sheet(DIFFERENCES), [line for line in lines if _differs(line)])
    _list(book.create_sheet(REGISTERS), lines)
    saved = io.BytesIO()
    book.save(saved)
    return _without_clock(saved.getvalue())


def _differs(line: Line) -> bool:
    return line.difference is None or Difference(line.difference).needs_a_person


def _label(line: Line) -> str:
    if line.difference is None:
        return wording.NOT_COMPARED
    return wording.LABELS[Difference(line.difference)]


def _list(sheet: Worksheet, lines: Iterable[Line]) -> None:
    _append(sheet, list(_HEADINGS), bold=True)
    for line in lines:
        _append(
            sheet,
            [
                date.fromisoformat(line.day),
                line.centre,
                line.name,
                line.register,
                _kronor(line.reported_ore),
                _kronor(line.booked_ore),
                _kronor(_difference_ore(line)),
                _label(line),
                line.vouchers,
                line.remark,
            ],
        )
    _widen(sheet, _HEADINGS.values())
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions


def _summarise(sheet: Worksheet, day: date, lines: Sequence[Line]) -> None:
    totals: list[tuple[str, Value]] = [
        ("Vårdcentraler", len({line.centre for line in lines})),
        ("Kassor", len(lines)),
        ("Rapporterat (kr)", money.decimal(sum(line.reported_ore or 0 for line in lines))),
        ("Bokfört (kr)", money.decimal(sum(line.booked_ore or 0 for line in lines))),
        ("Differens (kr)", money.decimal(sum(_difference_ore(line) or 0 for line in lines))),
    ]
    _append(sheet, [f"Kassaavstämning {day}"], bold=True)
    for name, value in totals:
        _append(sheet, [name, value])
    _append(sheet, [])
    _append(sheet, ["Bedömning", "Kassor", "Differens (kr)"], bold=True)
    for label in [*wording.LABELS.values(), wording.NOT_COMPARED]:
        found = [line for line in lines if _label(line) == label]
        differences = (_difference_ore(line) or 0 for line in found)
        _append(sheet, [label, len(found), money.decimal(sum(differences))])
    _widen(sheet, (28, 18, 18))


def _difference_ore(line: Line) -> int | None:
    return None if line.booked_ore is None else line.booked_ore - (line.reported_ore or 0)


def _kronor(ore: int | None) -> Decimal | None:
    return None if ore is None else money.decimal(ore)


def _append(sheet: Worksheet, values: Sequence[Value], *, bold: bool = False) -> None:
    sheet.append(list(values))
    # openpyxl counts an empty row too, but max_row sees only cells.
    for cell in sheet[sheet.max_row] if values else ():
        if isinstance(cell.value, Decimal):
            cell.number_format = _KRONOR
        elif isinstance(cell.value, date):
            cell.number_format = "yyyy-mm-dd"
        elif isinstance(cell.value, str):
            cell.data_type = "s"  # never a formula, whatever a name begins with
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        if bold:
            cell.font = Font(bold=True)
            cell.fill = PatternFill("solid", fgColor="FFDCE6F1")


def _widen(sheet: Worksheet, widths: Iterable[int]) -> None:
    for index, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(index)].width = width


def _without_clock(workbook: bytes) -> bytes:
    """The same workbook without the time at which it happened to be written."""
    stable = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook)) as source,
        zipfile.ZipFile(stable, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"<dcterms:modified.*?</dcterms:modified>", b"", content)
            target.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return stable.getvalue()
