"""`rpafabrik tasks`: reads tasks in a ledger, and tells of them. Nothing is answered here."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import typer

from rpafabrik_cli import failures, items, listing
from rpafabrik_platform.ledger import entries, store, task_entries

_MINUTE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which tasks to list."""

    job: entries.KnownJob | None
    group: str | None
    limit: int | None


def open_ids(url: str) -> list[str]:
    """The ids of the open tasks."""
    with items.opened(url) as ledger:
        return [one.task.task_id for one in ledger.open_tasks(task_entries.Wanted())]


def outcomes(url: str, task_id: str) -> Sequence[str]:
    """The words of a task."""
    with items.opened(url) as ledger:
        return ledger.task(task_id).task.outcomes


def list_tasks(ledger: store.Ledger, asked: Asked, output: str) -> None:
    """Write the open tasks on standard output, and on standard error that there are more."""
    wanted = task_entries.Wanted(
        job_uid=asked.job.uid if asked.job else None,
        group=asked.group,
        limit=listing.asked_for(asked.limit),
    )
    listing.tell(ledger.open_tasks(wanted), _FORM, asked.limit, output)


def show(ledger: store.Ledger, task_id: str) -> None:
    """Write everything that is known of a task, as JSON."""
    found = ledger.task(task_id)
    told = _as_json(found)
    told["state"] = _state(found)
    told["closedAt"] = found.closed_at.isoformat() if found.closed_at else None
    told["instruction"] = found.task.instruction
    if found.answer is not None:
        told["answer"] = {
            "outcome": found.answer.outcome,
            "by": found.answer.by,
            "because": found.answer.because,
            "seconds": found.answer.seconds,
        }
    typer.echo(json.dumps(told, indent=2, ensure_ascii=False))


def asked_minutes() -> str:
    """What the person says who sits there; where nobody does, it must be given."""
    if not sys.stdin.isatty():
        raise failures.WrongUse("--minutes must say how long the person spent on it")
    return str(typer.prompt("Minutes spent on it"))


def seconds(minutes: str) -> int:
    """Whole seconds, exact; a comma is a decimal point."""
    try:
        found = Decimal(minutes.replace(",", ".")) * _MINUTE
        fits = found > 0 and not found % 1
    except InvalidOperation:  # no number, or one with more digits than are reckoned with
        fits = False
    if not fits:
        raise failures.WrongUse(
            f"--minutes must be a number above 0 such as 2.5, of whole seconds, and is {minutes!r}"
        )
    return int(found)


def _cells(one: task_entries.Found) -> Sequence[str]:
    task = one.task
    due = task.due_at.astimezone().strftime("%Y-%m-%d %H:%M")
    late = " (late)" if task.due_at < datetime.now(UTC) else ""
    trial = " (trial)" if one.purpose.trial else ""
    job = f"{one.namespace}/{one.job}{trial}"
    words = " ".join(task.outcomes)
    return task.task_id, job, task.reference, task.step, task.group, f"{due}{late}", words


def _as_json(one: task_entries.Found) -> dict[str, Any]:
    task = one.task
    return {
        "id": task.task_id,
        "job": f"{one.namespace}/{one.job}",
        "reference": task.reference,
        "step": task.step,
        "group": task.group,
        "outcomes": list(task.outcomes),
        "openedAt": task.opened_at.isoformat(),
        "dueAt": task.due_at.isoformat(),
        "run": task.run_id,
        "trial": one.purpose.trial,
    }


_FORM = listing.Form(
    document=_as_json,
    columns=(
        *("id", "job", "reference", "step", "group", "outcomes", "openedAt", "dueAt", "run"),
        "trial",
    ),
    headings=("Task", "Job", "Reference", "Step", "Group", "Due", "Outcomes"),
    cells=_cells,
)


def _state(found: task_entries.Found) -> str:
    if found.open:
        return "Open"
    return "Answered" if found.answer else "Withdrawn"
