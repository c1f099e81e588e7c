"""Hold, release and cancel a run while it is in work."""

import pytest
from temporalio.client import WorkflowExecutionStatus

from rpafabrik_api import contract
from support import jobs
from support.factory import Factory

pytestmark = pytest.mark.server


async def test_held_run_starts_no_more_items_until_it_is_released(factory: Factory) -> None:
    handle = await factory.start(jobs.job(concurrency=2), items=jobs.items(8, seconds=0.3))
    await factory.until(lambda: len(factory.begun()) >= 2)

    await handle.signal(contract.HOLD_SIGNAL, "the target system is being moved")
    await factory.quiet(1.5)
    at_hold = len(factory.begun())
    held = await handle.query(contract.PROGRESS_QUERY, result_type=contract.Progress)
    memo = await (await handle.describe()).memo()
    await handle.signal(contract.RELEASE_SIGNAL)
    summary = await handle.result()

    assert at_hold < 8
    assert held.counts.completed == at_hold
    assert held.held_because == "the target system is being moved"
    assert memo[contract.HELD_MEMO] is True
    assert summary.counts == contract.Counts(completed=8)
    assert (await (await handle.describe()).memo())[contract.HELD_MEMO] is False


async def test_run_held_at_its_start_asks_for_no_page(factory: Factory) -> None:
    handle = await factory.start(jobs.job(), items=jobs.items(1))
    await handle.signal(contract.HOLD_SIGNAL, "stop")
    await factory.quiet(1)

    assert factory.seen() == []
    await handle.signal(contract.RELEASE_SIGNAL)
    assert (await handle.result()).counts == contract.Counts(completed=1)


async def test_held_run_does_not_finish_before_it_is_released(factory: Factory) -> None:
    finish = contract.ActivityCall(activity="finish", input={"witness": "${input.witness}"})
    handle = await factory.start(
        jobs.job(on_completion=finish), items=[jobs.item("a", seconds=0.5)]
    )
    await factory.until(lambda: factory.begun() == ["a"])

    await handle.signal(contract.HOLD_SIGNAL, "stop")
    await factory.quiet(1.5)

    assert not any("finish" in line for line in factory.seen())
    await handle.signal(contract.RELEASE_SIGNAL)
    assert (await handle.result()).files == ("report.xlsx",)


async def test_cancelled_run_abandons_what_is_in_work_and_leaves_the_rest_for_the_next(
    factory: Factory,
) -> None:
    handle = await factory.start(jobs.job(concurrency=2), items=jobs.items(6, seconds=2))
    await factory.until(lambda: len(factory.begun()) == 2)

    await handle.cancel()
    summary = await handle.result()
    again = await factory.run(jobs.job(), jobs.items(6))

    assert (summary.result, summary.reason) == (contract.RunResult.CANCELLED, "Cancelled")
    assert summary.counts == contract.Counts(abandoned=2)
    assert summary.counts == factory.counts(summary.run_id)
    assert again.counts == contract.Counts(completed=4, skipped=2)
    description = await handle.describe()
    assert description.status is WorkflowExecutionStatus.COMPLETED


async def test_run_cancelled_while_the_source_lists_ends_with_its_summary(
    factory: Factory,
) -> None:
    handle = await factory.start(jobs.job(), items=jobs.items(1))
    await handle.cancel()

    summary = await handle.result()

    assert summary.result is contract.RunResult.CANCELLED
    assert [report.summary for report in factory.reporter.runs] == [summary]


async def test_cancelled_run_abandons_the_items_that_wait(factory: Factory) -> None:
    two_days = contract.Step(name="sleep", wait_seconds=172_800)
    handle = await factory.start(
        jobs.job(jobs.work(), two_days, concurrency=1), items=jobs.items(3)
    )
    await factory.until(lambda: len(factory.begun()) == 3)

    await handle.cancel()
    summary = await handle.result()

    assert summary.result is contract.RunResult.CANCELLED
    assert summary.counts == contract.Counts(abandoned=3)
    assert summary.counts == factory.counts(summary.run_id)


async def test_failing_reports_do_not_fail_the_run(factory: Factory) -> None:
    factory.reporter.is_away = True

    handle = await factory.start(jobs.job(), name="monday", items=jobs.items(2))
    await factory.until(lambda: len(factory.begun()) == 2)
    factory.reporter.is_away = False
    summary = await handle.result()

    assert summary.counts == contract.Counts(completed=2)
    assert [report.summary for report in factory.reporter.runs] == [summary]
