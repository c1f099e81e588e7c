"""The robot's whole output on the example day, held against the answer key."""

import csv
import io
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from robots.kassaavstamning import activities, generate, wording
from robots.kassaavstamning.activities import DepositsWanted, Item, Sources, ToCompare, ToWrite
from robots.kassaavstamning.comparison import Difference
from rpafabrik import BusinessError, SourceRequest

EXAMPLE = Path(__file__).parents[3] / "examples" / "kassaavstamning"


@pytest.fixture
def sources() -> Sources:
    return Sources(reports=str(EXAMPLE / generate.REPORTS), ledger=str(EXAMPLE / generate.LEDGER))


def items(sources: Sources) -> list[Item]:
    found: list[Item] = []
    cursor = None
    while True:
        page = activities.list_cash_reports(SourceRequest(sources, cursor))
        found.extend(page.items)
        if (cursor := page.next_cursor) is None:
            return found


def run_item(sources: Sources, output: Path, item: Item) -> str | None:
    """The code of the business exception, if one is raised."""
    wanted = DepositsWanted(
        reports=sources.reports, ledger=sources.ledger, centre=item.centre, date=item.date
    )
    deposits = activities.fetch_deposits(wanted).deposits
    try:
        activities.compare(ToCompare(item=item, deposits=deposits, output=str(output)))
    except BusinessError as error:
        return error.code
    return None


def write(sources: Sources, output: Path) -> Path:
    written = activities.write_reconciliation(
        ToWrite(reports=sources.reports, ledger=sources.ledger, output=str(output))
    )
    assert written.files == [str(output / "kassaavstamning-2026-01-07.xlsx")]
    return Path(written.files[0])


def key() -> dict[tuple[str, str], tuple[Difference, int]]:
    text = (EXAMPLE / generate.KEY).read_text(encoding="utf-8")
    return {
        (row["vardcentral"], row["kassa"]): (Difference(row["klass"]), int(row["differens_ore"]))
        for row in csv.DictReader(io.StringIO(text), delimiter=";")
    }


def rows(path: Path, sheet: str) -> list[dict[str, Any]]:
    header, *lines = openpyxl.load_workbook(path)[sheet].values
    return [dict(zip(map(str, header), line, strict=True)) for line in lines]


def ore(kronor: object) -> int:
    exact = Decimal(str(kronor)) * 100
    assert exact == int(exact)
    return int(exact)


def test_example_data_is_what_the_generator_writes(tmp_path: Path) -> None:
    generate.write(tmp_path)

    made = {file.relative_to(tmp_path): file.read_bytes() for file in files(tmp_path)}
    assert made == {name: (EXAMPLE / name).read_bytes() for name in made}
    assert len(made) == 3


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_example_day_has_149_centres_and_every_kind_of_difference(sources: Sources) -> None:
    found = items(sources)

    assert len(found) == len({item.centre for item in found}) == 149
    assert {len(item.registers) for item in found} == {1, 2, 3, 4}
    assert {kind for kind, _ in key().values()} == set(Difference)


def test_workbook_agrees_with_the_answer_key(sources: Sources, tmp_path: Path) -> None:
    for item in items(sources):
        run_item(sources, tmp_path, item)

    path = write(sources, tmp_path)

    labels = {kind: wording.LABELS[kind] for kind in Difference}
    expected = {place: (labels[kind], off) for place, (kind, off) in key().items()}
    shown = rows(path, "Alla kassor")
    assert {
        (row["Vårdcentral"], row["Kassa"]): (row["Bedömning"], ore(row["Differens (kr)"]))
        for row in shown
    } == expected
    assert len(shown) == len(expected)
    assert all(
        ore(row["Bokfört (kr)"]) - ore(row["Rapporterat (kr)"]) == ore(row["Differens (kr)"])
        for row in shown
    )


def test_sheet_of_differences_holds_what_a_person_must_see(
    sources: Sources, tmp_path: Path
) -> None:
    for item in items(sources):
        run_item(sources, tmp_path, item)

    shown = rows(write(sources, tmp_path), "Avvikelser")

    assert [(row["Vårdcentral"], row["Kassa"]) for row in shown] == [
        place for place, (kind, _) in key().items() if kind.needs_a_person
    ]
    assert all(row["Att göra"] for row in shown)


def test_summary_counts_what_the_answer_key_counts(sources: Sources, tmp_path: Path) -> None:
    for item in items(sources):
        run_item(sources, tmp_path, item)

    book = openpyxl.load_workbook(write(sources, tmp_path))

    cells = {row[0]: row[1:] for row in book["Sammanfattning"].values}
    counted = Counter(kind for kind, _ in key().values())
    for kind, label in wording.LABELS.items():
        total = sum(off for each, off in key().values() if each is kind)
        assert (cells[label][0], ore(cells[label][1])) == (counted[kind], total)
    assert cells["Vårdcentraler"][0] == 149
    assert cells["Kassor"][0] == len(key())
    assert cells[wording.NOT_COMPARED][0] == 0


def test_a_case_is_a_business_exception_exactly_when_the_key_says_so(
    sources: Sources, tmp_path: Path
) -> None:
    codes = {item.centre: run_item(sources, tmp_path, item) for item in items(sources)}

    expected: dict[str, set[str]] = {centre: set() for centre in codes}
    for (centre, _), (kind, _) in key().items():
        if kind.needs_a_person:
            expected[centre].add(kind.value)
    assert all(
        code in expected[centre] if expected[centre] else code is None
        for centre, code in codes.items()
    )


def test_output_is_the_same_after_repeats_in_another_order(
    sources: Sources, tmp_path: Path
) -> None:
    for item in items(sources):
        run_item(sources, tmp_path / "straight", item)
    straight = write(sources, tmp_path / "straight").read_bytes()

    for item in [*items(sources)[::-1], *items(sources)[40:60]]:
        run_item(sources, tmp_path / "crooked", item)
        if item.centre == "VC100":
            write(sources, tmp_path / "crooked")

    assert write(sources, tmp_path / "crooked").read_bytes() == straight
    assert not list(tmp_path.rglob("*.tmp"))


def test_register_that_was_never_compared_is_shown_as_such(
    sources: Sources, tmp_path: Path
) -> None:
    first, *others = items(sources)
    for item in others:
        run_item(sources, tmp_path, item)

    shown = rows(write(sources, tmp_path), "Avvikelser")

    never = [row for row in shown if row["Bedömning"] == wording.NOT_COMPARED]
    assert [(row["Vårdcentral"], row["Kassa"]) for row in never] == [
        (first.centre, each.register) for each in first.registers
    ]
    assert all(row["Bokfört (kr)"] is None for row in never)
