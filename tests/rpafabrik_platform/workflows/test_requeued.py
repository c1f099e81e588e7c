"""Items that people re-queue are done by the next run, once, in both modes; real Temporal."""

import json

import pytest

from rpafabrik_api import contract, names
from rpafabrik_platform.ledger import entries, store
from support import jobs, requeues
from support.factory import Factory

pytestmark = pytest.mark.server

MODES = pytest.mark.parametrize("mode", list(contract.Mode))


def job(mode: contract.Mode) -> contract.Job:
    second = contract.Step(name="second", activity=jobs.call(attempts=2))
    return jobs.job(jobs.work("first", do="well"), second, items=jobs.of(mode=mode))


def history(factory: Factory, reference: str) -> entries.History:
    with store.open_ledger(factory.ledger) as ledger:
        return ledger.item(jobs.UID, reference)


def keys(factory: Factory, reference: str) -> set[tuple[str, str]]:
    lines = [line for line in factory.seen() if line.get("id") == reference and "key" in line]
    return {(line["step"], line["key"]) for line in lines}


@MODES
async def test_dead_letter_tells_step_tries_and_what_the_item_was(
    factory: Factory, mode: contract.Mode
) -> None:
    refused = jobs.item("refused", do="refuse")

    summary = await factory.run(job(mode), [jobs.item("failed", do="fail"), refused])

    failed, found = history(factory, "failed").final, history(factory, "refused")
    assert failed is not None
    assert (failed.run_id, failed.step, failed.attempts, failed.code) == (
        summary.run_id,
        "second",
        2,
        "SystemAway",
    )
    assert found.final is not None
    assert found.payload is not None
    assert (found.final.step, found.final.code) == ("second", "MissingDeposit")
    assert json.loads(found.payload.json or "") == refused


@MODES
async def test_requeued_item_is_done_first_and_once_with_the_keys_of_before(
    factory: Factory, mode: contract.Mode
) -> None:
    await factory.run(job(mode), [jobs.item("a", do="fail"), jobs.item("b")])
    before, lines = keys(factory, "a"), len(factory.seen())
    mended = requeues.mend(factory, "a")
    requeues.requeue(factory, "a")

    summary = await factory.run(job(mode), [mended, jobs.item("b"), jobs.item("c")])

    found = history(factory, "a")
    after = [line["id"] for line in factory.seen()[lines:] if line.get("event") == "begin"]
    assert summary.counts == contract.Counts(completed=2, skipped=2)
    assert summary.saved == contract.Saved(gross_seconds=1200, net_seconds=1200)
    assert factory.counts(summary.run_id) == summary.counts
    assert sorted(after) == ["a", "a", "c", "c"]
    assert keys(factory, "a") == before
    assert found.final is not None
    assert (found.final.run_id, found.payload) == (summary.run_id, None)


async def test_requeued_item_that_the_source_lists_no_more_is_done(factory: Factory) -> None:
    await factory.run(jobs.job(), [jobs.item("a", do="refuse")])
    requeues.mend(factory, "a")
    requeues.requeue(factory, "a")

    summary = await factory.run(jobs.job(), [])
    again = await factory.run(jobs.job(), [jobs.item("a")])

    assert summary.counts == contract.Counts(completed=1)
    assert again.counts == contract.Counts(skipped=1)


async def test_abandoned_item_comes_back(factory: Factory) -> None:
    handle = await factory.start(jobs.job(), items=[jobs.item("a", seconds=2)])
    await factory.until(lambda: factory.begun() == ["a"])
    await handle.cancel()
    await handle.result()

    requeues.requeue(factory, "a")
    summary = await factory.run(jobs.job(), [])

    assert summary.counts == contract.Counts(completed=1)


async def test_trial_takes_no_requeued_item(factory: Factory) -> None:
    await factory.run(jobs.job(), [jobs.item("a", do="refuse")])
    requeues.requeue(factory, "a")
    request = contract.RunRequest(
        job=jobs.job(),
        purpose=contract.Purpose.DRY_RUN,
        input={"witness": str(factory.witness), "items": [], "pageSize": 10},
    )

    summary: contract.RunSummary = await factory.client.execute_workflow(
        contract.JOB_RUN_WORKFLOW,
        request,
        id="jobrun/test/dry/1",
        task_queue=names.PLATFORM_QUEUE,
        result_type=contract.RunSummary,
    )

    assert summary.counts == contract.Counts()
    assert factory.begun() == ["a"]


async def test_large_requeued_items_come_in_several_pages(factory: Factory) -> None:
    text = "x" * 800_000
    for name in "abc":
        await factory.run(jobs.job(), [{**jobs.item(name, do="refuse"), "text": text}])
        requeues.mend(factory, name, text=text)
    told = requeues.requeue(factory)

    summary = await factory.run(jobs.job(), [])

    assert told.references == ("a", "b", "c")
    assert summary.counts == contract.Counts(completed=3)


async def test_platform_that_dies_loses_and_doubles_no_requeued_item(
    factory_at_rest: Factory,
) -> None:
    factory = factory_at_rest
    given = [jobs.item(name, do="refuse") for name in "abcd"]
    one_by_one = jobs.job(concurrency=1)
    async with factory.robot():
        async with factory.platform():
            await factory.run(one_by_one, given)
            for name in "abcd":
                requeues.mend(factory, name, seconds=0.7)
            requeues.requeue(factory)
            begun = len(factory.begun())
            handle = await factory.start(one_by_one, items=given)
            await factory.until(lambda: len(factory.begun()) == begun + 2)
        async with factory.platform():
            summary = await handle.result()

    assert summary.counts == contract.Counts(completed=4, skipped=4)
    assert len(factory.begun()) == begun + 4
