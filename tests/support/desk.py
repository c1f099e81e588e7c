"""Runs of the region's four jobs, written into a ledger as the platform's activities would."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from rpafabrik_api import contract
from rpafabrik_platform import report
from rpafabrik_platform.ledger import entries, store
from rpafabrik_platform.ledger.lines import Dimension
from rpafabrik_platform.ledger.scope import Scope

TODAY = date(2026, 12, 31)
BY_JOB = (Dimension.JOB,)


def baseline(manual_seconds: int, per: int = 1, since: str = "2026-01-01") -> contract.Baseline:
    return contract.Baseline(
        valid_from=date.fromisoformat(since),
        manual_seconds=manual_seconds,
        per=per,
        source="Measured",
        approved_by="Ekonomichef",
    )


def job(
    name: str, basis: contract.Basis, *baselines: contract.Baseline, **more: Any
) -> contract.Job:
    return contract.Job(
        uid=f"uid-{name}",
        namespace="ekonomi",
        name=name,
        title=name.title(),
        department=more.pop("department", "Regionservice ekonomi"),
        queue="q",
        steps=(),
        benefit=contract.Benefit(
            basis=basis,
            baselines=baselines,
            period=contract.Period.WEEK if basis is contract.Basis.PER_PERIOD else None,
            **more,
        ),
    )


@dataclass
class Desk:
    """Runs jobs as the platform's activities would, in no time."""

    ledger: store.Ledger
    runs: int = 0

    def run(
        self,
        job: contract.Job,
        day: date,
        *items: entries.Ending | str,
        result: contract.RunResult = contract.RunResult.SUCCEEDED,
        purpose: contract.Purpose = contract.Purpose.SCHEDULED,
        skipped: int = 0,
    ) -> None:
        """A run that ends at noon; an item that is only named was completed."""
        self.runs += 1
        run_id, noon = f"run/{self.runs}", datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        endings = [ended(item, noon) if isinstance(item, str) else item for item in items]
        counts = contract.Counts(completed=len(items), skipped=skipped)
        ending = entries.RunEnding(run_id=run_id, result=result, finished_at=noon, counts=counts)
        self.ledger.open_run(entries.run(job, run_id, purpose, noon))
        self.ledger.record_many(
            [entries.item(job, run_id, replace(one, trial=purpose.trial)) for one in endings]
        )
        self.ledger.close_run(entries.run_end(job, purpose, ending))

    def report(self, *by: Dimension, **scope: Any) -> report.Report:
        return report.of(self.ledger.answers(by or BY_JOB, Scope(**scope), TODAY))


def ended(
    reference: str,
    at: datetime,
    outcome: contract.Outcome = contract.Outcome.COMPLETED,
    **more: Any,
) -> entries.Ending:
    return entries.Ending(
        reference=reference,
        unit=more.pop("unit", reference.partition("/")[0]),
        outcome=outcome,
        completed_at=at,
        **more,
    )


REMINDERS = job("paminnelser", contract.Basis.PER_ITEM, baseline(7_560_000, 25_000))
CASH = job("kassa", contract.Basis.PER_UNIT, baseline(6_120_000, 37_250))
INCOME = job("inkomst", contract.Basis.PER_PERIOD, baseline(37_800), department="Personal")
INVOICES = job("fakturor", contract.Basis.PER_RUN, baseline(24 * 60))
