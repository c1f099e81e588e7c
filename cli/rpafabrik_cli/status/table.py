"""The health of a factory as people read it: what is unwell first, then everything. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from rpafabrik_api import contract, reports
from rpafabrik_cli.status import times, view
from rpafabrik_cli.status.view import Health, Level

_STYLES = {Level.UNWELL: "red", Level.ATTENTION: "yellow", Level.WELL: "green"}
_TITLES = {Level.UNWELL: "Unwell", Level.ATTENTION: "Attention"}


def health(shown: Health) -> RenderableType:
    """Everything."""
    return Group(*_parts(shown))


def _parts(shown: Health) -> Iterator[RenderableType]:
    yield _heading(shown)
    for level in _TITLES:
        yield from _troubles(shown, level)
    yield from _table("System", ("Message",), [_system(one) for one in shown.systems])
    yield from _table("Robot", ("Pods", "Asks for work"), [_robot(one) for one in shown.robots])
    columns = ("Last run", "Next run", "Saved h")
    yield from _table("Job", columns, [_job(one, shown.now) for one in shown.jobs])
    columns = ("Started", "Items", "Exceptions")
    yield from _table("Run under way", columns, [_run(one, shown.now) for one in shown.runs])


def _heading(shown: Health) -> Text:
    unwell = [kind for kind, row in shown.rows() if row.level == Level.UNWELL]
    counted = ", ".join(_count(unwell.count(kind), kind) for kind in dict.fromkeys(unwell))
    seconds = sum(job.saved_seconds for job in shown.jobs)
    saved = reports.saved(contract.Saved(net_seconds=seconds)).hours
    told = (
        shown.where,
        shown.now.strftime("%Y-%m-%d %H:%M:%S"),
        _count(len(shown.jobs), "job"),
        _count(len(shown.robots), "robot"),
        f"{_count(len(shown.runs), 'run')} under way",
        f"{saved} h saved",
    )
    word = (f"Unwell: {counted}", "bold red") if unwell else ("Well", "bold green")
    if not unwell and not shown.jobs:  # in the wrong namespace, say, nothing is known to be well
        word = ("No job is here", "bold yellow")
    return Text.assemble(word, "\n", (", ".join(told), "dim"), "\n")


def _troubles(shown: Health, level: Level) -> Iterator[RenderableType]:
    found = [
        (kind, row, trouble)
        for kind, row in shown.rows()
        for trouble in row.troubles
        if trouble.level == level
    ]
    if not found:
        return
    yield Text(_TITLES[level], style=f"bold {_STYLES[level]}")
    for kind, row, trouble in found:
        since = f", {times.told(trouble.since, shown.now)}" if trouble.since else ""
        yield Text.assemble(
            f"  {kind} ", (row.key, "bold"), ": ", (trouble.reason, _STYLES[level]), since
        )
        if trouble.message:
            yield Text(f"    {trouble.message}")
        yield Text(f"    → {trouble.remedy}", style="cyan")
    yield Text()


_Cells = tuple[view.Row, Sequence[str]]
"""A row, and its cells after name and state."""


def _table(title: str, columns: Sequence[str], rows: Sequence[_Cells]) -> Iterator[RenderableType]:
    if not rows:
        return
    made = Table(box=None, pad_edge=False)
    for name in (title, "State"):
        made.add_column(name, overflow="fold", no_wrap=True)
    for name in columns:
        made.add_column(name, overflow="fold")
    for row, cells in rows:
        made.add_row(Text(row.key), Text(row.state, _STYLES[row.level]), *map(Text, cells))
    yield made
    yield Text()


def _system(row: view.System) -> _Cells:
    return row, (row.message or "".join(one.message for one in row.troubles[:1]),)


def _robot(row: view.Robot) -> _Cells:
    pods = "" if row.wanted is None else f"{row.ready} of {row.wanted}"
    if row.polling is not None:
        return row, (pods, str(row.polling))
    return row, (pods, {True: "yes", False: "no", None: "?"}[row.answers])


def _job(row: view.Job, now: datetime) -> _Cells:
    last = f"{row.last.result} {times.told(row.last.ended, now)}" if row.last else "none"
    coming = times.told(row.next_run, now) if row.next_run else "none"
    return row, (last, coming, row.saved_hours)


def _run(row: view.Run, now: datetime) -> _Cells:
    started = times.told(row.started, now) if row.started else ""
    items = "?" if row.done is None else f"{row.done} of {row.listed}"
    return row, (started, items, "?" if row.exceptions is None else str(row.exceptions))


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' if number != 1 else ''}"
