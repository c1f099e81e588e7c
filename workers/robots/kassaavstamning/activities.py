"""The digital worker's activities: wiring between the platform and the modules beside this one.

One item is one care centre's day. Input files are wrong for good until somebody mends them, so
their errors are not retried. Amounts cross the border as whole öre.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from temporalio import activity

from robots.kassaavstamning import comparison, inputs, results, wording, workbook
from robots.kassaavstamning.comparison import Comparison
from robots.kassaavstamning.deposits import Deposit
from robots.kassaavstamning.faults import InputError
from robots.kassaavstamning.results import Line
from rpafabrik import ApplicationError, BusinessError, Page, SourceRequest

PAGE_SIZE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where the two inputs are: cash reports (CSV file or folder) and ledger (SIE 4 file)."""

    reports: str
    ledger: str

    def books(self) -> inputs.Books:
        """Both, checked."""
        with _final_input_errors():
            return inputs.books(Path(self.reports), Path(self.ledger))


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterReport:
    """What one register reported."""

    register: str
    amount_ore: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One care centre's day."""

    centre: str
    name: str
    date: date
    registers: list[RegisterReport]


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositsWanted(Sources):
    """Whose deposits are asked for."""

    centre: str
    date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositsFound:
    """Those that are booked on the centre, or belong to it."""

    deposits: list[Deposit]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToCompare:
    """An item, its deposits, and the folder where what is found is kept."""

    item: Item
    deposits: list[Deposit]
    output: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """How many registers there were, and how many öre lawful rounding came to."""

    registers: int
    rounding_ore: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ToWrite(Sources):
    """Whose reconciliation file is asked for, and the folder it goes into."""

    output: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written: one file per day."""

    files: list[str]


@activity.defn
def list_cash_reports(request: SourceRequest[Sources]) -> Page[Item]:
    """List every centre's day in the inputs, once both are known to be sound."""
    days = [
        day
        for day in request.input.books().days.values()
        if request.cursor is None or _cursor(day) > request.cursor
    ]
    items = [
        Item(
            centre=day.centre,
            name=day.name,
            date=day.day,
            registers=[
                RegisterReport(register=register, amount_ore=amount)
                for register, amount in sorted(day.reported.items())
            ],
        )
        for day in days[:PAGE_SIZE]
    ]
    return Page(items, _cursor(days[PAGE_SIZE - 1]) if len(days) > PAGE_SIZE else None)


@activity.defn
def fetch_deposits(wanted: DepositsWanted) -> DepositsFound:
    """Find the deposits that concern a centre's day."""
    books = wanted.books()
    with _final_input_errors():
        day = books.find(wanted.centre, wanted.date)
    return DepositsFound(deposits=list(day.deposits))


@activity.defn
def compare(work: ToCompare) -> Compared:
    """Compare a centre's registers, keep what was found, and raise what a person must see."""
    item = work.item
    reported = {each.register: each.amount_ore for each in item.registers}
    found = comparison.compare(item.centre, reported, work.deposits)
    lines = tuple(_line(item, register) for register in found)
    results.keep(Path(work.output), item.centre, item.date, lines)
    gravest = comparison.gravest(found)
    if gravest.needs_a_person:
        raise BusinessError(wording.message(item.centre, item.date, found), code=gravest.value)
    return Compared(
        registers=len(found), rounding_ore=sum(register.difference_ore for register in found)
    )


@activity.defn
def write_reconciliation(wanted: ToWrite) -> Written:
    """Write one reconciliation file per day, of what was found and what was never compared."""
    output = Path(wanted.output)
    lines: dict[date, list[Line]] = {}
    for day in wanted.books().days.values():
        found = results.kept(output, day.centre, day.day)
        lines.setdefault(day.day, []).extend(_not_compared(day) if found is None else found)
    files = []
    for when, those in lines.items():
        path = output / f"kassaavstamning-{when}.xlsx"
        results.write_whole(path, workbook.build(when, those))
        files.append(str(path))
    return Written(files=files)


@contextmanager
def _final_input_errors() -> Iterator[None]:
    """Another try would read the same files: only a person can mend them."""
    try:
        yield
    except InputError as error:
        raise ApplicationError(str(error), code=error.code, retryable=False) from error


def _cursor(day: inputs.CentreDay) -> str:
    """A place in the order of items that stands even when the files change between pages."""
    return f"{day.day}/{day.centre}"


def _line(item: Item, register: Comparison) -> Line:
    return Line(
        day=item.date.isoformat(),
        centre=item.centre,
        name=item.name,
        register=register.place.register,
        reported_ore=register.reported_ore,
        booked_ore=register.booked_ore,
        difference=register.difference.value,
        vouchers=", ".join(deposit.voucher for deposit in register.deposits),
        remark=wording.remark(register),
    )


def _not_compared(day: inputs.CentreDay) -> list[Line]:
    return [
        Line(
            day=day.day.isoformat(),
            centre=day.centre,
            name=day.name,
            register=register.place.register,
            reported_ore=register.reported_ore,
            booked_ore=None,
            difference=None,
            vouchers="",
            remark=wording.NOT_COMPARED_REMARK,
        )
        for register in comparison.compare(day.centre, day.reported, day.deposits)
    ]
