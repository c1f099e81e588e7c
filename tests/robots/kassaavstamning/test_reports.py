"""Cash reports: what is read, and what is refused with which words."""

from datetime import date
from pathlib import Path

import pytest

from robots.kassaavstamning import reports
from robots.kassaavstamning.faults import InputError
from robots.kassaavstamning.places import Place
from robots.kassaavstamning.reports import CashReport

HEADER = "datum;vardcentral;kassa;belopp\n"
DAY = date(2026, 1, 7)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "kassa.csv"


def refused(file: Path, text: str | bytes) -> str:
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError) as caught:
        reports.read(file)
    assert caught.value.code == "InvalidCashReport"
    return str(caught.value).removeprefix(str(file))


def test_reports_are_read_in_order_of_day_and_place(file: Path) -> None:
    file.write_text(
        HEADER + "2026-01-08;VC001;1;5\n\n2026-01-07;VC002;1;1234,50\n2026-01-07;VC001;2;0\n",
        encoding="utf-8",
    )

    assert reports.read(file) == (
        CashReport(DAY, Place("VC001", "2"), 0),
        CashReport(DAY, Place("VC002", "1"), 123_450),
        CashReport(date(2026, 1, 8), Place("VC001", "1"), 500),
    )


def test_byte_order_mark_column_order_and_further_columns_make_no_difference(file: Path) -> None:
    header, row = "Kassa; Belopp ;Anmärkning;Datum;Vardcentral", "2;5,00;växel;2026-01-07;Väst"
    file.write_bytes(f"\ufeff{header}\r\n{row}\r\n".encode())

    assert reports.read(file) == (CashReport(DAY, Place("Väst", "2"), 500),)


def test_folder_is_read_as_all_its_csv_files(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text(HEADER + "2026-01-07;VC001;1;5\n", encoding="utf-8")
    (tmp_path / "a.CSV").write_text(HEADER + "2026-01-07;VC002;1;5\n", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("nothing of ours", encoding="utf-8")

    assert [report.place.centre for report in reports.read(tmp_path)] == ["VC001", "VC002"]


def test_missing_column_is_refused(file: Path) -> None:
    assert refused(file, "datum;vardcentral;kassa\n2026-01-07;VC001;1\n") == (
        ", line 1, column belopp: must be there once; "
        "the header names datum; vardcentral; kassa; belopp"
    )


def test_column_twice_is_refused(file: Path) -> None:
    text = "datum;vardcentral;kassa;belopp;Belopp\n2026-01-07;VC001;1;5;6\n"

    assert refused(file, text).startswith(", line 1, column belopp: must be there once")


def test_quote_without_its_pair_is_refused(file: Path) -> None:
    assert refused(file, HEADER + '2026-01-07;"VC001;1;5\n2026-01-07;VC002;1;5\n') == (
        ", line 3: must be cells parted by semicolons, quotes in pairs"
    )


def test_negative_amount_is_refused(file: Path) -> None:
    assert refused(file, HEADER + "2026-01-07;VC001;1;5\n2026-01-07;VC001;2;-5,50\n") == (
        ", line 3, column belopp: must be zero or more, and is -5,50"
    )


def test_register_twice_on_a_day_is_refused(file: Path) -> None:
    assert refused(file, HEADER + "2026-01-07;VC001;1;5\n\n2026-01-07;VC001;1;6\n") == (
        ", line 4, column kassa: register 1 of VC001 must be reported once for 2026-01-07, "
        f"and is also on line 2 of {file}"
    )


def test_register_twice_in_two_files_is_refused(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(HEADER + "2026-01-07;VC001;1;5\n", encoding="utf-8")

    with pytest.raises(InputError) as caught:
        reports.read(tmp_path)

    assert str(caught.value).startswith(f"{tmp_path / 'b.csv'}, line 2, column kassa: register 1")
    assert str(caught.value).endswith(f"is also on line 2 of {tmp_path / 'a.csv'}")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("2026-13-07;VC001;1;5", "column datum: must be a date, as 2026-01-07"),
        ("20260107;VC001;1;5", "column datum: must be a date, as 2026-01-07"),
        (
            "2026-01-07;VC/1;1;5",
            "column vardcentral: must be 1 to 32 letters, digits, hyphens or underscores",
        ),
        (
            "2026-01-07;VC001;;5",
            "column kassa: must be 1 to 32 letters, digits, hyphens or underscores",
        ),
        (
            "2026-01-07;VC001;1;1 234,50",
            "column belopp: must be kronor with at most two decimals, as 1234,50",
        ),
    ],
)
def test_cell_that_cannot_be_read_is_refused(file: Path, row: str, message: str) -> None:
    assert refused(file, HEADER + row + "\n") == f", line 2, {message}"


def test_row_that_is_cut_short_is_refused(file: Path) -> None:
    assert refused(file, HEADER + "2026-01-07;VC001\n") == (
        ", line 2: must have 4 cells, as the header, and has 2"
    )


def test_file_without_reports_is_refused(file: Path) -> None:
    assert refused(file, HEADER) == ", line 2: must be a report; the file has none"
    assert refused(file, "").startswith(", line 1, column datum: must be there once")


def test_file_of_another_kind_is_not_repeated_in_the_message(file: Path) -> None:
    assert "Tolvan" not in refused(file, "19121212-1212;Tolvan Tolvansson\n")
    assert "Tolvan" not in refused(file, HEADER + "Tolvan Tolvansson;VC001;1;5\n")


def test_other_encoding_than_utf8_is_refused(file: Path) -> None:
    assert refused(file, (HEADER + "2026-01-07;Väst;1;5\n").encode("latin-1")) == (
        ", line 2: must be UTF-8"
    )


def test_missing_file_and_empty_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="must be a CSV file or a folder of them"):
        reports.read(tmp_path / "none.csv")
    with pytest.raises(InputError, match="must hold at least one file named") as caught:
        reports.read(tmp_path)
    assert caught.value.code == "FileMissing"
