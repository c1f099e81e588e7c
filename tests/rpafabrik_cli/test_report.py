"""`rpafabrik report` and `rpafabrik benefit realise`, on a ledger that a run has written to."""

import contextlib
import csv
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from rpafabrik_api import contract
from rpafabrik_cli import failures, main
from rpafabrik_platform.ledger import entries, store

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
JOB = contract.Job(
    uid="uid",
    namespace="ekonomi",
    name="paminnelser",
    title="=Påminnelser",
    department="Regionservice ekonomi",
    queue="q",
    steps=(),
    benefit=contract.Benefit(
        basis=contract.Basis.PER_RUN,
        baselines=(
            contract.Baseline(
                valid_from=date(2026, 1, 1),
                manual_seconds=12_345_678,
                per=7,
                source="Measured",
                approved_by="Ekonomichef",
            ),
        ),
    ),
)


@pytest.fixture
def url(tmp_path: Path) -> str:
    made = f"sqlite:///{tmp_path}/ledger.db"
    with store.open_ledger(made) as ledger:
        ledger.open_run(entries.run(JOB, "run/1", contract.Purpose.SCHEDULED, NOON))
        ending = entries.Ending(
            reference="a", outcome=contract.Outcome.COMPLETED, completed_at=NOON
        )
        ledger.record(entries.item(JOB, "run/1", ending))
        end = entries.RunEnding(
            run_id="run/1",
            result=contract.RunResult.SUCCEEDED,
            finished_at=NOON,
            counts=contract.Counts(completed=1),
        )
        ledger.close_run(entries.run_end(JOB, contract.Purpose.SCHEDULED, end))
    return made


def said(*words: str, **environment: str) -> str:
    result = CliRunner().invoke(main.app, words, env=environment, catch_exceptions=False)
    if result.exception is not None:
        raise result.exception
    return result.stdout.replace("\N{NO-BREAK SPACE}", " ")


def test_table_is_in_swedish_with_decimal_commas_and_says_how_it_was_rounded(url: str) -> None:
    shown = said("report", "--ledger", url, "--by", "department", "--to", "2026-03-31")

    assert "Förvaltning" in shown
    assert "Brutto h" in shown
    assert "489,9" in shown
    assert "100,0 %" in shown
    assert "Från 2026-03-02 till och med 2026-03-31." in shown
    assert "avrundade en gång" in shown
    assert "kr" not in shown.replace("Netto", "").split("Från")[0]


@pytest.fixture
def large(url: str) -> str:
    """The ledger with figures of many digits."""
    assert JOB.benefit
    baseline = replace(JOB.benefit.baselines[0], manual_seconds=44_443_800, per=1)
    job = replace(
        JOB,
        uid="uid/2",
        name="kassaavstamning-av-alla-vardcentraler",
        title="Kassaavstämning [alla] :x: vårdcentraler",
        benefit=replace(JOB.benefit, baselines=(baseline,)),
    )
    end = entries.RunEnding(
        run_id="run/2",
        result=contract.RunResult.SUCCEEDED,
        finished_at=NOON,
        counts=contract.Counts(completed=1, skipped=1_234_567),
    )
    with store.open_ledger(url) as ledger:
        ledger.open_run(entries.run(job, "run/2", contract.Purpose.SCHEDULED, NOON))
        ledger.close_run(entries.run_end(job, contract.Purpose.SCHEDULED, end))
    return url


@pytest.mark.parametrize("where", ["terminal", "narrow terminal", "pipe"])
def test_every_figure_stands_whole_in_the_table(large: str, where: str) -> None:
    words = ["report", "--ledger", large, "--hourly-rate", "450,50"]
    words += ["--by", "department", "--by", "job", "--by", "month"]
    terminals = {"terminal": {"COLUMNS": "80"}, "narrow terminal": {"COLUMNS": "30"}}
    environment = {"FORCE_COLOR": "1", **terminals[where]} if where in terminals else {}

    shown = said(*words, **environment)

    for line in csv.DictReader(io.StringIO(said(*words, "-o", "csv"))):
        for text in line.values():
            with contextlib.suppress(InvalidOperation):
                figure = f"{Decimal(text):,}".replace(",", " ").replace(".", ",")
                assert figure in shown
    assert "12 345,5" in shown
    assert "1 234 567" in shown
    if where == "pipe":
        assert "Kassaavstämning [alla] :x: vårdcentraler" in shown


def test_csv_has_names_and_points_for_programs(url: str) -> None:
    heading, line = said("report", "--ledger", url, "--by", "job", "-o", "csv").splitlines()

    told = dict(zip(heading.split(","), line.split(","), strict=True))
    assert (told["job"], told["gross_hours"], told["completed"]) == ("paminnelser", "489.9", "1")
    assert told["realised_hours"] == ""


def test_json_holds_the_exact_fraction_and_what_it_rests_on(url: str) -> None:
    document = json.loads(
        said("report", "--ledger", url, "--by", "month", "-o", "json", "--explain")
    )

    (line,) = document["lines"]
    assert line["month"] == "2026-03"
    assert line["exact_seconds"]["gross"] == "12345678/7"
    assert line["gross_hours"] == 489.9
    assert line["baselines"] == [
        {
            "basis": "PerRun",
            "period": None,
            "valid_from": "2026-01-01",
            "source": "Measured",
            "approved_by": "Ekonomichef",
            "manual_seconds": 12_345_678,
            "per": 7,
            "units": 1,
        }
    ]
    statement = document["sql"]["saved"]["statement"]
    assert statement.startswith("WITH ")
    assert "work AS" in statement


def test_excel_holds_numbers_and_no_text_becomes_a_formula(url: str, tmp_path: Path) -> None:
    file = tmp_path / "nytta.xlsx"

    said("report", "--ledger", url, "--by", "job", "-o", "excel", "--file", str(file))

    sheet = openpyxl.load_workbook(file).active
    assert sheet is not None
    titles, line, total = sheet.iter_rows()
    told = dict(zip((cell.value for cell in titles), line, strict=True))
    assert (told["Brutto h"].value, told["Brutto h"].number_format) == (489.9, "#,##0.0")
    assert (told["Titel"].value, told["Titel"].data_type) == ("=Påminnelser", "s")
    assert total[0].value == "Summa"


def test_money_is_shown_only_at_the_rate_that_the_organisation_gives(url: str) -> None:
    without = said("report", "--ledger", url, "-o", "csv")
    told = said("report", "--ledger", url, "-o", "json", "--hourly-rate", "450,50")

    assert "kronor" not in without
    assert json.loads(told)["total"]["net_kronor"] == 220_703  # 489.907… h


def test_explanation_can_be_pasted(url: str) -> None:
    shown = said("report", "--ledger", url, "--explain")

    assert "-- Brutto h, Netto h" in shown
    assert shown.count(";\n") == 7


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-o", "excel"], "-o excel must have --file"),
        (["--from", "2026-04-01", "--to", "2026-03-01"], "--from must not be after --to"),
        (["--by", "job", "--by", "job"], "--by must name each of them once"),
        (["-o", "csv", "--explain"], "--explain must go with -o table or json"),
        (["--hourly-rate", "gratis"], "--hourly-rate must be a number above 0, and is 'gratis'"),
        (["--ledger", "sqlite:////no/such.db"], "there is no file /no/such.db"),
        (["--ledger", "mysql://x"], "the ledger's URL must be"),
    ],
)
def test_option_that_cannot_be_meant_is_refused(url: str, words: list[str], message: str) -> None:
    with pytest.raises(failures.WrongUse, match=message):
        said("report", "--ledger", url, *words)


def realise(url: str, **changed: str) -> str:
    given = {
        "job": "ekonomi/paminnelser",
        "hours": "120,5",
        "period": "2026-03",
        "by": "förändringsansvarig ekonomi",
        "because": "0,7 tjänst till ekonomistöd",
        **changed,
    }
    options = [word for name, value in given.items() for word in (f"--{name}", value)]
    return said("benefit", "realise", "--ledger", url, *options)


def test_realised_hours_are_entered_and_corrected_by_one_more_entry(url: str) -> None:
    first = realise(url)
    second = realise(url, hours="-20.25", because="räknat dubbelt")

    assert first == (
        "ekonomi/paminnelser 2026-03: 120.5 h entered, 120.5 h in all (Regionservice ekonomi).\n"
    )
    assert "-20.25 h entered, 100.25 h in all" in second
    assert "100.3" in said("report", "--ledger", url, "-o", "csv")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"job": "paminnelser"}, "--job must be NAMESPACE/NAME"),
        ({"job": "ekonomi/annan"}, "ekonomi/annan must be a job that has run"),
        ({"hours": "många"}, "hours must be a number such as 12.5"),
        ({"hours": "0"}, "hours must be a number .* not 0"),
        ({"hours": "0.0001"}, "hours must be a number .* of whole seconds"),
        ({"hours": "NaN"}, "hours must be a number"),
        ({"hours": "1e400"}, "hours must be a number"),
        ({"period": "2026-13"}, "period must be a month such as 2026-03"),
        ({"period": "2999-01"}, "period must have begun"),
        ({"by": "19121212-1212"}, "^by must name a role or an id and no person"),
        ({"because": "enligt 121212-1212"}, "^because must name a role or an id and no person"),
        ({"by": " "}, "^by must be 1 to 200 characters"),
    ],
)
def test_entry_that_cannot_be_meant_is_refused(
    url: str, changed: dict[str, str], message: str
) -> None:
    with pytest.raises(failures.WrongUse, match=message):
        realise(url, **changed)


def test_job_is_found_as_it_was_in_the_month(url: str) -> None:
    with store.open_ledger(url) as ledger:
        later = replace(JOB, department="Omdöpt")
        at = NOON.replace(month=5)
        ledger.open_run(entries.run(later, "run/2", contract.Purpose.SCHEDULED, at))
        end = entries.RunEnding(
            run_id="run/2",
            result=contract.RunResult.SUCCEEDED,
            finished_at=at,
            counts=contract.Counts(),
        )
        ledger.close_run(entries.run_end(later, contract.Purpose.SCHEDULED, end))

    told = {month: realise(url, period=month) for month in ("2026-02", "2026-04", "2026-05")}

    assert "(Regionservice ekonomi)" in told["2026-02"]
    assert "(Regionservice ekonomi)" in told["2026-04"]
    assert "(Omdöpt)" in told["2026-05"]
