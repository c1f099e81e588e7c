"""Deposits: which transactions of the ledger they are, and whose they are.

A deposit is a transaction on `ACCOUNT` that names a centre and a register; its own date is the day
whose cash it is. A booking and its reversal cancel each other. Whether a deposit agrees with the
cash report is decided in `comparison`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from robots.kassaavstamning import places, sie
from robots.kassaavstamning.faults import InputError
from robots.kassaavstamning.places import Place

ACCOUNT = "1930"
"""The bank account that cash is deposited into (BAS: Företagskonto)."""
CENTRE_DIMENSION = "1"
"""Kostnadsställe, as the SIE standard reserves it."""
REGISTER_DIMENSION = "20"
"""Kassa: the first dimension that the standard leaves free."""

ROUNDING_ORE = 100
"""A difference below one krona is öresavrundning. Cash has no coins below one krona, so a deposit
is rounded by at most 50 öre; a register that deposits twice a day may be rounded twice."""


@dataclass(frozen=True, slots=True)
class Booking:
    """A transaction on the account, where the ledger has it."""

    day: date
    place: Place
    amount_ore: int
    voucher: str


@dataclass(frozen=True, slots=True)
class Deposit:
    """A booking that stands, and the register it belongs to."""

    amount_ore: int
    voucher: str
    booked_on: Place
    belongs_to: Place


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the economy system's export says of deposits."""

    generated: date
    centre_names: dict[str, str]
    bookings: tuple[Booking, ...]


def read(path: Path) -> Ledger:
    """The deposits in a SIE 4 export."""
    try:
        export = sie.parse(path.read_bytes())
        bookings = tuple(_bookings(export))
    except OSError as error:
        raise InputError("FileMissing", f"{path}: must be a SIE 4 file that can be read") from error
    except ValueError as error:
        raise InputError("InvalidLedger", f"{path}: {error}") from error
    if REGISTER_DIMENSION not in export.dimensions:
        raise InputError(
            "InvalidLedger",
            f'{path}: must declare the registers, as #DIM {REGISTER_DIMENSION} "Kassa"',
        )
    names = {
        number: name
        for (dimension, number), name in export.object_names.items()
        if dimension == CENTRE_DIMENSION
    }
    return Ledger(export.generated, names, bookings)


def _bookings(export: sie.Export) -> Iterable[Booking]:
    for voucher in export.vouchers:
        for transaction in voucher.transactions:
            centre = transaction.objects.get(CENTRE_DIMENSION)
            register = transaction.objects.get(REGISTER_DIMENSION)
            if transaction.account == ACCOUNT and centre and register:
                try:
                    place = Place(places.code(centre), places.code(register))
                except ValueError as error:
                    raise ValueError(
                        f"voucher {voucher.name}: a centre or register {error}"
                    ) from None
                yield Booking(transaction.day, place, transaction.amount_ore, voucher.name)


def placed(reported: Mapping[Place, int], bookings: Iterable[Booking]) -> tuple[Deposit, ...]:
    """The deposits of one day, each with the register it belongs to.

    A deposit belongs where it is booked, unless exactly one register of another centre lacks a
    deposit of exactly that amount, and no other deposit would fit it. Two that fit are a guess,
    and guessing is left to people.
    """
    standing = {place: _standing(here) for place, here in _by_place(bookings).items()}
    lacking = [
        place
        for place, amount in reported.items()
        if amount >= ROUNDING_ORE and not standing.get(place)
    ]
    astray = [
        booking
        for place, here in standing.items()
        for booking in _astray(here, reported.get(place, 0))
    ]
    lacked = Counter(reported[place] for place in lacking)
    found = Counter(booking.amount_ore for booking in astray)
    sole = {reported[place]: place for place in lacking if lacked[reported[place]] == 1}
    owners = {
        booking: sole[booking.amount_ore]
        for booking in astray
        if booking.amount_ore in sole
        and found[booking.amount_ore] == 1
        and sole[booking.amount_ore].centre != booking.place.centre
    }
    return tuple(
        Deposit(booking.amount_ore, booking.voucher, place, owners.get(booking, place))
        for place in sorted(standing)
        for booking in standing[place]
    )


def _standing(bookings: Sequence[Booking]) -> list[Booking]:
    """The bookings less each reversal and what it reverses."""
    standing = [booking for booking in bookings if booking.amount_ore > 0]
    for reversal in (booking for booking in bookings if booking.amount_ore < 0):
        for booking in standing:
            if booking.amount_ore == -reversal.amount_ore:
                standing.remove(booking)
                break
        else:
            standing.append(reversal)
    return standing


def _astray(bookings: Sequence[Booking], reported: int) -> list[Booking]:
    """Those that the register's own report does not explain."""
    if abs(sum(booking.amount_ore for booking in bookings) - reported) < ROUNDING_ORE:
        return []
    return [booking for booking in bookings if abs(booking.amount_ore - reported) >= ROUNDING_ORE]


def _by_place(bookings: Iterable[Booking]) -> dict[Place, list[Booking]]:
    grouped: defaultdict[Place, list[Booking]] = defaultdict(list)
    for booking in bookings:
        grouped[booking.place].append(booking)
    return grouped
