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


def ending(row: dict[str, str]) -> entries.Ending:
    ended = datetime.fromisoformat(row["ended, Stockholm time"]).replace(tzinfo=STOCKHOLM)
    return entries.Ending(
        reference=row["reference"],
        outcome=contract.Outcome(row["outcome"]),
        completed_at=ended,
        unit=row.get("unit"),
        person_seconds=int(row["person seconds"]),
    )


@pytest.mark.parametrize(
    ("section", "basis"),
    [("Per item", contract.Basis.PER_ITEM), ("Per unit", contract.Basis.PER_UNIT)],
)
def test_worked_example_is_what_the_ledger_says(
    ledger: store.Ledger, section: str, basis: contract.Basis
) -> None:
    baselines, runs, items, figures = tables(section)
    example = job(basis, baselines)
    now = datetime(2026, 3, 9, tzinfo=STOCKHOLM)
    for run in runs:
        ledger.open_run(entries.run(example, run["run"], contract.Purpose.SCHEDULED, now))
    ledger.record_many([entries.item(example, row["run"], ending(row)) for row in items])
    for run in runs:
        ledger.close_run(run["run"], contract.RunResult(run["result"]), now, skipped=0)

    saved = {run["run"]: ledger.saved_by_run(run["run"]) for run in runs}
    saved["job"] = ledger.saved_by_job("job")

    assert saved == {
        row["of"]: contract.Saved(
            gross_seconds=int(row["gross seconds"]), net_seconds=int(row["net seconds"])
        )
        for row in figures
    }
    exact = sum(Fraction(row["counts for"]) for row in items)
    assert saved["job"].gross_seconds == int(exact + Fraction(1, 2))
