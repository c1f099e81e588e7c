"""People who answer tasks: in a factory, through Temporal, as the command line does."""

import asyncio
import uuid
from datetime import timedelta
from typing import Any

from temporalio.client import ActivityHandle

from rpafabrik_api import contract, names
from rpafabrik_platform.activities import calls
from rpafabrik_platform.ledger import store, task_entries
from support.factory import Factory

ASK = contract.Step(
    name="ask",
    human_task=contract.HumanTask(
        group="ekonomi", due_after_seconds=3600, instruction="Se ${item.id}."
    ),
)


def open_tasks(factory: Factory) -> dict[str, task_entries.Found]:
    """Return the tasks that wait, by the reference of their items."""
    with store.open_ledger(factory.ledger) as ledger:
        found = ledger.open_tasks(task_entries.Wanted())
    return {one.task.reference: one for one in found}


async def until_open(factory: Factory, count: int = 1) -> dict[str, task_entries.Found]:
    """Wait until so many tasks wait."""
    async with asyncio.timeout(120):
        while len(found := await asyncio.to_thread(open_tasks, factory)) != count:  # noqa: ASYNC110 - what is waited for is a file
            await asyncio.sleep(0.05)
    return found


async def send(
    factory: Factory, task: task_entries.Found, outcome: str = "Godkänd", seconds: int = 60
) -> ActivityHandle[Any]:
    """Hand an answer to Temporal."""
    told = calls.Answering(
        task_id=task.task.task_id,
        outcome=outcome,
        by="handläggare ekonomi",
        because="kvittot är rätt",
        seconds=seconds,
    )
    return await factory.client.start_activity(
        calls.ANSWER_TASK,
        told,
        id=f"answer/{uuid.uuid4()}",
        task_queue=names.PLATFORM_QUEUE,
        result_type=calls.Answered,
        start_to_close_timeout=timedelta(seconds=5),
    )


async def answer(
    factory: Factory, task: task_entries.Found, outcome: str = "Godkänd", seconds: int = 60
) -> calls.Answered:
    """Answer a task; what stands then."""
    handle = await send(factory, task, outcome, seconds)
    answered: calls.Answered = await handle.result()
    return answered
