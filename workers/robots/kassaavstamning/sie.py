"""SIE 4 export files (type 4E): vouchers, their transactions, and the names of objects.

Follows SIE 4B (2008-09-30) as far as a reader of vouchers needs: unknown labels and further
fields are ignored (§7.1, §7.3), `#RTRANS` and `#BTRANS` tell history and are ignored (§11), every
voucher must sum to zero. The text of the file lives in `sie_records`; which transactions are
deposits is decided in `deposits`.
"""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from robots.kassaavstamning import money, sie_records
from robots.kassaavstamning.sie_records import Field, Record


@dataclass(frozen=True, slots=True)
class Transaction:
    """One `#TRANS`: an amount on an account, for the objects it concerns."""

    account: str
    objects: dict[str, str]
    """Object by dimension number."""
    amount_ore: int
    """Debit is positive."""
    day: date
    """The transaction's own date, or the voucher's."""


@dataclass(frozen=True, slots=True)
class Voucher:
    """One `#VER` with its transactions."""

    series: str
    number: str
    day: date
    text: str
    transactions: tuple[Transaction, ...]

    @property
    def name(self) -> str:
        """As bookkeepers name it: K 17."""
        return f"{self.series} {self.number}".strip()


@dataclass(frozen=True, slots=True)
class Export:
    """What a reader of vouchers needs from the file."""

    generated: date
    dimensions: frozenset[str]
    object_names: dict[tuple[str, str], str]
    """By dimension and object number."""
    vouchers: tuple[Voucher, ...]


def parse(content: bytes) -> Export:
    """The export in `content`; a `ValueError` says the line, the voucher and what must be."""
    reader = _Reader()
    source = sie_records.records(content)
    for record in source:
        reader.read(record, source)
    return reader.export()


@dataclass(slots=True)
class _Reader:
    """Gathers what the records say."""

    heads: dict[str, str] = field(default_factory=dict)
    dimensions: set[str] = field(default_factory=set)
    object_names: dict[tuple[str, str], str] = field(default_factory=dict)
    vouchers: list[Voucher] = field(default_factory=list)

    def read(self, record: Record, rest: Iterator[Record]) -> None:
        match record.label:
            case "#FORMAT" | "#SIETYP" | "#GEN":
                self.heads[record.label] = _text(record, 0, "a value")
            case "#DIM" | "#UNDERDIM":
                self.dimensions.add(_text(record, 0, "the number of the dimension"))
            case "#OBJEKT":
                dimension = _text(record, 0, "the number of the dimension")
                number = _text(record, 1, "the number of the object")
                self.object_names[dimension, number] = _optional(record, 2)
            case "#VER":
                self.vouchers.append(_voucher(record, rest))
            case "#TRANS" | "{" | "}":
                raise ValueError(f"line {record.line}: {record.label} must stand within a #VER")
            case _:
                pass

    def export(self) -> Export:
        _require(self.heads, "#FORMAT", "PC8")
        _require(self.heads, "#SIETYP", "4")
        if "#GEN" not in self.heads:
            raise ValueError("must have a #GEN record: the day on which the file was written")
        return Export(
            generated=_day(self.heads["#GEN"], "#GEN"),
            dimensions=frozenset(self.dimensions),
            object_names=self.object_names,
            vouchers=tuple(self.vouchers),
        )


def _voucher(record: Record, rest: Iterator[Record]) -> Voucher:
    series, number = _optional(record, 0), _optional(record, 1)
    name = f"voucher {series} {number}".rstrip()
    where = f"line {record.line}, {name}"
    day = _day(_text(record, 2, "the voucher's date"), where)
    if (opening := next(rest, None)) is None or opening.label != "{":
        raise ValueError(f"{where}: must be followed by its transactions within braces")
    transactions: list[Transaction] = []
    for inner in rest:
        match inner.label:
            case "}":
                _require_balance(where, transactions)
                return Voucher(series, number, day, _optional(record, 3), tuple(transactions))
            case "#TRANS":
                transactions.append(_transaction(inner, name, day))
            case "#VER" | "{":
                raise ValueError(f"line {inner.line}: {name} must end with a closing brace first")
            case _:
                pass
    raise ValueError(f"{where}: must end with a closing brace; the file is cut short")


def _transaction(record: Record, voucher: str, voucher_day: date) -> Transaction:
    where = f"line {record.line}, {voucher}"
    account = _text(record, 0, "the account")
    objects = record.fields[1] if len(record.fields) > 1 else ""
    if isinstance(objects, str) or len(objects) % 2:
        raise ValueError(f"{where}: must have an object list of pairs, such as {{1 VC001}} or {{}}")
    try:
        amount = money.parse(_text(record, 2, "the amount"), ".")
    except ValueError as error:
        raise ValueError(f"{where}: the amount {error}") from error
    own_day = _optional(record, 3)
    day = _day(own_day, where) if own_day else voucher_day
    return Transaction(account, dict(zip(objects[::2], objects[1::2], strict=True)), amount, day)


def _require_balance(where: str, transactions: list[Transaction]) -> None:
    total = sum(transaction.amount_ore for transaction in transactions)
    if total:
        raise ValueError(
            f"{where}: its {len(transactions)} transactions must sum to 0.00, and sum to "
            f"{money.plain(total, '.')}"
        )


def _require(heads: dict[str, str], label: str, value: str) -> None:
    if label not in heads:
        raise ValueError(f"must have the record {label} {value}")
    if heads[label] != value:
        raise ValueError(f"{label} must be {value}, and is {heads[label]!r}")


def _text(record: Record, index: int, meaning: str) -> str:
    value = _optional(record, index)
    if not value:
        raise ValueError(f"line {record.line}: {record.label} must give {meaning}")
    return value


def _optional(record: Record, index: int) -> str:
    value: Field = record.fields[index] if index < len(record.fields) else ""
    if isinstance(value, tuple):
        raise ValueError(  # noqa: TRY004 - the file is wrong, not the caller
            f"line {record.line}: field {index + 1} of {record.label} must not be an object list"
        )
    return value


def _day(text: str, where: str) -> date:
    if re.fullmatch(r"[0-9]{8}", text):
        with contextlib.suppress(ValueError):
            return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    raise ValueError(f"{where}: a date must be written YYYYMMDD")
