"""What is too large is refused with a word, or done; Temporal never ends a workflow for it."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from temporalio.client import WorkflowExecutionStatus

from rpafabrik_api import contract
from support import jobs
from support.factory import Factory

pytestmark = pytest.mark.server

MEGABYTE = 1_000_000
MODES = pytest.mark.parametrize("mode", [jobs.job, jobs.chunked])
Make = Callable[..., contract.Job]

LARGE = contract.ActivityCall(activity="list_large", input={"sizes": "${input.sizes}"})


def large(mode: Make, *steps: contract.Step) -> contract.Job:
    """A job whose source makes items of the sizes that the input tells."""
    job = mode(*steps)
    assert job.items
    return replace(job, items=replace(job.items, source=LARGE))


async def run(factory: Factory, job: contract.Job, sizes: list[int]) -> contract.RunSummary:
    """Run the job to its end, which must be its own and not Temporal's."""
    handle = await factory.start(job, sizes=sizes)
    summary = await handle.result()
    assert (await handle.describe()).status is WorkflowExecutionStatus.COMPLETED
    return summary


@MODES
async def test_item_of_more_than_a_megabyte_is_done(factory: Factory, mode: Make) -> None:
    echo = jobs.work(do="well", seconds=0, echo="${item.text}")

    summary = await run(factory, large(mode, echo), [14 * MEGABYTE // 10])

    assert summary.counts == contract.Counts(completed=1)


@MODES
async def test_many_large_items_are_done(factory: Factory, mode: Make) -> None:
    small = jobs.work(do="well", seconds=0)

    summary = await run(factory, large(mode, small), [7 * MEGABYTE // 10] * 12)

    assert summary.counts == contract.Counts(completed=12)


@MODES
async def test_cases_that_are_too_large_to_start_at_once_are_all_done(
    factory: Factory, mode: Make
) -> None:
    padded = jobs.work(do="well", seconds=0, padding="x" * 150_000)
    job = large(mode, padded, contract.Step(name="leaves_its_chunk", wait_seconds=1))
    assert job.items
    together = replace(LARGE, input={**LARGE.input, "pageSize": 30})
    job = replace(job, items=replace(job.items, source=together, concurrency=100))

    summary = await run(factory, job, [20_000] * 30)

    assert summary.counts == contract.Counts(completed=30)


@MODES
async def test_input_beyond_what_temporal_carries_fails_the_item_with_a_word(
    factory: Factory, mode: Make
) -> None:
    twice = jobs.work(do="well", seconds=0, echo="${item.text}${item.text}")

    summary = await run(factory, large(mode, twice), [MEGABYTE])

    assert summary.counts == contract.Counts(application_exceptions=1)
    _, code, message = factory.rows()["0"]
    assert code == "ExpressionError"
    assert message is not None
    assert message.startswith("step 'work': input: must be at most 1900000 bytes of JSON, and is 2")


@MODES
async def test_output_beyond_what_temporal_carries_fails_the_item(
    factory: Factory, mode: Make
) -> None:
    grows = jobs.work(do="swell", seconds=0, echo="${item.text}", attempts=1)

    summary = await run(factory, large(mode, grows), [MEGABYTE])

    assert summary.counts == contract.Counts(application_exceptions=1)
    assert factory.rows()["0"][1] == "PayloadsTooLarge"


@MODES
async def test_many_large_steps_of_one_item_end_it_with_a_word(
    factory: Factory, mode: Make
) -> None:
    steps = [jobs.work(f"s{n}", do="well", seconds=0, echo="${item.text}") for n in range(20)]

    summary = await run(factory, large(mode, *steps), [14 * MEGABYTE // 10])

    assert summary.counts.total == 1
    if mode is jobs.job:
        assert factory.rows()["0"][1] == "TooLarge"


async def test_parallel_steps_whose_inputs_are_too_large_together_end_the_item_with_a_word(
    factory: Factory,
) -> None:
    steps = [jobs.work(f"s{n}", do="nothing", seconds=0, echo="${item.text}") for n in range(4)]
    job = large(jobs.job, contract.Step(name="all", parallel=tuple(steps)))

    summary = await run(factory, job, [12 * MEGABYTE // 10, 8 * MEGABYTE // 10])

    assert summary.counts == contract.Counts(completed=1, application_exceptions=1)
    _, code, message = factory.rows()["0"]
    assert code == "TooLarge"
    assert message is not None
    assert message.startswith(
        "step 's2': inputs of parallel steps must be at most 3500000 bytes of JSON together, and"
    )


@MODES
async def test_item_that_its_case_cannot_take_fails_the_run_before_it_is_begun(
    factory: Factory, mode: Make
) -> None:
    job = large(mode, jobs.work(do="well", seconds=0, padding="x" * 600_000))

    summary = await run(factory, job, [14 * MEGABYTE // 10])

    assert summary.result is contract.RunResult.FAILED
    assert summary.reason == "SourceFailed"
    assert "items[0] has 14000" in summary.message
    assert factory.begun() == []


async def test_chunks_that_are_too_large_to_start_at_once_are_all_done(factory: Factory) -> None:
    job = large(jobs.chunked, jobs.work(do="well", seconds=0))
    assert job.items
    together = replace(LARGE, input={**LARGE.input, "pageSize": 70})
    job = replace(job, items=replace(job.items, source=together, concurrency=100, chunk_size=1_000))

    summary = await run(factory, job, [20_000] * 280)

    assert summary.counts == contract.Counts(completed=280)


async def test_outputs_that_no_case_can_take_along_end_the_item_in_its_chunk(
    factory: Factory,
) -> None:
    job = large(
        jobs.chunked,
        jobs.work("big", do="well", seconds=0, echo="${item.text}"),
        contract.Step(name="rest", wait_seconds=1),
    )

    summary = await run(factory, job, [MEGABYTE, 10])

    assert summary.counts == contract.Counts(completed=1, application_exceptions=1)
    assert factory.rows()["0"][1] == "TooLarge"
