"""The worked examples of docs/benefit.md, written to a ledger as they stand."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from rpafabrik_api import contract
from rpafabrik_platform import benefit, realising, report
from rpafabrik_platform.activities import calls
from rpafabrik_platform.ledger import entries, store
from rpafabrik_platform.ledger.lines import Dimension
from rpafabrik_platform.ledger.scope import Scope

PAGE = Path(__file__).parents[3] / "docs" / "benefit.md"
STOCKHOLM = ZoneInfo("Europe/Stockholm")

Table = list[dict[str, str]]


def tables(section: str) -> Iterator[Table]:
    """The tables below a heading that begins so, each row by its column's title."""
    text = PAGE.read_text().split(f"\n## {section}")[1].split("\n## ")[0]
    for block in text.split("\n\n"):
        rows = [line for line in block.splitlines() if line[:1] == "|"]
        lines = [[cell.strip() for cell in row[1:-1].split("|")] for row in rows]
        if lines:
            titles, _, *cells = lines
            yield [dict(zip(titles, row, strict=True)) for row in cells]


def job(basis: contract.Basis, baselines: Table) -> contract.Job:
    return contract.Job(
        uid="job",
        namespace="ekonomi",
        name="example",
        department="Regionservice ekonomi",
        queue="ekonomi",
        steps=(),
        benefit=contract.Benefit(
            basis=basis,
            period=contract.Period.WEEK if basis is contract.Basis.PER_PERIOD else None,
            baselines=tuple(
                contract.Baseline(
                    valid_from=date.fromisoformat(row["valid from"]),
                    manual_seconds=int(row["manual seconds"]),
                    per=int(row["per"]),
                )
                for row in baselines
            ),
        ),
    )


def at(row: dict[str, str], what: str = "ended") -> datetime:
    return datetime.fromisoformat(row[f"{what}, Stockholm time"]).replace(tzinfo=STOCKHOLM)


def ending(row: dict[str, str]) -> entries.Ending:
    return entries.Ending(
        reference=row["reference"],
        outcome=contract.Outcome(row["outcome"]),
        completed_at=at(row),
        unit=row.get("unit"),
        person_seconds=int(row["person seconds"]),
    )


def run_ending(row: dict[str, str]) -> entries.RunEnding:
    return entries.RunEnding(
        run_id=row["run"],
        result=contract.RunResult(row["result"]),
        finished_at=at(row),
        counts=contract.Counts(
            completed=int(row.get("items", 0)), skipped=int(row.get("skipped", 0))
        ),
    )


@pytest.mark.parametrize(
    ("section", "basis"),
    [
        ("Per item", contract.Basis.PER_ITEM),
        ("Per unit", contract.Basis.PER_UNIT),
        ("Per run", contract.Basis.PER_RUN),
        ("Per period", contract.Basis.PER_PERIOD),
    ],
)
def test_worked_example_is_what_the_ledger_says(
    ledger: store.Ledger, section: str, basis: contract.Basis
) -> None:
    baselines, runs, *items, figures = tables(section)
    example = job(basis, baselines)
    for run in runs:
        purpose = contract.Purpose(run.get("purpose", "Scheduled"))
        ledger.open_run(entries.run(example, run["run"], purpose, at(run)))
    for table in items:
        ledger.record_many([entries.item(example, row["run"], ending(row)) for row in table])
    for run in runs:
        purpose = contract.Purpose(run.get("purpose", "Scheduled"))
        ledger.close_run(entries.run_end(example, purpose, run_ending(run)))

    saved = {run["run"]: ledger.saved_by_run(run["run"]) for run in runs}
    saved["job"] = ledger.saved_by_job("job")

    assert saved == {
        row["of"]: contract.Saved(
            gross_seconds=int(row["gross seconds"]), net_seconds=int(row["net seconds"])
        )
        for row in figures
    }
    exact = sum(Fraction(row["counts for"]) for row in (items[0] if items else runs))
    assert saved["job"].gross_seconds == int(exact + Fraction(1, 2))


def targeted(targets: contract.Targets, seconds: str = "60") -> contract.Job:
    baseline = {"valid from": "2026-01-01", "manual seconds": seconds, "per": "1"}
    plain = job(contract.Basis.PER_RUN, [baseline])
    assert plain.benefit
    return replace(plain, benefit=replace(plain.benefit, targets=targets))


def percent(part: int, whole: int) -> Fraction:
    return Fraction(100 * part, whole)


def test_automation_rate_and_lead_time_are_what_the_page_says(ledger: store.Ledger) -> None:
    items, figures = tables("Automation rate")
    targets = contract.Targets(automation_rate_percent=85, lead_time_seconds=86_400)
    example = targeted(targets)
    ledger.open_run(entries.run(example, "r", contract.Purpose.SCHEDULED, at(items[0])))
    ledger.record_many(
        [
            entries.item(
                example,
                "r",
                entries.Ending(
                    reference=row["reference"],
                    outcome=contract.Outcome(row["outcome"]),
                    completed_at=at(row),
                    arrived_at=at(row, "arrived"),
                ),
            )
            for row in items
        ]
    )

    told = report.of(ledger.answers((Dimension.JOB,), Scope(), date(2026, 3, 9))).total

    lead = told.lead_time
    assert lead is not None
    assert {row["figure"]: Fraction(row["value"]) for row in figures} == {
        "eligible": told.eligible,
        "automation rate, percent": told.automation_rate,
        "median, seconds": lead.median_seconds,
        "90th percentile, seconds": lead.p90_seconds,
        "within target, percent": percent(lead.within_target, lead.with_target),
    }
    assert (told.automation_target, lead.target_seconds) == (Fraction(85), 86_400)


def test_planned_freed_and_realised_are_what_the_page_says(ledger: store.Ledger) -> None:
    targets, entered, figures = tables("Planned, freed")
    for row in targets:
        aimed = contract.Targets(hours_per_year=int(row["hours per year"]))
        example = targeted(aimed, row["gross seconds of the run"])
        noon = datetime.fromisoformat(row["from"]).replace(hour=12, tzinfo=STOCKHOLM)
        ledger.open_run(entries.run(example, row["from"], contract.Purpose.SCHEDULED, noon))
        end = entries.RunEnding(
            run_id=row["from"],
            result=contract.RunResult.SUCCEEDED,
            finished_at=noon,
            counts=contract.Counts(),
        )
        ledger.close_run(entries.run_end(example, contract.Purpose.SCHEDULED, end))
    for number, row in enumerate(entered):
        told = calls.Realising(
            namespace="ekonomi",
            job="example",
            period=row["month"],
            hours=row["hours"],
            by="förändringsansvarig",
            because="exempel",
        )
        now = datetime(2026, 4, 1, tzinfo=STOCKHOLM)
        ledger.realise(realising.realising(told, str(number), now))

    answers = ledger.answers((Dimension.MONTH,), Scope(), date(2026, 3, 31))

    lines = report.of(answers).lines
    assert [
        (line.key["month"], hours(line.planned), hours(line.net), line.realised / 3600)
        for line in lines
    ] == [
        (row["month"], row["planned"], row["freed"], float(row["realised"] or 0)) for row in figures
    ]
    assert hours(report.of(answers).total.planned) == "582.5"


def hours(seconds: Fraction | None) -> str:
    assert seconds is not None
    tenths = benefit.half_up(seconds / 360)
    return f"{tenths // 10}.{tenths % 10}"
