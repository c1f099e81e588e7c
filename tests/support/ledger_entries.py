"""Runs and items as tests write them: everything that a test does not name is plain."""

from datetime import UTC, date, datetime
from typing import Any

from rpafabrik_api import contract
from rpafabrik_platform import benefit
from rpafabrik_platform.ledger import entries, task_entries

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DONE = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)


def run(run_id: str = "run-1", *, job_uid: str = "job-1") -> entries.Run:
    return entries.Run(
        run_id=run_id,
        job_uid=job_uid,
        namespace="ekonomi",
        job="kassaavstamning",
        department="Regionservice ekonomi",
        purpose=contract.Purpose.SCHEDULED,
        started_at=NOON,
    )


def item(
    reference: str = "VC001",
    *,
    run_id: str = "run-1",
    job_uid: str = "job-1",
    outcome: contract.Outcome = contract.Outcome.COMPLETED,
    claim: benefit.Claim | None = None,
) -> entries.Item:
    return entries.Item(
        job_uid=job_uid,
        reference=reference,
        run_id=run_id,
        outcome=outcome,
        completed_at=NOON,
        completed_on=date(2026, 3, 2),
        claim=claim,
    )


def ended(
    run_id: str,
    result: contract.RunResult = contract.RunResult.SUCCEEDED,
    *,
    skipped: int = 0,
    claim: benefit.Claim | None = None,
    at: datetime = DONE,
) -> entries.RunEnd:
    return entries.RunEnd(
        run_id=run_id,
        result=result,
        finished_at=at,
        completed_on=at.date(),
        skipped=skipped,
        claim=claim,
    )


def requeue(*references: str, **more: Any) -> entries.Requeue:
    given = {"job_uid": "job-1", "by": "driften", "because": "lagat", "at": DONE, **more}
    return entries.Requeue(references=references, **given)


def baseline(basis: contract.Basis, manual_seconds: int, per: int = 1) -> benefit.Baseline:
    return benefit.Baseline(
        basis=basis, manual_seconds=manual_seconds, per=per, valid_from=date(2026, 1, 1)
    )


def per_item(manual_seconds: int, per: int = 1) -> benefit.Claim:
    return benefit.Claim(baseline=baseline(contract.Basis.PER_ITEM, manual_seconds, per))


def per_unit(unit: str, manual_seconds: int, per: int = 1) -> benefit.Claim:
    return benefit.Claim(baseline=baseline(contract.Basis.PER_UNIT, manual_seconds, per), unit=unit)


def per_run(manual_seconds: int, per: int = 1) -> benefit.Claim:
    return benefit.Claim(baseline=baseline(contract.Basis.PER_RUN, manual_seconds, per))


def per_period(period: str, manual_seconds: int, per: int = 1) -> benefit.Claim:
    return benefit.Claim(
        baseline=baseline(contract.Basis.PER_PERIOD, manual_seconds, per), period=period
    )


def task(task_id: str = "task-1", run_id: str = "run-1", **more: Any) -> task_entries.Task:
    given: dict[str, Any] = {
        "task_id": task_id,
        "workflow_id": f"case/{task_id}/ask",
        "run_id": run_id,
        "reference": "VC001",
        "step": "ask",
        "group": "ekonomi",
        "outcomes": ("Godkänd", "Avvisad"),
        "opened_at": NOON,
        "due_at": DONE,
        "instruction": "Se VC001.",
    }
    return task_entries.Task(**{**given, **more})


def answer(answer_id: str = "answer-1", **more: Any) -> task_entries.Answer:
    given: dict[str, Any] = {
        "outcome": "Avvisad",
        "by": "handläggare ekonomi",
        "because": "kvittot saknas",
        "seconds": 90,
        "at": DONE,
    }
    return task_entries.Answer(**{"answer_id": answer_id, **given, **more})
