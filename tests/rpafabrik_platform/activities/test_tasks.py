"""An answer that the platform dies over is told again and counted once, in a real ledger."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from rpafabrik_api import contract
from rpafabrik_platform.activities import calls
from rpafabrik_platform.activities.tasks import TaskActivities
from rpafabrik_platform.ledger import store
from support import ledger_entries

OPENING = calls.TaskOpening(
    task_id="task-1",
    workflow_id="case/1/ask",
    opened_at=ledger_entries.NOON,
    task=calls.Task(
        run_id="run-1",
        reference="VC001",
        step="ask",
        group="ekonomi",
        outcomes=("Godkänd", "Avvisad"),
        due_after_seconds=60,
        instruction="",
    ),
)
ANSWERING = calls.Answering(
    task_id="task-1", outcome="Godkänd", by="handläggare", because="rätt", seconds=90
)


class DiedError(Exception):
    """The platform is killed."""


@dataclass
class Waiting:
    """Implements `activities.tasks.Waiting`, and dies before it has told so many times."""

    deaths: int = 0
    gone: bool = False
    told: list[tuple[str, str]] = field(default_factory=list)

    async def alive(self, workflow_id: str) -> bool:  # noqa: ARG002 - the protocol's
        return not self.gone

    async def tell(self, workflow_id: str, outcome: str) -> None:
        if self.deaths:
            self.deaths -= 1
            raise DiedError
        self.told.append((workflow_id, outcome))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[store.Ledger]:
    with store.open_ledger(f"sqlite:///{tmp_path}/ledger.db") as ledger:
        ledger.open_run(ledger_entries.run("run-1"))
        yield ledger


def opened(ledger: store.Ledger, waiting: Waiting) -> TaskActivities:
    activities = TaskActivities(ledger, waiting)
    assert activities.open_task(OPENING) is None
    return activities


async def test_platform_killed_between_writing_and_telling_tells_when_it_is_back(
    ledger: store.Ledger,
) -> None:
    waiting = Waiting(deaths=1)
    activities = opened(ledger, waiting)
    environment = ActivityEnvironment()  # the same activity, tried again

    with pytest.raises(DiedError):
        await environment.run(activities.answer_task, ANSWERING)
    written = ledger.task("task-1")
    answered = await environment.run(activities.answer_task, ANSWERING)

    assert written.answer is not None
    assert ledger.task("task-1") == written
    assert waiting.told == [("case/1/ask", "Godkänd")]
    assert answered == calls.Answered(
        namespace="ekonomi", job="kassaavstamning", step="ask", outcome="Godkänd"
    )
    reviewed = ledger_entries.item(outcome=contract.Outcome.REVIEWED)
    ledger.record(replace(reviewed, asked=True))
    assert ledger.saved_by_run("run-1") == contract.Saved(gross_seconds=0, net_seconds=-90)


async def test_answer_that_was_told_and_not_reported_is_told_again_though_nobody_waits(
    ledger: store.Ledger,
) -> None:
    waiting = Waiting()
    activities, environment = opened(ledger, waiting), ActivityEnvironment()
    await environment.run(activities.answer_task, ANSWERING)
    waiting.gone = True

    answered = await environment.run(activities.answer_task, ANSWERING)

    assert answered.outcome == "Godkänd"


async def test_task_whose_workflow_is_gone_is_withdrawn_and_the_answer_refused(
    ledger: store.Ledger,
) -> None:
    waiting = Waiting(gone=True)
    activities = opened(ledger, waiting)

    with pytest.raises(ApplicationError, match="its item is not in work any more") as refused:
        await ActivityEnvironment().run(activities.answer_task, ANSWERING)

    assert refused.value.non_retryable
    assert not ledger.task("task-1").open
    assert waiting.told == []


@pytest.mark.parametrize("seconds", [0, 600_001])
async def test_time_that_cannot_be_meant_is_refused(ledger: store.Ledger, seconds: int) -> None:
    activities = opened(ledger, Waiting())

    with pytest.raises(ApplicationError, match="seconds must be 1 to 600000"):
        await ActivityEnvironment().run(activities.answer_task, replace(ANSWERING, seconds=seconds))


async def test_task_that_is_opened_again_knows_its_answer_and_a_withdrawn_one_is_refused(
    ledger: store.Ledger,
) -> None:
    activities = opened(ledger, Waiting())
    await ActivityEnvironment().run(activities.answer_task, ANSWERING)
    other = replace(OPENING, task_id="task-2")
    activities.open_task(other)
    activities.withdraw_task(calls.TaskWithdrawal(task_id="task-2", at=ledger_entries.DONE))

    assert activities.open_task(OPENING) == "Godkänd"
    with pytest.raises(Exception, match="the task was withdrawn, and is not opened again"):
        activities.open_task(other)
