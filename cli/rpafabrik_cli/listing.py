"""Lists on standard output: a table for people, CSV and JSON for programs."""

import csv
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import typer
from rich.table import Table
from rich.text import Text

from rpafabrik_cli import consoles

_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Form(Generic[_Row]):
    """How rows of a kind are told."""

    document: Callable[[_Row], dict[str, Any]]
    """What JSON tells of a row."""
    columns: tuple[str, ...]
    """Which fields of that CSV tells."""
    headings: tuple[str, ...]
    cells: Callable[[_Row], Sequence[str | None]]
    """What the table tells, under its headings."""


def asked_for(limit: int | None) -> int | None:
    """How many to ask for, so that it is seen whether there are more than the limit."""
    return limit + 1 if limit is not None else None


def tell(found: Sequence[_Row], form: Form[_Row], limit: int | None, output: str) -> None:
    """Write rows on standard output up to the limit, and on standard error that there are more."""
    shown = found[:limit]
    match output:
        case "json":
            documents = [form.document(one) for one in shown]
            typer.echo(json.dumps(documents, indent=2, ensure_ascii=False))
        case "csv":
            writer = csv.DictWriter(
                sys.stdout, form.columns, lineterminator="\n", extrasaction="ignore"
            )
            writer.writeheader()
            for one in shown:
                told = form.document(one).items()
                writer.writerow({name: _in_csv(value) for name, value in told})
        case _:
            consoles.plain().print(_table(shown, form))
    if len(found) > len(shown):
        typer.echo(f"There are more than {limit}; --limit 0 lists all of them.", err=True)


def _in_csv(value: Any) -> Any:
    """A list with a space between its parts, and truth by its JSON word."""
    match value:
        case list():
            return " ".join(value)
        case bool():
            return json.dumps(value)
        case _:
            return value


def _table(shown: Sequence[_Row], form: Form[_Row]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in form.headings:
        table.add_column(name, overflow="fold")
    for one in shown:
        table.add_row(*(Text(cell or "") for cell in form.cells(one)))  # no markup
    return table
