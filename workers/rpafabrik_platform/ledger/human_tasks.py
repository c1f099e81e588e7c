"""Human tasks: opened, answered once, withdrawn. Statements on a given connection.

Who answered and why stand in the task's row and nowhere else: no refusal tells them.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from rpafabrik_api import contract, interpreter
from rpafabrik_platform.ledger import claims, entries, errors, figures, rows, schema, task_entries

_tasks, _runs = schema.human_tasks.c, schema.runs.c


def open_task(connection: sa.Connection, insert: claims.Insert, task: task_entries.Task) -> None:
    """Write the task, unless it is written."""
    row: dict[str, object] = {
        "task_id": task.task_id,
        "workflow_id": task.workflow_id,
        "run_id": task.run_id,
        "reference": task.reference,
        "step": task.step,
        "group_name": task.group,
        "instruction": entries.shortened(task.instruction, interpreter.INSTRUCTION_LENGTH),
        "outcomes": json.dumps(task.outcomes, ensure_ascii=False),
        "opened_at": task.opened_at,
        "due_at": task.due_at,
    }
    statement = insert(schema.human_tasks).on_conflict_do_nothing()
    connection.execute(statement, [rows.checked(schema.human_tasks, row)])


def answer(
    connection: sa.Connection, task_id: str, told: task_entries.Answer
) -> task_entries.Found:
    """Answer the task, and close it: the first answer counts, and every other one is refused."""
    row = rows.task_answer(told)
    # Whoever else answers it waits here, and finds it answered.
    stands = found(connection, task_id, lock=True)
    if stands.answer is not None and stands.answer.answer_id == told.answer_id:
        return stands
    if stands.closed_at is not None:
        raise errors.LedgerRefused(_refusal(stands, stands.closed_at))
    if told.outcome not in stands.task.outcomes:
        choice = ", ".join(stands.task.outcomes)
        raise errors.LedgerRefused(f"outcome must be one of {choice}")
    connection.execute(
        sa.update(schema.human_tasks).where(_tasks.task_id == task_id).values(row | _CLOSED)
    )
    return replace(stands, closed_at=told.at, answer=told)


def withdraw(connection: sa.Connection, task_id: str, at: datetime) -> None:
    """Close the task without an answer, if it is open."""
    _close(connection, at, _tasks.task_id == task_id)


def withdraw_of_run(connection: sa.Connection, run_id: str, at: datetime) -> None:
    """Close the tasks that a run has left behind."""
    _close(connection, at, _tasks.run_id == run_id)


def settled(connection: sa.Connection, item: entries.Item) -> entries.Item:
    """The item with what people spent on it in its run; what they have not answered is closed."""
    mine = _tasks.run_id == item.run_id, _tasks.reference == item.reference
    _close(connection, item.completed_at, *mine)
    spent = sa.select(figures.total(_tasks.person_seconds)).where(*mine)
    return replace(item, person_seconds=item.person_seconds + (connection.scalar(spent) or 0))


def found(connection: sa.Connection, task_id: str, *, lock: bool = False) -> task_entries.Found:
    """The task; locked, nobody else changes it in the meantime."""
    query = _query().where(_tasks.task_id == task_id)
    if lock:
        query = query.with_for_update(of=schema.human_tasks)
    row = connection.execute(query).first()
    if row is None:
        raise errors.LedgerRefused("the task must be one that the ledger knows, and it knows none")
    return _found(row)


def listed(connection: sa.Connection, wanted: task_entries.Wanted) -> Sequence[task_entries.Found]:
    """The open tasks that are asked for, in the order of when they are due."""
    query = _query().where(_tasks.closed_at.is_(None))
    if wanted.job_uid is not None:
        query = query.where(_runs.job_uid == wanted.job_uid)
    if wanted.group is not None:
        query = query.where(_tasks.group_name == wanted.group)
    query = query.order_by(_tasks.due_at, _tasks.task_id).limit(wanted.limit)
    return [_found(row) for row in connection.execute(query)]


_CLOSED: dict[str, object] = {"instruction": None}
"""What goes with the task: it may be personal data, and nobody needs it any more."""


def _close(connection: sa.Connection, at: datetime, *which: sa.ColumnElement[bool]) -> None:
    connection.execute(
        sa.update(schema.human_tasks)
        .where(_tasks.closed_at.is_(None), *which)
        .values({"closed_at": at} | _CLOSED)
    )


def _query() -> sa.Select[Any]:
    job = _runs.namespace, _runs.job, _runs.purpose
    return sa.select(schema.human_tasks, *job).join(schema.runs, _tasks.run_id == _runs.run_id)


def _refusal(stands: task_entries.Found, closed_at: datetime) -> str:
    when = f"{closed_at:%Y-%m-%d %H:%M} UTC"
    if stands.answer is not None:
        return f"the task was answered at {when}, and the first answer counts"
    return f"the task was withdrawn at {when}: its item is not in work any more"


def _found(row: Any) -> task_entries.Found:
    answered = row.outcome is not None
    return task_entries.Found(
        task=task_entries.Task(
            task_id=row.task_id,
            workflow_id=row.workflow_id,
            run_id=row.run_id,
            reference=row.reference,
            step=row.step,
            group=row.group_name,
            outcomes=tuple(json.loads(row.outcomes)),
            opened_at=row.opened_at,
            due_at=row.due_at,
            instruction=row.instruction,
        ),
        namespace=row.namespace,
        job=row.job,
        purpose=contract.Purpose(row.purpose),
        closed_at=row.closed_at,
        answer=task_entries.Answer(
            answer_id=row.answer_id,
            outcome=row.outcome,
            by=row.answered_by,
            because=row.because,
            seconds=row.person_seconds,
            at=row.closed_at,
        )
        if answered
        else None,
    )
