"""A report: the answers of the ledger put together, line by line, exact. Pure.

How it is shown is the command line's. Sums are kept as fractions, so a total is the exact one, and
its parts, each rounded when it is shown, need not add up to it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from rpafabrik_platform import benefit
from rpafabrik_platform.ledger.answers import Answers, Row
from rpafabrik_platform.ledger.lines import Dimension

_KEYS = {
    Dimension.DEPARTMENT: ("department",),
    Dimension.JOB: ("namespace", "job"),
    Dimension.MONTH: ("month",),
    Dimension.CLASS: ("class",),
}
OUTCOMES = ("completed", "reviewed", "business_exception", "application_exception", "abandoned")


@dataclass(frozen=True, slots=True, kw_only=True)
class RestsOn:
    """A baseline that a figure rests on, and how much of it."""

    basis: str
    period: str | None
    valid_from: str
    source: str | None
    approved_by: str | None
    manual_seconds: int
    per: int
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadTime:
    """From arrival to outcome; percentiles are lead times that there were."""

    items: int
    median_seconds: int
    p90_seconds: int
    with_target: int
    within_target: int
    target_seconds: int | None
    """None: there is none, or more than one."""


@dataclass(slots=True, kw_only=True)
class Line:
    """Everything that is told of one department, job, month or class; or of all of them."""

    key: dict[str, str | None]
    gross: Fraction = Fraction()
    """Seconds, as all times here."""
    person_seconds: int = 0
    planned: Fraction | None = None
    """None: nothing was planned."""
    realised: int = 0
    entries: int = 0
    """Rows of realised benefit."""
    items: dict[str, int] = field(default_factory=lambda: dict.fromkeys(OUTCOMES, 0))
    skipped: int = 0
    runs: int = 0
    successful_runs: int = 0
    eligible: int = 0
    with_target: int = 0
    target_points: int = 0
    lead_time: LeadTime | None = None
    rests_on: list[RestsOn] = field(default_factory=list)
    title: str | None = None

    @property
    def net(self) -> Fraction:
        """Gross less what people spent."""
        return self.gross - self.person_seconds

    @property
    def automation_rate(self) -> Fraction | None:
        """Percent of the eligible items that needed nobody; None where there are none."""
        return Fraction(100 * self.items["completed"], self.eligible) if self.eligible else None

    @property
    def automation_target(self) -> Fraction | None:
        """What was hoped for, each job weighing as much as its items."""
        return Fraction(self.target_points, self.with_target) if self.with_target else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The lines in order of their keys, and all of them together."""

    answers: Answers
    lines: Sequence[Line]
    total: Line


def of(answers: Answers) -> Report:
    """Put the answers together."""
    names = tuple(name for by in answers.question.by for name in _KEYS[by])
    lines: dict[tuple[str, ...], Line] = {}
    total = Line(key={})
    for what, take in _TAKERS.items():
        for row in answers.rows[what]:
            # Percentiles do not add up: of all lines together, they come as a row of their own.
            if row.get("line", 0) is not None:
                take(_line(lines, names, row), row)
            if not row.get("line"):
                take(total, row)
    _name(lines.values(), answers.rows.get("titles", ()))
    total.rests_on = _together(total.rests_on)
    return Report(answers=answers, lines=[lines[key] for key in sorted(lines)], total=total)


def _name(lines: Iterable[Line], titles: Iterable[Row]) -> None:
    known = {(row["namespace"], row["job"]): row["title"] for row in titles}
    for line in lines:
        line.title = known.get((line.key.get("namespace"), line.key.get("job")))


def _line(lines: dict[tuple[str, ...], Line], names: Iterable[str], row: Row) -> Line:
    key = {name: row[name] for name in names}
    # A class that a job never had sorts first.
    return lines.setdefault(tuple(value or "" for value in key.values()), Line(key=key))


def _saved(line: Line, row: Row) -> None:
    line.person_seconds += row["person_seconds"] or 0
    if row["manual_seconds"] is None or not row["units"]:
        return
    group = benefit.Group(manual_seconds=row["manual_seconds"], per=row["per"], units=row["units"])
    line.gross += benefit.gross([group])
    line.rests_on.append(
        RestsOn(
            basis=row["basis"],
            period=row["period"],
            valid_from=str(row["valid_from"]),
            source=row["source"],
            approved_by=row["approved_by"],
            manual_seconds=row["manual_seconds"],
            per=row["per"],
            units=row["units"],
        )
    )


def _items(line: Line, row: Row) -> None:
    for name in OUTCOMES:
        line.items[name] += row[name]
    line.eligible += row["eligible"]
    line.with_target += row["with_target"]
    line.target_points += row["target_points"]


def _runs(line: Line, row: Row) -> None:
    line.runs += row["runs"]
    line.successful_runs += row["successful_runs"]
    line.skipped += row["skipped"]


def _lead_time(line: Line, row: Row) -> None:
    if not row["items"]:
        return
    targets = row["least_target_seconds"], row["greatest_target_seconds"]
    line.lead_time = LeadTime(
        items=row["items"],
        median_seconds=row["median_seconds"],
        p90_seconds=row["p90_seconds"],
        with_target=row["with_target"],
        within_target=row["within_target"],
        target_seconds=targets[0] if targets[0] == targets[1] else None,
    )


def _planned(line: Line, row: Row) -> None:
    seconds = Fraction(row["hours_per_year"] * row["days"] * 3_600, row["days_in_year"])
    line.planned = (line.planned or 0) + seconds


def _realised(line: Line, row: Row) -> None:
    line.realised += row["seconds"]
    line.entries += row["entries"]


_TAKERS = {
    "saved": _saved,
    "items": _items,
    "runs": _runs,
    "lead_time": _lead_time,
    "planned": _planned,
    "realised": _realised,
}


def _together(parts: Iterable[RestsOn]) -> list[RestsOn]:
    """Each baseline once, with all its units."""
    units: Counter[RestsOn] = Counter()
    for part in parts:
        units[replace(part, units=0)] += part.units
    return [replace(part, units=count) for part, count in units.items()]
