"""What the reconciliation file looks like to the person who opens it."""

import io
from dataclasses import replace
from datetime import date, datetime

import openpyxl
from hypothesis import given, settings
from hypothesis import strategies as st

from robots.kassaavstamning import workbook
from robots.kassaavstamning.results import Line

UNHURRIED = settings(deadline=None)  # the machine is shared

DAY = date(2026, 1, 7)
LINE = Line(
    day="2026-01-07",
    centre="VC001",
    name="Vårdcentral 001",
    register="1",
    reported_ore=1234_50,
    booked_ore=1000_00,
    difference="Amount",
    vouchers="K 1",
    remark="Kontrollera.",
)


def opened(*lines: Line) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(workbook.build(DAY, lines)))


def test_row_holds_the_day_the_place_and_exact_amounts() -> None:
    row = list(opened(LINE)["Alla kassor"].values)[1]

    assert row == (
        datetime(2026, 1, 7),  # noqa: DTZ001 - a spreadsheet's day has no zone
        "VC001",
        "Vårdcentral 001",
        "1",
        1234.5,
        1000,
        -234.5,
        "Fel belopp",
        "K 1",
        "Kontrollera.",
    )


def test_amounts_are_shown_with_two_decimals_and_days_as_days() -> None:
    sheet = opened(LINE)["Alla kassor"]

    assert sheet["A2"].number_format == "yyyy-mm-dd"
    assert [sheet[f"{column}2"].number_format for column in "EFG"] == ["#,##0.00"] * 3


def test_headings_stay_in_sight_and_filter_the_rows() -> None:
    for name in ("Avvikelser", "Alla kassor"):
        sheet = opened(LINE)[name]
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == "A1:J2"
        assert sheet.column_dimensions["C"].width == 24


def test_only_what_needs_a_person_is_among_the_differences() -> None:
    lines = [
        replace(LINE, register=str(number), difference=difference)
        for number, difference in enumerate(("None", "Rounding", "MissingDeposit", None))
    ]

    rows = list(opened(*lines)["Avvikelser"].values)[1:]

    assert [(row[3], row[7]) for row in rows] == [("2", "Insättning saknas"), ("3", "Ej avstämd")]


def test_summary_adds_up() -> None:
    rows = list(opened(LINE, replace(LINE, register="2"))["Sammanfattning"].values)

    assert rows == [
        ("Kassaavstämning 2026-01-07", None, None),
        ("Vårdcentraler", 1, None),
        ("Kassor", 2, None),
        ("Rapporterat (kr)", 2469, None),
        ("Bokfört (kr)", 2000, None),
        ("Differens (kr)", -469, None),
        (None, None, None),
        ("Bedömning", "Kassor", "Differens (kr)"),
        ("Stämmer", 0, 0),
        ("Öresavrundning", 0, 0),
        ("Insättning saknas", 0, 0),
        ("Dubbel insättning", 0, 0),
        ("Fel vårdcentral", 0, 0),
        ("Fel belopp", 2, -469),
        ("Ej avstämd", 0, 0),
    ]


def test_name_that_looks_like_a_formula_is_text() -> None:
    cell = opened(replace(LINE, name="=1+1"))["Alla kassor"]["C2"]

    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_same_lines_give_the_same_bytes() -> None:
    assert workbook.build(DAY, [LINE]) == workbook.build(DAY, [LINE])


@UNHURRIED
@given(st.integers(min_value=0, max_value=10**14))
def test_amounts_survive_to_the_last_ore(ore: int) -> None:
    value = opened(replace(LINE, reported_ore=ore))["Alla kassor"]["E2"].value

    assert round(float(str(value)) * 100) == ore
