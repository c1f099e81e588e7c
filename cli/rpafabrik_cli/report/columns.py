"""What a report shows of a line, column by column: one list for every way of showing it. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from rpafabrik_platform import benefit, report
from rpafabrik_platform.ledger.lines import Dimension

_HOUR = 3_600
_CLASSES = {"Green": "grön", "Yellow": "gul", "Red": "röd"}

Value = str | int | Decimal | None


class Kind(StrEnum):
    """How a value is written."""

    TEXT = "text"
    COUNT = "count"
    HOURS = "hours"
    PERCENT = "percent"
    MONEY = "money"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name for programs, its title for people, and its value."""

    name: str
    title: str
    kind: Kind
    value: Callable[[report.Line], Value]
    least: int = 0
    """Left out where people read, unless the lines have so many different values."""


def columns(by: tuple[Dimension, ...], hourly_rate: Decimal | None) -> list[Column]:
    """The columns of a report."""
    return [column for part in parts(by, hourly_rate).values() for column in part]


def parts(by: tuple[Dimension, ...], hourly_rate: Decimal | None) -> dict[str, list[Column]]:
    """The same, in parts that a terminal is wide enough for. The first tells the lines apart."""
    return {
        "": [*_keys(by)],
        "Timmar": [*_titles(by), *_hours(), *_money(hourly_rate)],
        "Ärenden": [*_items()],
        "Körningar": [*_runs()],
        "Automation och ledtid": [*_rates()],
    }


def rounded(exact: Fraction, decimals: int = 1) -> Decimal:
    """The nearest number of so many decimals, halves up."""
    return Decimal(benefit.half_up(exact * 10**decimals)).scaleb(-decimals)


def _keys(by: tuple[Dimension, ...]) -> Iterator[Column]:
    for dimension in by:
        match dimension:
            case Dimension.DEPARTMENT:
                yield _key("department", "Förvaltning")
            case Dimension.JOB:
                yield _key("namespace", "Namnrymd", least=2)
                yield _key("job", "Jobb")
            case Dimension.MONTH:
                yield _key("month", "Månad")
            case Dimension.CLASS:
                yield Column("class", "Nytta", Kind.TEXT, _class)


def _titles(by: tuple[Dimension, ...]) -> Iterator[Column]:
    if Dimension.JOB in by:
        yield Column("title", "Titel", Kind.TEXT, lambda line: line.title, least=1)


def _hours() -> Iterator[Column]:
    yield Column("planned_hours", "Planerat h", Kind.HOURS, _planned)
    yield Column("gross_hours", "Brutto h", Kind.HOURS, lambda line: _h(line.gross))
    yield Column("net_hours", "Netto h", Kind.HOURS, lambda line: _h(line.net))
    yield Column("realised_hours", "Realiserat h", Kind.HOURS, _realised)


def _money(hourly_rate: Decimal | None) -> Iterator[Column]:
    if hourly_rate is not None:
        rate = Fraction(hourly_rate) / _HOUR
        yield Column("net_kronor", "Netto kr", Kind.MONEY, lambda line: rounded(line.net * rate, 0))


def _items() -> Iterator[Column]:
    titles = {
        "completed": "Klara",
        "reviewed": "Granskade",
        "business_exception": "Undantag",
        "application_exception": "Fel",
        "abandoned": "Avbrutna",
    }
    for name, title in titles.items():
        yield _outcome(name, title)
    yield Column("skipped", "Redan gjorda", Kind.COUNT, lambda line: line.skipped)


def _runs() -> Iterator[Column]:
    yield Column("runs", "Körningar", Kind.COUNT, lambda line: line.runs)
    yield Column("successful_runs", "Lyckade", Kind.COUNT, lambda line: line.successful_runs)


def _rates() -> Iterator[Column]:
    yield Column(
        "automation_rate_percent",
        "Automationsgrad",
        Kind.PERCENT,
        lambda line: _percent(line.automation_rate),
    )
    yield Column(
        "automation_target_percent",
        "Mål",
        Kind.PERCENT,
        lambda line: _percent(line.automation_target),
        least=1,
    )
    yield Column("lead_time_median_hours", "Ledtid h", Kind.HOURS, _median, least=1)
    yield Column("lead_time_p90_hours", "90 % inom h", Kind.HOURS, _p90, least=1)
    yield Column("lead_time_target_hours", "Ledtidsmål h", Kind.HOURS, _target, least=1)
    yield Column("lead_time_within_target_percent", "Inom mål", Kind.PERCENT, _within, least=1)


def _key(name: str, title: str, least: int = 0) -> Column:
    return Column(name, title, Kind.TEXT, lambda line: line.key.get(name), least)


def _outcome(name: str, title: str) -> Column:
    return Column(name, title, Kind.COUNT, lambda line: line.items[name])


def _class(line: report.Line) -> Value:
    return _CLASSES.get(line.key.get("class") or "")


def _planned(line: report.Line) -> Value:
    return None if line.planned is None else _h(line.planned)


def _realised(line: report.Line) -> Value:
    """Nothing where nobody has entered anything: that is not the same as no hours."""
    return _h(Fraction(line.realised)) if line.entries else None


def _median(line: report.Line) -> Value:
    return _h(Fraction(line.lead_time.median_seconds)) if line.lead_time else None


def _p90(line: report.Line) -> Value:
    return _h(Fraction(line.lead_time.p90_seconds)) if line.lead_time else None


def _target(line: report.Line) -> Value:
    target = line.lead_time.target_seconds if line.lead_time else None
    return _h(Fraction(target)) if target is not None else None


def _within(line: report.Line) -> Value:
    lead = line.lead_time
    if lead is None or not lead.with_target:
        return None
    return _percent(Fraction(100 * lead.within_target, lead.with_target))


def _h(seconds: Fraction) -> Decimal:
    return rounded(seconds / _HOUR)


def _percent(exact: Fraction | None) -> Decimal | None:
    return None if exact is None else rounded(exact)
