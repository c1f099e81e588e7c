"""The two inputs together, read once per process and version of the files.

Every item of a run asks for the same files; reading them anew each time would cost a run of many
centres minutes. Temporal runs activities in threads, so one lock stands before the reading.
"""

import threading
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from robots.kassaavstamning import deposits, reports
from robots.kassaavstamning.deposits import Booking, Deposit
from robots.kassaavstamning.faults import InputError
from robots.kassaavstamning.places import Place

_Version = tuple[tuple[str, int, int], ...]
_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True)
class CentreDay:
    """One centre's day: an item."""

    centre: str
    name: str
    """As the ledger names the centre; empty when it does not."""
    day: date
    reported: dict[str, int]
    """Öre by register."""
    deposits: tuple[Deposit, ...]
    """Those that are booked on the centre or belong to it."""


@dataclass(frozen=True, slots=True)
class Books:
    """Both inputs, checked and laid side by side; ordered by day and centre."""

    days: dict[tuple[date, str], CentreDay]

    def find(self, centre: str, day: date) -> CentreDay:
        """One centre's day. Its absence must never be taken for a day without deposits."""
        found = self.days.get((day, centre))
        if found is None:
            raise InputError(
                "InputChanged",
                f"{centre} on {day} must still be in the cash reports or the ledger, as when "
                "the run began; a file was replaced",
            )
        return found


def books(report_path: Path, ledger_path: Path) -> Books:
    """Both inputs. An `InputError` says what must be put right."""
    if not ledger_path.is_file():
        raise InputError("FileMissing", f"{ledger_path}: must be a SIE 4 file, and there is none")
    report_version, ledger_version = _version(*reports.files(report_path)), _version(ledger_path)
    with _LOCK:
        return _read(report_path, report_version, ledger_path, ledger_version)


def _version(*paths: Path) -> _Version:
    found = ((path, path.stat()) for path in paths)
    return tuple((str(path), stat.st_mtime_ns, stat.st_size) for path, stat in found)


@lru_cache(maxsize=2)
def _read(report_path: Path, _reports: _Version, ledger_path: Path, _ledger: _Version) -> Books:
    reported: defaultdict[date, dict[Place, int]] = defaultdict(dict)
    for report in reports.read(report_path):
        reported[report.day][report.place] = report.amount_ore
    ledger = deposits.read(ledger_path)
    last = max(reported)
    if ledger.generated < last:
        raise InputError(
            "InvalidLedger",
            f"{ledger_path}: #GEN must be {last} or later, the last day with cash reports, and is "
            f"{ledger.generated}; the export is too old to hold the deposits",
        )
    booked: defaultdict[date, list[Booking]] = defaultdict(list)
    for booking in ledger.bookings:
        booked[booking.day].append(booking)
    return Books(
        {
            (centre_day.day, centre_day.centre): centre_day
            for day in sorted(reported)
            for centre_day in _centre_days(day, reported[day], booked[day], ledger.centre_names)
        }
    )


def _centre_days(
    day: date,
    reported: dict[Place, int],
    bookings: list[Booking],
    names: dict[str, str],
) -> list[CentreDay]:
    """Every centre with a report or a deposit, so that a deposit nobody reported is seen too."""
    by_centre: defaultdict[str, list[Deposit]] = defaultdict(list)
    for deposit in deposits.placed(reported, bookings):
        for centre in {deposit.booked_on.centre, deposit.belongs_to.centre}:
            by_centre[centre].append(deposit)
    registers: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for place, amount in reported.items():
        registers[place.centre][place.register] = amount
    return [
        CentreDay(centre, names.get(centre, ""), day, registers[centre], tuple(by_centre[centre]))
        for centre in sorted(registers.keys() | by_centre.keys())
    ]
