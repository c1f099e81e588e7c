"""A run whose history has grown goes on with a new one, on a server that says so early."""

from pathlib import Path

import pytest

from rpafabrik_api import contract
from support import factory as factories
from support import jobs, requeues

pytestmark = pytest.mark.server


async def test_counts_and_cursor_survive_continue_as_new(
    impatient_server: str, tmp_path: Path
) -> None:
    factory = await factories.prepared(impatient_server, tmp_path)
    async with factory.platform(), factory.robot():
        handle = await factory.start(
            jobs.job(concurrency=3), items=jobs.items(30, seconds=0.05), pageSize=5
        )
        summary = await handle.result()
    last = await factory.client.get_workflow_handle(summary.run_id).describe()

    assert last.run_id != handle.first_execution_run_id
    assert summary.counts == contract.Counts(completed=30)
    assert summary.counts == factory.counts(summary.run_id)
    assert len(factory.begun()) == 30
    asked = [line["source"] for line in factory.seen() if "source" in line]
    assert asked == [None, "5", "10", "15", "20", "25"]
    assert summary.started_at < last.start_time


async def test_run_that_is_held_when_it_continues_is_held_still(
    impatient_server: str, tmp_path: Path
) -> None:
    factory = await factories.prepared(impatient_server, tmp_path)
    given = [*jobs.items(12), jobs.item("last of the page", seconds=2), jobs.item("next page")]
    async with factory.platform(), factory.robot():
        handle = await factory.start(jobs.job(concurrency=3), items=given, pageSize=13)
        await factory.until(lambda: "last of the page" in factory.begun())
        await handle.signal(contract.HOLD_SIGNAL, "the target system is being moved")
        await factory.quiet(3)

        current = factory.client.get_workflow_handle(handle.id)
        description = await current.describe()
        progress = await current.query(contract.PROGRESS_QUERY, result_type=contract.Progress)
        await current.signal(contract.RELEASE_SIGNAL)
        summary = await handle.result()

    assert description.run_id != handle.first_execution_run_id
    assert (await description.memo())[contract.HELD_MEMO] is True
    assert progress == contract.Progress(
        counts=contract.Counts(completed=13),
        listed=13,
        listing_done=False,
        held_because="the target system is being moved",
    )
    assert summary.counts == contract.Counts(completed=14)


WAITS = [contract.Step(name=f"wait{n}", wait_seconds=6, when=f"{n} < 1") for n in range(50)]
"""Steps that may each cost the run 13 events; sixteen cases in work may then fill its history."""


async def test_run_continues_before_cases_that_wait_may_fill_its_history(
    factory: factories.Factory,
) -> None:
    handle = await factory.start(jobs.job(*WAITS), items=jobs.items(30), pageSize=10)
    summary = await handle.result()
    last = await factory.client.get_workflow_handle(summary.run_id).describe()

    assert last.run_id != handle.first_execution_run_id
    assert summary.counts == contract.Counts(completed=30)
    assert summary.counts == factory.counts(summary.run_id)


async def test_page_whose_cases_may_fill_the_history_by_themselves_fails_the_run(
    factory: factories.Factory,
) -> None:
    summary = await factory.run(jobs.job(*WAITS), jobs.items(61))

    assert (summary.result, summary.reason) == (contract.RunResult.FAILED, "SourceFailed")
    assert "must return at most 60 items a page" in summary.message
    assert factory.rows() == {}


async def test_counting_goes_on_where_it_continued(impatient_server: str, tmp_path: Path) -> None:
    factory = await factories.prepared(impatient_server, tmp_path)
    expected = contract.Expected(minimum=12, maximum=12, before_items=True)
    async with factory.platform(), factory.robot():
        handle = await factory.start(
            jobs.job(items=jobs.of(expected=expected)), items=jobs.items(12), pageSize=1
        )
        summary = await handle.result()
    last = await factory.client.get_workflow_handle(summary.run_id).describe()

    assert last.run_id != handle.first_execution_run_id
    assert summary.counts == contract.Counts(completed=12)
    assert summary.volume == contract.Volume(listed=12, minimum=12, maximum=12)
    asked = [line["source"] for line in factory.seen() if "source" in line]
    assert asked == [None, *map(str, range(1, 12))] * 2


async def test_requeued_items_go_on_where_the_run_continued(
    impatient_server: str, tmp_path: Path
) -> None:
    factory = await factories.prepared(impatient_server, tmp_path)
    large = {"text": "x" * 800_000}  # so large that each is a page of its own
    names = [f"large-{number}" for number in range(7)]
    async with factory.platform(), factory.robot():
        for name in names:
            await factory.run(jobs.job(), [{**jobs.item(name, do="refuse"), **large}])
            requeues.mend(factory, name, **large)
        requeues.requeue(factory)
        handle = await factory.start(jobs.job(), items=jobs.items(2))
        summary = await handle.result()
    last = await factory.client.get_workflow_handle(summary.run_id).describe()

    assert last.run_id != handle.first_execution_run_id
    assert summary.counts == contract.Counts(completed=9)
    assert set(factory.rows()) == {*names, "item-000", "item-001"}
