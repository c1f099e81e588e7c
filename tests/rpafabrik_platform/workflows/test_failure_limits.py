"""A run and its failure limits, against a real Temporal."""

import pytest
from temporalio.client import WorkflowHandle

from rpafabrik_api import contract
from support import jobs
from support.factory import Factory

pytestmark = pytest.mark.server

FAIL_AT_ONCE = contract.Step(name="work", activity=jobs.call(attempts=1))


def job(*, concurrency: int = 1, **limit: int) -> contract.Job:
    failure_limit = contract.FailureLimit(**limit)
    return jobs.job(
        FAIL_AT_ONCE, items=jobs.of(concurrency=concurrency, failure_limit=failure_limit)
    )


def failing(*numbers: int, of: int) -> list[dict[str, object]]:
    return [jobs.item(f"item-{n:03}", do="fail" if n in numbers else "well") for n in range(of)]


async def stopped(handle: WorkflowHandle[object, contract.RunSummary]) -> str | None:
    progress: contract.Progress = await handle.query(
        contract.PROGRESS_QUERY, result_type=contract.Progress
    )
    return progress.stopped_because


async def memo(handle: WorkflowHandle[object, contract.RunSummary]) -> tuple[object, object]:
    found = await (await handle.describe()).memo()
    return found.get(contract.STOPPED_MEMO), found.get(contract.RESUMED_MEMO)


async def test_run_whose_failures_are_within_the_limit_is_completed_with_errors(
    factory: Factory,
) -> None:
    summary = await factory.run(job(percent=30), failing(2, 7, 9, of=10))

    assert summary.result is contract.RunResult.COMPLETED_WITH_ERRORS
    assert (summary.reason, summary.message) == ("CompletedWithErrors", "3 of 10 items failed")


async def test_run_whose_failures_exceed_the_limit_is_failed_once_all_has_ended(
    factory: Factory,
) -> None:
    summary = await factory.run(job(percent=20), failing(0, 7, 9, of=10))

    assert (summary.result, summary.reason) == (contract.RunResult.FAILED, "FailureLimitExceeded")
    assert summary.counts == contract.Counts(completed=7, application_exceptions=3)


async def test_failures_in_a_row_stop_the_run_in_the_middle_until_it_is_resumed(
    factory: Factory,
) -> None:
    handle = await factory.start(
        job(consecutive=2), name="monday", items=failing(1, 2, 4, 5, of=8), pageSize=4
    )
    await factory.until(lambda: len(factory.reporter.stops) == 1)
    await factory.quiet(1)
    at_stop = factory.begun()
    first_memo = await memo(handle)

    await handle.signal(contract.RESUME_SIGNAL, "1 driften: the system answers again")
    await factory.until(lambda: len(factory.reporter.stops) == 3)
    again = factory.begun()
    await handle.signal(contract.RESUME_SIGNAL, "1 driften: the system answers again")
    await factory.quiet(1)
    unheard = await stopped(handle)
    await handle.signal(contract.RESUME_SIGNAL, "2 driften: and again")
    summary = await handle.result()

    because = "2 items in a row failed; the run waits to be resumed"
    assert at_stop == ["item-000", "item-001", "item-002"]
    assert again == [f"item-00{number}" for number in range(6)]
    assert first_memo == (because, "")
    assert unheard == because
    assert await memo(handle) == ("", "2 driften: and again")
    assert [report.because for report in factory.reporter.stops] == [because, None, because, None]
    assert summary.counts == contract.Counts(completed=4, application_exceptions=4)
    assert summary.result is contract.RunResult.COMPLETED_WITH_ERRORS


@pytest.mark.parametrize("well", [0, 1])
async def test_failures_in_a_row_stop_a_chunk_with_all_of_its_slots(
    factory: Factory, well: int
) -> None:
    limited = jobs.of(
        concurrency=10,
        mode=contract.Mode.CHUNKED,
        failure_limit=contract.FailureLimit(consecutive=5),
    )
    given = [jobs.item("ends well after the limit", seconds=0.5)] * well
    given += [jobs.item(f"item-{n:03}", do="fail", seconds=0.02) for n in range(200)]
    handle = await factory.start(jobs.job(FAIL_AT_ONCE, items=limited), items=given)
    await factory.until(lambda: len(factory.reporter.stops) == 1)
    await factory.quiet(1)

    assert 5 <= len(factory.rows()) <= 14

    await handle.cancel()
    await handle.result()


async def test_run_that_stopped_lets_what_is_in_work_end(factory: Factory) -> None:
    given = [jobs.item("slow", seconds=2), *failing(0, 1, of=6)]
    handle = await factory.start(job(concurrency=2, consecutive=2), items=given)
    await factory.until(lambda: len(factory.reporter.stops) == 1)

    await factory.until(lambda: "slow" in factory.rows())

    assert set(factory.rows()) == {"slow", "item-000", "item-001"}
    await handle.signal(contract.RESUME_SIGNAL, "driften: seen")
    assert (await handle.result()).counts.completed == 5


async def test_stopped_run_can_be_cancelled(factory: Factory) -> None:
    handle = await factory.start(job(consecutive=1), items=failing(0, of=3))
    await factory.until(lambda: len(factory.reporter.stops) == 1)

    await handle.cancel()
    summary = await handle.result()

    assert summary.result is contract.RunResult.CANCELLED
    assert summary.counts == contract.Counts(application_exceptions=1)
    assert [report.because is None for report in factory.reporter.stops] == [False, True]


async def test_stop_and_hold_each_need_their_own_word(factory: Factory) -> None:
    handle = await factory.start(job(consecutive=1), items=failing(0, of=3))
    await factory.until(lambda: len(factory.reporter.stops) == 1)
    await handle.signal(contract.HOLD_SIGNAL, "stop")

    await handle.signal(contract.RELEASE_SIGNAL)
    await factory.quiet(1)
    after_release = factory.begun()
    await handle.signal(contract.RESUME_SIGNAL, "driften: seen")

    assert after_release == ["item-000"]
    assert (await handle.result()).counts.completed == 2
