"""Writes example data: cash reports, the ledger's export and the answer key, from a seed.

    python -m robots.kassaavstamning.generate OUT [--seed N] [--centres N] [--days N]

The same arguments give the same bytes. All of it is invented.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path

from robots.kassaavstamning import money, scenario, sie_writer
from robots.kassaavstamning.deposits import ACCOUNT, CENTRE_DIMENSION, REGISTER_DIMENSION
from robots.kassaavstamning.scenario import Scenario
from robots.kassaavstamning.sie import Export, Transaction, Voucher

DEFAULT_SEED = 47
REPORTS, LEDGER, KEY = "kassarapporter", "bokforing.se", "facit.csv"

_ACCOUNTS = {"1910": "Kassa", ACCOUNT: "Bank", "2440": "Leverantörsskulder"}
_DIMENSIONS = {CENTRE_DIMENSION: "Vårdcentral", REGISTER_DIMENSION: "Kassa"}


def write(output: Path, seed: int = DEFAULT_SEED, centres: int = 149, days: int = 1) -> None:
    """Write one CSV file of cash reports per day, the ledger's export, and the answer key."""
    scenarios = scenario.days(seed, centres, days)
    (output / REPORTS).mkdir(parents=True, exist_ok=True)
    for day, of_day in groupby(scenarios, key=lambda each: each.day):
        _write_lines(output / REPORTS / f"{day}.csv", _reports(list(of_day)))
    (output / LEDGER).write_bytes(_ledger(scenarios))
    _write_lines(output / KEY, _key(scenarios))


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("output", type=Path, help="folder to write into")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
    parser.add_argument("--centres", type=int, default=149, help="how many care centres")
    parser.add_argument("--days", type=int, default=1, help="how many working days")
    given = parser.parse_args(arguments)
    write(given.output, given.seed, given.centres, given.days)
    sys.stdout.write(f"Wrote {REPORTS}, {LEDGER} and {KEY} into {given.output}\n")


def _reports(scenarios: Sequence[Scenario]) -> list[str]:
    return [
        "datum;vardcentral;kassa;belopp",
        *(
            f"{each.day};{each.place.centre};{each.place.register};"
            f"{money.plain(each.reported_ore, ',')}"
            for each in scenarios
        ),
    ]


def _key(scenarios: Sequence[Scenario]) -> list[str]:
    return [
        "datum;vardcentral;kassa;klass;differens_ore",
        *(
            f"{each.day};{each.place.centre};{each.place.register};"
            f"{each.difference};{each.difference_ore}"
            for each in scenarios
        ),
    ]


def _ledger(scenarios: Sequence[Scenario]) -> bytes:
    places = sorted({each.place for each in scenarios})
    centres = {
        (CENTRE_DIMENSION, place.centre): f"Vårdcentral {place.centre.removeprefix('VC')}"
        for place in places
    }
    registers = {
        (REGISTER_DIMENSION, place.register): f"Kassa {place.register}" for place in places
    }
    export = Export(
        generated=scenarios[-1].day + timedelta(days=1),
        dimensions=frozenset(_DIMENSIONS),
        object_names=centres | registers,
        vouchers=(*_supplier_payments(scenarios), *_deposits(scenarios)),
    )
    return sie_writer.write(export, "Regionen Exempel", _ACCOUNTS, _DIMENSIONS)


def _deposits(scenarios: Sequence[Scenario]) -> list[Voucher]:
    """Booked the day after; the transactions carry the day whose cash it is."""
    vouchers: list[Voucher] = []
    for each in scenarios:
        for entry in each.booked:
            objects = {
                CENTRE_DIMENSION: entry.place.centre,
                REGISTER_DIMENSION: entry.place.register,
            }
            rows = (
                Transaction(ACCOUNT, objects, entry.amount_ore, each.day),
                Transaction("1910", objects, -entry.amount_ore, each.day),
            )
            number = str(len(vouchers) + 1)
            text = f"Dagskassa {entry.place.centre} kassa {entry.place.register}"
            vouchers.append(Voucher("K", number, each.day + timedelta(days=1), text, rows))
    return vouchers


def _supplier_payments(scenarios: Sequence[Scenario]) -> list[Voucher]:
    """Other money on the same account, which the robot must leave alone."""
    return [
        _supplier_payment(number, day)
        for number, day in enumerate(sorted({each.day for each in scenarios}), start=1)
    ]


def _supplier_payment(number: int, day: date) -> Voucher:
    rows = (Transaction("2440", {}, 125_000_00, day), Transaction(ACCOUNT, {}, -125_000_00, day))
    return Voucher("L", str(number), day, "Leverantörsbetalning", rows)


def _write_lines(path: Path, lines: Sequence[str]) -> None:
    path.write_bytes("".join(f"{line}\n" for line in lines).encode())


if __name__ == "__main__":
    main()
