"""A report of a million items against the least that any report must do: one look at every row.

By hand, that is a GROUP BY of run and outcome that sums what people spent. The report tells all its
figures by department, job and month, lead times of every item among them.

Run by `make bench`, or `python tests/bench/bench_report.py [ITEMS]`.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from rpafabrik_api import contract
from rpafabrik_platform import report
from rpafabrik_platform.ledger import entries, store
from rpafabrik_platform.ledger.lines import Dimension
from rpafabrik_platform.ledger.scope import Scope

ROUNDS, DAYS, PAGE = 3, 250, 1_000
START = datetime(2026, 1, 1, 6, tzinfo=UTC)
BY_HAND = "SELECT run_id, outcome, count(*), sum(person_seconds) FROM items GROUP BY 1, 2"


def job(basis: contract.Basis) -> contract.Job:
    """A job with every kind of target."""
    return contract.Job(
        uid=basis.value,
        namespace="bench",
        name=basis.value.lower(),
        department="bench",
        queue="bench",
        steps=(),
        benefit=contract.Benefit(
            basis=basis,
            baselines=(
                contract.Baseline(
                    valid_from=date(2026, 1, 1), manual_seconds=7_560_000, per=25_000
                ),
            ),
            targets=contract.Targets(
                hours_per_year=1_700, automation_rate_percent=85, lead_time_seconds=86_400
            ),
        ),
    )


def fill(ledger: store.Ledger, items: int) -> None:
    """A year of two jobs, through the platform's own way into the ledger."""
    for day in range(DAYS):
        for each in (job(contract.Basis.PER_ITEM), job(contract.Basis.PER_UNIT)):
            run_id, at = f"workerjob/bench/{each.name}/{day}", START + timedelta(days=day)
            ledger.open_run(entries.run(each, run_id, contract.Purpose.SCHEDULED, at))
            numbers = range(items // DAYS // 2)
            for start in range(0, len(numbers), PAGE):
                endings = [ending(at, day, number) for number in numbers[start : start + PAGE]]
                ledger.record_many([entries.item(each, run_id, one) for one in endings])
            end = entries.RunEnding(
                run_id=run_id,
                result=contract.RunResult.SUCCEEDED,
                finished_at=at + timedelta(hours=1),
                counts=contract.Counts(completed=len(numbers)),
            )
            ledger.close_run(entries.run_end(each, contract.Purpose.SCHEDULED, end))


def ending(at: datetime, day: int, number: int) -> entries.Ending:
    """One in fifty is an exception that a person spends a minute on."""
    refused = number % 50 == 0
    return entries.Ending(
        reference=f"{day}/{number}",
        unit=f"unit {number % 149}",
        arrived_at=at - timedelta(seconds=number * 37 % 200_000),
        completed_at=at + timedelta(seconds=number % 3_600),
        outcome=contract.Outcome.BUSINESS_EXCEPTION if refused else contract.Outcome.COMPLETED,
        person_seconds=60 if refused else 0,
    )


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def measure(items: int) -> None:
    """Measure both in turns and print what came out."""
    with (
        tempfile.TemporaryDirectory() as folder,
        store.open_ledger(f"sqlite:///{folder}/ledger.db") as ledger,
    ):
        filling = seconds(lambda: fill(ledger, items))
        print(f"filled with {items} items at {items / filling:.0f} items/s")

        def by_hand() -> None:
            with ledger._engine.begin() as connection:
                connection.exec_driver_sql(BY_HAND).all()

        def ours() -> None:
            by = Dimension.DEPARTMENT, Dimension.JOB, Dimension.MONTH
            told = report.of(ledger.answers(by, Scope(), date(2026, 12, 31)))
            if sum(told.total.items.values()) != items:
                raise AssertionError(told.total)

        pairs = [(seconds(by_hand), seconds(ours)) for _ in range(ROUNDS)]
    for least, whole in pairs:
        print(f"one look {least:5.2f} s   report {whole:5.2f} s")
    ratio = statistics.median(whole / least for least, whole in pairs)
    print(f"report / one look, median of {ROUNDS}: {ratio:.1f}  ({items} items)")


if __name__ == "__main__":
    measure(int(sys.argv[1]) if sys.argv[1:] else 1_000_000)
