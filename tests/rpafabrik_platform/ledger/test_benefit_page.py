"""The worked examples of docs/benefit.md, written to a ledger as they stand."""

from collections.abc import Iterator
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from rpafabrik_api import contract
from rpafabrik_platform.ledger import entries, store

PAGE = Path(__file__).parents[3] / "docs" / "benefit.md"
STOCKHOLM = ZoneInfo("Europe/Stockholm")

Table = list[dict[str, str]]


def tables(section: str) -> Iterator[Table]:
    """The tables below a heading that begins so, each row by its column's title."""
    text = PAGE.read_text().split(f"\n## {section}")[1].split("\n## ")[0]
    for block in text.split("\n\n"):
        lines = [line.strip("| ").split(" | ") for line in block.splitlines() if line[:1] == "|"]
        if lines:
            titles, _, *rows = lines
            yield [dict(zip(titles, row, strict=True)) for row in rows]


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


def at(row: dict[str, str]) -> datetime:
    return datetime.fromisoformat(row["ended, Stockholm time"]).replace(tzinfo=STOCKHOLM)


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
