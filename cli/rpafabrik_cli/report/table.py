"""A report as people read it: a table with Swedish titles and decimal commas. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from rpafabrik_cli.report import columns, figures
from rpafabrik_platform.report import Line, Report

_NOTE = (
    "Timmar är summor av exakta bråk ur liggaren, avrundade en gång när de visas: rader som"
    " avrundats var för sig behöver inte gå ihop med summan."
)
_NO_SPLIT = "\N{NO-BREAK SPACE}"


def tables(report: Report, parts: Mapping[str, Sequence[columns.Column]]) -> RenderableType:
    """The lines, part by part, each with all of them together, and how to read them."""
    keys, *titled = parts.items()
    known = [column for column in keys[1] if _is_told(column, report)]
    made = [
        _table(title, known, [one for one in part if _is_told(one, report)], report)
        for title, part in titled
    ]
    return Group(*made, *(Text(note, style="dim") for note in _notes(report)))


def _table(
    title: str,
    keys: Sequence[columns.Column],
    values: Sequence[columns.Column],
    report: Report,
) -> RenderableType:
    made = Table(
        title=title,
        title_justify="left",
        show_footer=True,
        box=box.SIMPLE,
        pad_edge=False,
        collapse_padding=True,
    )
    for place, column in enumerate(keys):
        made.add_column(column.title, "" if place else "Summa", overflow="fold")
    for column in values:
        if column.kind is columns.Kind.TEXT:
            made.add_column(column.title, overflow="fold")
            continue
        last = written(column, report.total)
        figures = (last, *(written(column, line) for line in report.lines))
        # Rich breaks at no-break spaces too, and cuts what it may not break.
        widest = max(map(len, figures))
        made.add_column(column.title, last, justify="right", no_wrap=True, min_width=widest)
    for line in report.lines:
        cells = (written(column, line) for column in (*keys, *values))
        made.add_row(*map(Text, cells))  # no markup
    return made


def _is_told(column: columns.Column, report: Report) -> bool:
    values = {column.value(line) for line in report.lines} - {None}
    return len(values) >= column.least


def written(column: columns.Column, line: Line) -> str:
    """A value as Swedish people write it: 2 100,0."""
    value = column.value(line)
    if value is None:
        return ""
    if column.kind is columns.Kind.TEXT:
        return str(value)
    number = f"{value:,f}" if not isinstance(value, int) else f"{value:,}"
    number = number.replace(",", _NO_SPLIT).replace(".", ",")
    return f"{number}{_NO_SPLIT}%" if column.kind is columns.Kind.PERCENT else number


def explanation(report: Report) -> Iterator[RenderableType]:
    """The SQL behind every figure."""
    for name, sql in report.answers.sql.items():
        yield Text(f"\n-- {figures.TITLES[name]}", style="bold")
        for line in figures.MEANINGS[name].splitlines():
            yield Text(f"-- {line}", style="dim")
        yield Text(f"{sql};")


def _notes(report: Report) -> Iterator[str]:
    question = report.answers.question
    if not report.lines:
        yield "Liggaren har ingenting för det urvalet."
    yield f"Från {question.first} till och med {question.last}. {_NOTE}"
