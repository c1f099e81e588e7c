"""What the ledger keeps of tasks for people, on SQLite and PostgreSQL."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from rpafabrik_api import contract
from rpafabrik_platform.ledger import errors, schema, store, task_entries
from support import ledger_entries

TASK = ledger_entries.task()
ANSWER = ledger_entries.answer()
OPEN = task_entries.Found(
    task=TASK,
    namespace="ekonomi",
    job="kassaavstamning",
    purpose=contract.Purpose.SCHEDULED,
)
ANSWERED = replace(OPEN, task=replace(TASK, instruction=None), closed_at=ANSWER.at, answer=ANSWER)
EVERY = task_entries.Wanted()


def test_task_that_is_opened_again_is_the_same_task(ledger: store.Ledger) -> None:
    first = ledger.open_task(TASK)
    again = ledger.open_task(replace(TASK, opened_at=ledger_entries.DONE))

    assert (first, again) == (OPEN, OPEN)
    assert ledger.open_tasks(EVERY) == [OPEN]


def test_answer_closes_the_task_and_the_same_answer_again_changes_nothing(
    ledger: store.Ledger,
) -> None:
    ledger.open_task(TASK)

    first = ledger.answer_task("task-1", ANSWER)
    again = ledger.answer_task(
        "task-1", replace(ANSWER, at=ANSWER.at + timedelta(hours=1), seconds=1)
    )

    assert first.answer == ANSWER
    assert again == ledger.task("task-1") == ANSWERED
    assert ledger.open_tasks(EVERY) == []
    assert ledger.open_task(TASK) == ANSWERED


def test_second_answer_is_told_when_and_not_who(ledger: store.Ledger) -> None:
    ledger.open_task(TASK)
    ledger.answer_task("task-1", ANSWER)

    with pytest.raises(errors.LedgerRefused) as refused:
        ledger.answer_task("task-1", replace(ANSWER, answer_id="answer-2", outcome="Godkänd"))

    assert str(refused.value) == (
        "the task was answered at 2026-03-02 13:00 UTC, and the first answer counts"
    )
    assert ledger.task("task-1") == ANSWERED


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"outcome": "Kanske"}, "outcome must be one of Godkänd, Avvisad"),
        ({"by": ""}, "by must be 1 to 200 characters"),
        ({"because": ""}, "because must be 1 to 2000 characters"),
        ({"by": "namn@example.org"}, "by must name a role or an id and no person"),
        ({"because": "se 19121212-1212"}, "because must name a role or an id and no person"),
        ({"seconds": -1}, "human_tasks.person_seconds must be 0 to"),
    ],
)
def test_answer_that_cannot_be_meant_is_refused_and_the_task_stays_open(
    ledger: store.Ledger, changes: dict[str, Any], message: str
) -> None:
    ledger.open_task(TASK)

    with pytest.raises(errors.LedgerRefused) as refused:
        ledger.answer_task("task-1", replace(ANSWER, **changes))

    assert str(refused.value).startswith(message)
    assert ledger.open_tasks(EVERY) == [OPEN]


def test_unknown_task_is_refused(ledger: store.Ledger) -> None:
    with pytest.raises(errors.LedgerRefused, match="must be one that the ledger knows"):
        ledger.answer_task("task-9", ANSWER)


def test_withdrawn_task_takes_no_answer_and_keeps_nothing_of_the_item(
    ledger: store.Ledger,
) -> None:
    ledger.open_task(TASK)

    ledger.withdraw_task("task-1", ledger_entries.DONE)
    ledger.withdraw_task("task-1", ledger_entries.DONE + timedelta(hours=1))

    assert ledger.task("task-1") == replace(ANSWERED, answer=None)
    with pytest.raises(errors.LedgerRefused, match="was withdrawn at 2026-03-02 13:00 UTC"):
        ledger.answer_task("task-1", ANSWER)


def test_item_takes_the_time_of_its_runs_answers_and_closes_what_is_open(
    ledger: store.Ledger,
) -> None:
    ledger.open_run(ledger_entries.run("run-1"))
    for number, run_id, reference in ((1, "run-1", "VC001"), (2, "run-1", "VC001")):
        ledger.open_task(ledger_entries.task(f"task-{number}", run_id, reference=reference))
    for number, run_id, reference in ((3, "run-2", "VC001"), (4, "run-1", "VC002")):
        ledger.open_task(ledger_entries.task(f"task-{number}", run_id, reference=reference))
        ledger.answer_task(f"task-{number}", replace(ANSWER, answer_id=f"answer-{number}"))
    ledger.answer_task("task-1", ANSWER)
    reviewed = replace(
        ledger_entries.item(
            "VC001", outcome=contract.Outcome.REVIEWED, claim=ledger_entries.per_item(600)
        ),
        asked=True,
    )

    ledger.record(reviewed)
    ledger.record(reviewed)

    assert ledger.saved_by_run("run-1") == contract.Saved(gross_seconds=600, net_seconds=510)
    assert ledger.open_tasks(EVERY) == []
    assert ledger.task("task-2").closed_at == ledger_entries.NOON


def test_run_that_closes_leaves_no_task_open(ledger: store.Ledger) -> None:
    ledger.open_task(ledger_entries.task("task-1", "run-1", reference="VC001"))
    ledger.open_task(ledger_entries.task("task-2", "run-2", reference="VC001"))

    ledger.close_run(ledger_entries.ended("run-1"))

    assert [one.task.task_id for one in ledger.open_tasks(EVERY)] == ["task-2"]


def test_open_tasks_are_found_by_job_and_group_those_due_first(ledger: store.Ledger) -> None:
    ledger.open_run(ledger_entries.run("run-8", job_uid="job-8"))
    later = ledger_entries.DONE + timedelta(hours=1)
    ledger.open_task(replace(ledger_entries.task("task-1", "run-1", reference="a"), due_at=later))
    ledger.open_task(ledger_entries.task("task-2", "run-1", reference="b"))
    ledger.open_task(
        replace(ledger_entries.task("task-3", "run-8", reference="c"), group="juridik")
    )

    def ids(**wanted: Any) -> list[str]:
        found = ledger.open_tasks(replace(EVERY, **wanted))
        return [one.task.task_id for one in found]

    assert ids() == ["task-2", "task-3", "task-1"]
    assert ids(limit=1) == ["task-2"]
    assert ids(job_uid="job-8") == ids(group="juridik") == ["task-3"]
    assert ids(job_uid="job-1", group="juridik") == []


def test_long_or_odd_instruction_is_kept_as_far_as_it_goes(ledger: store.Ledger) -> None:
    found = ledger.open_task(replace(TASK, instruction="\0" + "x" * 3_000))

    assert found.task.instruction == "x" * 1_999 + "…"


def test_who_and_why_stand_in_no_other_table(ledger: store.Ledger, engine: sa.Engine) -> None:
    ledger.open_task(TASK)
    ledger.answer_task("task-1", ANSWER)
    ledger.record(replace(ledger_entries.item("VC001"), asked=True))
    ledger.close_run(ledger_entries.ended("run-1"))

    with engine.connect() as connection:
        told = {
            name
            for name, table in schema.metadata.tables.items()
            if ANSWER.by in str(connection.execute(sa.select(table)).all())
        }
    assert told == {"human_tasks"}
