"""The border to the platform: paging, errors, what is kept, and how often files are read."""

import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml
from temporalio.contrib.pydantic import pydantic_data_converter

from robots.kassaavstamning import activities, generate, inputs, results
from robots.kassaavstamning.activities import (
    Item,
    RegisterReport,
    Sources,
    ToCompare,
    ToWrite,
)
from robots.kassaavstamning.deposits import Deposit
from robots.kassaavstamning.places import Place
from rpafabrik import ApplicationError, BusinessError, Page, SourceRequest
from rpafabrik.testing import run_activity
from rpafabrik_api import expressions

DAY = date(2026, 1, 7)
MANIFEST = Path(__file__).parents[3] / "examples" / "kassaavstamning" / "workerjob.yaml"


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    generate.write(tmp_path, seed=1, centres=5)
    return Sources(reports=str(tmp_path / generate.REPORTS), ledger=str(tmp_path / generate.LEDGER))


def list_items(sources: Sources, cursor: str | None = None) -> Page[Item]:
    return activities.list_cash_reports(SourceRequest(sources, cursor))


def item(*amounts: int) -> Item:
    registers = [
        RegisterReport(register=str(number), amount_ore=amount)
        for number, amount in enumerate(amounts, 1)
    ]
    return Item(centre="VC001", name="Vårdcentral 001", date=DAY, registers=registers)


def deposit(amount: int) -> Deposit:
    return Deposit(amount, "K 1", Place("VC001", "1"), Place("VC001", "1"))


def compare(output: Path, case: Item, deposits: Sequence[Deposit] = ()) -> activities.Compared:
    return activities.compare(ToCompare(item=case, deposits=list(deposits), output=str(output)))


def test_pages_hold_every_item_once(tmp_path: Path) -> None:
    generate.write(tmp_path, seed=1, centres=450)
    many = Sources(reports=str(tmp_path / generate.REPORTS), ledger=str(tmp_path / generate.LEDGER))

    first = list_items(many)
    second = list_items(many, first.next_cursor)
    third = list_items(many, second.next_cursor)

    listed = [each.centre for page in (first, second, third) for each in page.items]
    assert listed == [f"VC{number:03}" for number in range(1, 451)]
    assert [len(page.items) for page in (first, second, third)] == [200, 200, 50]
    assert third.next_cursor is None


def test_broken_input_stops_the_run_before_any_item_and_is_not_tried_again(
    sources: Sources,
) -> None:
    ledger = Path(sources.ledger)
    ledger.write_bytes(ledger.read_bytes().replace(b"-125000.00", b"-125000.01"))

    with pytest.raises(ApplicationError) as caught:
        list_items(sources)

    assert caught.value.code == "InvalidLedger"
    assert caught.value.non_retryable
    assert caught.value.message.startswith(f"{ledger}: line ")
    assert "voucher L 1: its 2 transactions must sum to 0.00, and sum to -0.01" in str(caught.value)


@pytest.mark.parametrize("missing", ["reports", "ledger"])
def test_missing_input_is_named(sources: Sources, missing: str) -> None:
    given = {"reports": sources.reports, "ledger": sources.ledger, missing: "/none/there"}

    with pytest.raises(
        ApplicationError, match=r"/none/there: must be .*, and there is none"
    ) as caught:
        list_items(Sources(**given))

    assert caught.value.code == "FileMissing"
    assert caught.value.non_retryable


def test_export_older_than_the_reports_is_refused(sources: Sources) -> None:
    report = Path(sources.reports) / "2026-01-09.csv"
    report.write_text("datum;vardcentral;kassa;belopp\n2026-01-09;VC001;1;5\n", encoding="utf-8")

    with pytest.raises(ApplicationError, match="#GEN must be 2026-01-09 or later") as caught:
        list_items(sources)

    assert caught.value.code == "InvalidLedger"


def test_centre_with_a_deposit_and_no_report_is_an_item_too(sources: Sources) -> None:
    report = Path(sources.reports) / "2026-01-07.csv"
    lines = report.read_text(encoding="utf-8").splitlines()
    report.write_text("\n".join(line for line in lines if "VC003" not in line), encoding="utf-8")

    found = {each.centre: each.registers for each in list_items(sources).items}

    assert list(found) == ["VC001", "VC002", "VC003", "VC004", "VC005"]
    assert found["VC003"] == []


def test_centre_that_vanished_from_the_files_is_no_missing_deposit(sources: Sources) -> None:
    wanted = activities.DepositsWanted(
        reports=sources.reports, ledger=sources.ledger, centre="VC999", date=DAY
    )

    with pytest.raises(ApplicationError, match="VC999 on 2026-01-07 must still be in") as caught:
        activities.fetch_deposits(wanted)

    assert caught.value.code == "InputChanged"
    assert caught.value.non_retryable


def test_agreeing_case_is_kept_and_completes(tmp_path: Path) -> None:
    compared = compare(tmp_path, item(500_40, 0), [deposit(500_00)])

    assert compared == activities.Compared(registers=2, rounding_ore=-40)
    kept = results.kept(tmp_path, "VC001", DAY)
    assert kept is not None
    assert [line.difference for line in kept] == ["Rounding", "None"]


def test_differing_case_is_kept_before_it_is_raised(tmp_path: Path) -> None:
    with pytest.raises(BusinessError, match="ingen insättning är bokförd") as caught:
        compare(tmp_path, item(500_00))

    assert caught.value.code == "MissingDeposit"
    assert results.kept(tmp_path, "VC001", DAY) == (
        results.Line(
            day="2026-01-07",
            centre="VC001",
            name="Vårdcentral 001",
            register="1",
            reported_ore=500_00,
            booked_ore=0,
            difference="MissingDeposit",
            vouchers="",
            remark="Kassarapporten visar 500,00\xa0kr, men ingen insättning är bokförd. "
            "Kontrollera om pengarna är lämnade till banken.",
        ),
    )


def test_repeated_step_changes_nothing(tmp_path: Path) -> None:
    def state() -> dict[Path, tuple[int, int]]:
        found = [path for path in tmp_path.rglob("*") if path.is_file()]
        return {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in found}

    compare(tmp_path, item(500_00), [deposit(500_00)])
    before = state()
    compare(tmp_path, item(500_00), [deposit(500_00)])

    assert state() == before
    assert len(before) == 1


def test_files_are_read_once_however_many_ask_at_once(sources: Sources) -> None:
    paths = Path(sources.reports), Path(sources.ledger)
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: inputs.books(*paths), range(24)))

    assert len({id(books) for books in found}) == 1


def test_changed_file_is_read_anew(sources: Sources) -> None:
    report = Path(sources.reports) / "2026-01-07.csv"
    before = list_items(sources).items
    text = report.read_text(encoding="utf-8").splitlines()
    report.write_text("\n".join(text[:2]), encoding="utf-8")
    os.utime(report, ns=(0, report.stat().st_mtime_ns + 1))

    after = list_items(sources).items

    assert sum(len(each.registers) for each in before) == len(text) - 1
    assert sum(len(each.registers) for each in after) == 1


def test_each_day_has_its_own_reconciliation_file(tmp_path: Path) -> None:
    generate.write(tmp_path, seed=1, centres=3, days=3)
    output = tmp_path / "ut"

    written = activities.write_reconciliation(
        ToWrite(
            reports=str(tmp_path / generate.REPORTS),
            ledger=str(tmp_path / generate.LEDGER),
            output=str(output),
        )
    )

    assert written.files == [
        str(output / f"kassaavstamning-2026-01-{day}.xlsx") for day in ("07", "08", "09")
    ]
    book = openpyxl.load_workbook(written.files[1])
    assert book["Sammanfattning"]["A1"].value == "Kassaavstämning 2026-01-08"


def rendered(template: Any, values: dict[str, Any]) -> Any:
    names = expressions.Names(steps=tuple(values["steps"]))
    return expressions.render(template, names, {"item": {}, "run": {}, "job": {}, **values})


def as_json(value: Any) -> Any:
    """`value` as the next step's templates see it."""
    return json.loads(pydantic_data_converter.payload_converter.to_payload(value).data)


async def test_manifest_wires_the_activities_together(sources: Sources, tmp_path: Path) -> None:
    spec = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))["spec"]
    output = str(tmp_path / "ut")
    given = {"reports": sources.reports, "ledger": sources.ledger, "output": output}
    values: dict[str, Any] = {"input": given, "steps": {}}

    request = {"input": rendered(spec["items"]["source"]["input"], values)}
    page = await run_activity(activities.list_cash_reports, request)
    values["item"] = as_json(page)["items"][0]
    wanted = rendered(spec["steps"][0]["input"], values)
    found = await run_activity(activities.fetch_deposits, wanted)
    values["steps"]["deposits"] = as_json(found)
    await run_activity(activities.compare, rendered(spec["steps"][1]["input"], values))
    completion = rendered(spec["onCompletion"]["input"], values)
    written = await run_activity(activities.write_reconciliation, completion)

    assert spec["items"]["source"]["activity"] == "list_cash_reports"
    assert [step["activity"] for step in spec["steps"]] == ["fetch_deposits", "compare"]
    assert spec["onCompletion"]["activity"] == "write_reconciliation"
    kept = results.kept(Path(output), "VC001", DAY)
    assert kept is not None
    assert {line.difference for line in kept} == {"None"}
    assert as_json(written) == {"files": [f"{output}/kassaavstamning-2026-01-07.xlsx"]}
