"""Which transactions are deposits, and whose they are."""

from datetime import date
from pathlib import Path

import pytest

from robots.kassaavstamning import deposits, sie_writer
from robots.kassaavstamning.deposits import Booking, Deposit
from robots.kassaavstamning.faults import InputError
from robots.kassaavstamning.places import Place
from robots.kassaavstamning.sie import Export, Transaction, Voucher

DAY = date(2026, 1, 7)
HERE, THERE, ELSEWHERE = Place("VC001", "1"), Place("VC002", "1"), Place("VC003", "1")


def booking(place: Place, amount_ore: int, voucher: str = "K 1") -> Booking:
    return Booking(DAY, place, amount_ore, voucher)


def at_home(place: Place, amount_ore: int, voucher: str = "K 1") -> Deposit:
    return Deposit(amount_ore, voucher, place, place)


def ledger(path: Path, *transactions: Transaction, dimensions: tuple[str, ...] = ("20",)) -> Path:
    balance = Transaction("1910", {}, -sum(each.amount_ore for each in transactions), DAY)
    voucher = Voucher("K", "1", DAY, "", (*transactions, balance))
    names = {("1", "VC001"): "Vårdcentral 001", ("20", "1"): "Kassa 1"}
    export = Export(DAY, frozenset(dimensions), names, (voucher,))
    path.write_bytes(sie_writer.write(export, "Regionen", {}, dict.fromkeys(dimensions, "x")))
    return path


def test_deposits_are_what_the_bank_account_has_on_centres_and_registers(tmp_path: Path) -> None:
    file = ledger(
        tmp_path / "bok.se",
        Transaction("1930", {"1": "VC001", "20": "1"}, 500_00, DAY),
        Transaction("1930", {"1": "VC001"}, 600_00, DAY),
        Transaction("1930", {}, 700_00, DAY),
        Transaction("3010", {"1": "VC001", "20": "1"}, 800_00, DAY),
    )

    found = deposits.read(file)

    assert found.bookings == (booking(HERE, 500_00),)
    assert found.centre_names == {"VC001": "Vårdcentral 001"}


def test_deposit_belongs_where_it_is_booked() -> None:
    found = deposits.placed({HERE: 500_00}, [booking(HERE, 500_00)])

    assert found == (at_home(HERE, 500_00),)


def test_booking_and_its_reversal_cancel_each_other() -> None:
    found = deposits.placed(
        {HERE: 500_00},
        [booking(HERE, 500_00, "K 1"), booking(HERE, -500_00, "K 2"), booking(HERE, 500_00, "K 3")],
    )

    assert found == (at_home(HERE, 500_00, "K 3"),)


def test_reversal_of_nothing_stands() -> None:
    found = deposits.placed({HERE: 500_00}, [booking(HERE, -500_00)])

    assert found == (at_home(HERE, -500_00),)


def test_deposit_on_the_wrong_centre_belongs_to_the_one_that_lacks_it() -> None:
    found = deposits.placed(
        {HERE: 500_00, THERE: 900_00},
        [booking(THERE, 900_00, "K 1"), booking(THERE, 500_00, "K 2")],
    )

    assert found == (at_home(THERE, 900_00, "K 1"), Deposit(500_00, "K 2", THERE, HERE))


def test_centre_without_any_report_can_hold_anothers_deposit() -> None:
    found = deposits.placed({HERE: 500_00}, [booking(THERE, 500_00)])

    assert found == (Deposit(500_00, "K 1", THERE, HERE),)


@pytest.mark.parametrize(
    ("reported", "bookings"),
    [
        pytest.param(
            {HERE: 500_00, ELSEWHERE: 500_00, THERE: 900_00},
            [booking(THERE, 900_00), booking(THERE, 500_00)],
            id="two centres lack the amount",
        ),
        pytest.param(
            {HERE: 500_00, THERE: 900_00},
            [booking(THERE, 500_00), booking(ELSEWHERE, 500_00)],
            id="two deposits have the amount",
        ),
        pytest.param(
            {HERE: 500_00, Place("VC001", "2"): 900_00},
            [booking(Place("VC001", "2"), 500_00)],
            id="it is the same centre",
        ),
        pytest.param(
            {HERE: 500_00, THERE: 500_00},
            [booking(THERE, 500_00)],
            id="the other centre reported it too",
        ),
        pytest.param(
            {HERE: 500_00, THERE: 900_00},
            [booking(THERE, 500_00), booking(THERE, 400_00)],
            id="the other centre deposited twice that day",
        ),
        pytest.param(
            {HERE: 500_00, THERE: 900_00},
            [booking(HERE, 1_00), booking(THERE, 500_00)],
            id="the centre has a deposit",
        ),
        pytest.param(
            {HERE: 500_00, THERE: 900_00},
            [booking(THERE, 900_00), booking(THERE, 500_01)],
            id="the amount is another",
        ),
    ],
)
def test_nothing_is_guessed_when(reported: dict[Place, int], bookings: list[Booking]) -> None:
    found = deposits.placed(reported, bookings)

    assert all(each.booked_on == each.belongs_to for each in found)
    assert len(found) == len(bookings)


def test_export_without_registers_is_refused(tmp_path: Path) -> None:
    file = ledger(tmp_path / "bok.se", dimensions=("1",))

    with pytest.raises(InputError) as caught:
        deposits.read(file)

    assert caught.value.code == "InvalidLedger"
    assert str(caught.value) == f'{file}: must declare the registers, as #DIM 20 "Kassa"'


def test_code_that_cannot_name_a_file_is_refused(tmp_path: Path) -> None:
    file = ledger(tmp_path / "bok.se", Transaction("1930", {"1": "../x", "20": "1"}, 1, DAY))

    with pytest.raises(InputError, match="voucher K 1: a centre or register must be 1 to 32 lett"):
        deposits.read(file)


def test_missing_export_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        deposits.read(tmp_path / "none.se")

    assert caught.value.code == "FileMissing"
    assert str(caught.value) == f"{tmp_path / 'none.se'}: must be a SIE 4 file that can be read"


def test_broken_export_is_refused_with_its_name(tmp_path: Path) -> None:
    file = tmp_path / "bok.se"
    file.write_bytes(b"#FLAGGA 0\n#VER K 1\n")

    with pytest.raises(InputError) as caught:
        deposits.read(file)

    assert caught.value.code == "InvalidLedger"
    assert str(caught.value) == f"{file}: line 2: #VER must give the voucher's date"
