"""`rpafabrik report`: asks the ledger, and shows what it says as it is wanted."""

import io
import json
import sys
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console

from rpafabrik_cli import consoles, failures, ledgers
from rpafabrik_cli.report import columns, documents, table
from rpafabrik_cli.report.formats import Format
from rpafabrik_platform import report
from rpafabrik_platform.ledger.lines import Dimension
from rpafabrik_platform.ledger.scope import Scope

_ZONE = ZoneInfo("Europe/Stockholm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The command line."""

    ledger: str
    by: tuple[Dimension, ...]
    scope: Scope
    format: Format
    file: Path | None
    explain: bool
    hourly_rate: Decimal | None


def run(options: Options) -> None:
    """Show the report."""
    _check(options)
    today = datetime.now(_ZONE).date()
    with ledgers.opened(options.ledger) as ledger:
        told = report.of(ledger.answers(options.by, options.scope, today))
    shown = columns.columns(options.by, options.hourly_rate)
    match options.format:
        case Format.TABLE:
            _print(told, options)
        case Format.CSV:
            _write(documents.as_csv(told, shown).encode(), options.file)
        case Format.JSON:
            document = documents.as_json(told, shown, explain=options.explain)
            _write(f"{json.dumps(document, ensure_ascii=False, indent=2)}\n".encode(), options.file)
        case Format.EXCEL:
            _write(documents.as_excel(told, shown), options.file)


def rate(text: str | None) -> Decimal | None:
    """An hourly rate as it is given; a comma is a decimal point."""
    if text is None:
        return None
    try:
        given = Decimal(text.replace(",", "."))
    except InvalidOperation:
        given = Decimal("NaN")
    if not given.is_finite() or given <= 0:
        raise failures.WrongUse(f"--hourly-rate must be a number above 0, and is {text!r}")
    return given


def _check(options: Options) -> None:
    scope = options.scope
    if scope.first and scope.last and scope.first > scope.last:
        raise failures.WrongUse("--from must not be after --to")
    if len(set(options.by)) < len(options.by):
        raise failures.WrongUse("--by must name each of them once")
    if options.format is Format.EXCEL and options.file is None:
        raise failures.WrongUse("-o excel must have --file: a workbook is no text")
    if options.explain and options.format not in {Format.TABLE, Format.JSON}:
        raise failures.WrongUse("--explain must go with -o table or json")


def _print(told: report.Report, options: Options) -> None:
    if options.file is None:
        _tell(consoles.plain(), told, options)
        return
    text = io.StringIO()
    _tell(consoles.plain(text), told, options)
    _write(text.getvalue().encode(), options.file)


def _tell(console: Console, told: report.Report, options: Options) -> None:
    shown = table.tables(told, columns.parts(options.by, options.hourly_rate))
    # Figures are never cut: where not even they have room, it is the terminal that breaks lines.
    console.print(shown, crop=False)
    if options.explain:
        for part in table.explanation(told):
            # As it is: a statement that is broken at the terminal's edge could not be pasted.
            console.print(part, soft_wrap=True)


def _write(content: bytes, file: Path | None) -> None:
    if file is None:
        sys.stdout.buffer.write(content)
        return
    try:
        file.write_bytes(content)
    except OSError as error:
        raise failures.WrongUse(
            f"--file {file} must be a file that can be written: {error.strerror}"
        ) from error
