"""Items that wait for people, against a real Temporal and a real ledger."""

import asyncio
from pathlib import Path

import pytest
from temporalio.client import ActivityFailureError, WorkflowExecutionStatus
from temporalio.exceptions import ApplicationError

from rpafabrik_api import contract
from rpafabrik_platform.activities import calls
from rpafabrik_platform.ledger import store, task_entries
from support import factory as factories
from support import jobs, people, requeues
from support.factory import Factory

pytestmark = pytest.mark.server

ITEM = jobs.item("a")
PAY = jobs.work("pay", when="steps.ask.outcome == 'Godkänd'")
SEND_BACK = jobs.work("send_back", when="steps.ask.outcome == 'Avvisad'")
REVIEW = (jobs.work("look"), people.ASK, PAY, SEND_BACK)


def task(factory: Factory, task_id: str) -> task_entries.Found:
    with store.open_ledger(factory.ledger) as ledger:
        return ledger.task(task_id)


async def test_item_waits_for_an_answer_goes_on_by_it_and_its_minutes_are_taken_off(
    factory: Factory,
) -> None:
    handle = await factory.start(jobs.job(*REVIEW), items=[ITEM])
    waiting = (await people.until_open(factory))["a"]
    begun = factory.begun("look"), factory.begun("pay")

    answered = await people.answer(factory, waiting, seconds=90)
    summary = await handle.result()

    assert begun == (["a"], [])
    assert answered == calls.Answered(namespace="test", job="job", step="ask", outcome="Godkänd")
    assert (factory.begun("pay"), factory.begun("send_back")) == (["a"], [])
    assert (summary.result, summary.counts) == (
        contract.RunResult.SUCCEEDED,
        contract.Counts(reviewed=1),
    )
    assert summary.counts == factory.counts(summary.run_id)
    assert summary.saved == contract.Saved(gross_seconds=600, net_seconds=510)


async def test_answer_stands_in_the_ledger_and_what_people_read_goes(factory: Factory) -> None:
    handle = await factory.start(jobs.job(people.ASK), items=[ITEM])
    before = (await people.until_open(factory))["a"]

    await people.answer(factory, before, "Avvisad", 30)
    await handle.result()

    after = task(factory, before.task.task_id)
    assert (before.task.instruction, after.task.instruction) == ("Se a.", None)
    assert (before.task.due_at - before.task.opened_at).total_seconds() == 3600
    assert after.answer is not None
    assert (after.answer.outcome, after.answer.by, after.answer.because, after.answer.seconds) == (
        "Avvisad",
        "handläggare ekonomi",
        "kvittot är rätt",
        30,
    )


async def test_who_and_why_enter_no_workflow(factory: Factory) -> None:
    handle = await factory.start(jobs.job(people.ASK), items=[ITEM])
    await people.answer(factory, (await people.until_open(factory))["a"])
    await handle.result()

    kinds = set()
    async for execution in factory.client.list_workflows():
        kinds.add(execution.workflow_type)
        one = factory.client.get_workflow_handle(execution.id, run_id=execution.run_id)
        events = [event async for event in one.fetch_history_events()]
        payloads = b"".join(event.SerializeToString() for event in events)
        assert b"ggare ekonomi" not in payloads
        assert b"kvittot" not in payloads
    assert kinds == {"JobRun", "Case", "HumanTask"}


async def test_first_answer_counts_and_the_second_is_told_when(factory: Factory) -> None:
    handle = await factory.start(jobs.job(people.ASK), items=[ITEM])
    waiting = (await people.until_open(factory))["a"]

    sent = [await people.send(factory, waiting, seconds=60) for _ in range(2)]
    ended = await asyncio.gather(*(one.result() for one in sent), return_exceptions=True)
    summary = await handle.result()

    (refused,) = (one for one in ended if isinstance(one, ActivityFailureError))
    assert isinstance(refused.cause, ApplicationError)
    assert refused.cause.type == "LedgerRefused"
    closed_at = task(factory, waiting.task.task_id).closed_at
    assert closed_at is not None
    assert refused.cause.message == (
        f"the task was answered at {closed_at:%Y-%m-%d %H:%M} UTC, and the first answer counts"
    )
    assert summary.saved == contract.Saved(gross_seconds=600, net_seconds=540)


async def test_word_that_is_none_of_the_tasks_is_refused_and_the_item_waits_on(
    factory: Factory,
) -> None:
    handle = await factory.start(jobs.job(people.ASK), items=[ITEM])
    waiting = (await people.until_open(factory))["a"]

    with pytest.raises(ActivityFailureError) as refused:
        await people.answer(factory, waiting, "Kanske")

    assert str(refused.value.cause) == "LedgerRefused: outcome must be one of Godkänd, Avvisad"
    await people.answer(factory, waiting)
    assert (await handle.result()).counts == contract.Counts(reviewed=1)


async def test_answer_given_while_the_platform_is_away_waits_for_it(
    factory_at_rest: Factory,
) -> None:
    factory = factory_at_rest
    async with factory.robot():
        async with factory.platform():
            handle = await factory.start(jobs.job(*REVIEW), items=[ITEM])
            waiting = (await people.until_open(factory))["a"]
        sent = await people.send(factory, waiting)
        async with factory.platform():
            answered = await sent.result()
            summary = await handle.result()

    assert answered.outcome == "Godkänd"
    assert summary.saved == contract.Saved(gross_seconds=600, net_seconds=540)


async def test_items_that_wait_for_people_give_their_places_to_others(factory: Factory) -> None:
    handle = await factory.start(
        jobs.job(jobs.work("look"), people.ASK, concurrency=1), items=jobs.items(3)
    )

    waiting = await people.until_open(factory, 3)
    for one in waiting.values():
        await people.answer(factory, one)

    assert (await handle.result()).counts == contract.Counts(reviewed=3)


async def test_item_that_needs_nobody_is_completed_and_has_no_task(factory: Factory) -> None:
    ask = contract.Step(name="ask", when="item.id == 'b'", human_task=people.ASK.human_task)

    summary = await factory.run(jobs.job(ask), [ITEM])

    assert summary.counts == contract.Counts(completed=1)
    assert people.open_tasks(factory) == {}


async def test_instruction_without_a_value_ends_the_item_and_asks_nobody(
    factory: Factory,
) -> None:
    human_task = contract.HumanTask(
        group="ekonomi", due_after_seconds=60, instruction="Se ${item.absent}."
    )

    summary = await factory.run(jobs.job(contract.Step(name="ask", human_task=human_task)), [ITEM])

    assert summary.counts == contract.Counts(application_exceptions=1)
    [(_, code, message)] = factory.rows().values()
    assert code == "ExpressionError"
    assert message is not None
    assert message.startswith("step 'ask': humanTask.instruction: 'item.absent' has no value here")


async def test_item_that_fails_after_an_answer_keeps_the_minutes_that_it_took(
    factory: Factory,
) -> None:
    handle = await factory.start(jobs.job(people.ASK, jobs.work("pay", do="refuse")), items=[ITEM])
    await people.answer(factory, (await people.until_open(factory))["a"], seconds=90)

    summary = await handle.result()

    assert summary.counts == contract.Counts(business_exceptions=1)
    assert summary.saved == contract.Saved(gross_seconds=0, net_seconds=-90)


async def test_requeued_item_is_asked_about_anew(factory: Factory) -> None:
    job = jobs.job(people.ASK, jobs.work("pay", do="${run.name == 'second' ? 'well' : 'refuse'}"))
    first = await factory.start(job, name="first", items=[ITEM])
    await people.answer(factory, (await people.until_open(factory))["a"], seconds=90)
    await first.result()
    requeues.requeue(factory, "a")

    second = await factory.start(job, name="second")
    await people.answer(factory, (await people.until_open(factory))["a"], seconds=60)
    summary = await second.result()

    assert summary.counts == contract.Counts(reviewed=1)
    assert summary.job_saved == contract.Saved(gross_seconds=600, net_seconds=450)


@pytest.mark.parametrize("purpose", [contract.Purpose.SHADOW, contract.Purpose.DRY_RUN])
async def test_trial_asks_people_and_saves_nothing(
    factory: Factory, purpose: contract.Purpose
) -> None:
    handle = await factory.start(jobs.job(people.ASK), items=[ITEM], purpose=purpose)
    waiting = (await people.until_open(factory))["a"]
    await people.answer(factory, waiting)

    summary = await handle.result()

    assert waiting.purpose is purpose
    assert (summary.counts, summary.saved) == (contract.Counts(reviewed=1), contract.Saved())


async def test_both_modes_give_the_same_ledger(factory: Factory) -> None:
    steps = (jobs.work("look", echo="${item.id}"), people.ASK, PAY)
    told = []
    for job in (jobs.job(*steps, uid="durable"), jobs.chunked(*steps, uid="chunked")):
        handle = await factory.start(job, items=[ITEM, jobs.item("b", do="refuse")])
        await people.answer(factory, (await people.until_open(factory))["a"])
        summary = await handle.result()
        told.append((factory.rows(job.uid), summary.counts, summary.saved))

    durable, chunked = told
    assert chunked == durable
    assert durable[1:] == (
        contract.Counts(reviewed=1, business_exceptions=1),
        contract.Saved(gross_seconds=600, net_seconds=540),
    )


async def test_job_that_is_its_own_item_may_ask_people(factory: Factory) -> None:
    human_task = contract.HumanTask(group="ekonomi", due_after_seconds=60)
    job = jobs.job(contract.Step(name="ask", human_task=human_task), items=None)
    handle = await factory.start(job)
    (waiting,) = (await people.until_open(factory)).values()

    await people.answer(factory, waiting)

    assert waiting.task.reference == handle.id
    assert (await handle.result()).counts == contract.Counts(reviewed=1)


async def test_held_run_keeps_its_tasks_and_an_answered_item_goes_on(factory: Factory) -> None:
    handle = await factory.start(jobs.job(*REVIEW), items=[ITEM])
    waiting = (await people.until_open(factory))["a"]

    await handle.signal(contract.HOLD_SIGNAL, "stop")
    await people.answer(factory, waiting)
    await factory.until(lambda: factory.begun("pay") == ["a"])

    await handle.signal(contract.RELEASE_SIGNAL)
    assert (await handle.result()).counts == contract.Counts(reviewed=1)


async def test_run_that_continues_as_new_waits_for_its_answers_first(
    impatient_server: str, tmp_path: Path
) -> None:
    factory = await factories.prepared(impatient_server, tmp_path)
    async with factory.platform(), factory.robot():
        handle = await factory.start(jobs.job(people.ASK), items=jobs.items(20), pageSize=2)
        ending = asyncio.create_task(handle.result())
        while not ending.done():
            for one in (await asyncio.to_thread(people.open_tasks, factory)).values():
                await people.answer(factory, one)
        summary = await ending
    last = await factory.client.get_workflow_handle(summary.run_id).describe()

    assert last.run_id != handle.first_execution_run_id
    assert summary.counts == contract.Counts(reviewed=20)
    assert summary.counts == factory.counts(summary.run_id)


async def test_cancelled_run_withdraws_its_tasks_and_an_answer_comes_too_late(
    factory: Factory,
) -> None:
    handle = await factory.start(jobs.job(people.ASK), items=jobs.items(2))
    waiting = await people.until_open(factory, 2)

    await handle.cancel()
    summary = await handle.result()

    assert summary.counts == contract.Counts(abandoned=2)
    assert people.open_tasks(factory) == {}
    with pytest.raises(ActivityFailureError) as refused:
        await people.answer(factory, waiting["item-000"])
    assert "the task was withdrawn at" in str(refused.value.cause)


@pytest.mark.parametrize("whose", ["JobRun", "Case"])
async def test_terminated_run_or_case_leaves_no_task_open(factory: Factory, whose: str) -> None:
    await factory.start(jobs.job(people.ASK), items=[ITEM])
    await people.until_open(factory)
    async for execution in factory.client.list_workflows(f"WorkflowType = '{whose}'"):
        await factory.client.get_workflow_handle(execution.id).terminate("by hand")

    await people.until_open(factory, 0)

    assert factory.rows() == {}


async def test_task_whose_workflow_is_terminated_ends_its_item_and_is_closed(
    factory: Factory,
) -> None:
    handle = await factory.start(jobs.job(people.ASK), items=[ITEM])
    waiting = (await people.until_open(factory))["a"]
    asking = factory.client.get_workflow_handle(waiting.task.workflow_id)
    await asking.terminate("by hand")

    summary = await handle.result()

    assert (await asking.describe()).status is WorkflowExecutionStatus.TERMINATED
    assert summary.counts == contract.Counts(application_exceptions=1)
    assert people.open_tasks(factory) == {}
