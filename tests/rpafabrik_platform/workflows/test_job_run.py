"""A run from its first page to its summary, against a real Temporal and a real ledger."""

import asyncio
from dataclasses import replace

import pytest

from rpafabrik_api import contract, names
from rpafabrik_platform.activities import calls
from support import jobs
from support.factory import Factory

pytestmark = pytest.mark.server

FINISH = contract.ActivityCall(
    activity="finish",
    input={"witness": "${input.witness}", "counts": "${run.counts}", "do": "${input.finish}"},
    retry=contract.Retry(maximum_attempts=1),
)


async def test_every_item_ends_with_its_outcome_and_one_row(factory: Factory) -> None:
    given = [
        jobs.item("a"),
        jobs.item("b", do="refuse"),
        jobs.item("c", do="fail"),
        jobs.item("d", do="break"),
        jobs.item("e", do="recover"),
    ]

    summary = await factory.run(jobs.job(), given)

    assert summary.result is contract.RunResult.COMPLETED_WITH_ERRORS
    assert summary.counts == contract.Counts(
        completed=2, business_exceptions=1, application_exceptions=2
    )
    assert summary.saved == contract.Saved(gross_seconds=1200, net_seconds=1200)
    assert factory.rows() == {
        "a": ("Completed", None, None),
        "b": ("BusinessException", "MissingDeposit", "no deposit that day"),
        "c": ("ApplicationException", "SystemAway", "the system is away"),
        "d": ("ApplicationException", "KeyError", "'column'"),
        "e": ("Completed", None, None),
    }
    tries = factory.begun()
    assert {name: tries.count(name) for name in "abcde"} == {"a": 1, "b": 1, "c": 3, "d": 3, "e": 3}


async def test_each_page_is_asked_for_once(factory: Factory) -> None:
    summary = await factory.run(jobs.job(), jobs.items(7), pageSize=3)

    assert summary.counts == contract.Counts(completed=7)
    asked = [line["source"] for line in factory.seen() if "source" in line]
    assert asked == [None, "3", "6"]


async def test_run_without_items_is_itself_the_one_item(factory: Factory) -> None:
    step = jobs.work(id="${run.id}", do="well", seconds=0)

    summary = await factory.run(jobs.job(step, items=None))

    assert summary.counts == contract.Counts(completed=1)
    assert factory.rows() == {summary.run_id: ("Completed", None, None)}
    assert factory.begun() == [summary.run_id]


async def test_second_run_skips_what_the_first_has_done(factory: Factory) -> None:
    first = await factory.run(jobs.job(), jobs.items(3))
    second = await factory.run(jobs.job(), jobs.items(5))

    assert first.counts == contract.Counts(completed=3)
    assert second.counts == contract.Counts(completed=2, skipped=3)
    assert second.saved == contract.Saved(gross_seconds=1200, net_seconds=1200)
    assert second.job_saved == contract.Saved(gross_seconds=3000, net_seconds=3000)
    assert sorted(factory.begun()) == [f"item-00{number}" for number in range(5)]


async def test_two_runs_at_once_do_no_item_twice(factory: Factory) -> None:
    job = jobs.job(concurrency=3)

    summaries = await asyncio.gather(
        factory.run(job, jobs.items(12, seconds=0.1)), factory.run(job, jobs.items(12, seconds=0.1))
    )

    assert sum(summary.counts.completed for summary in summaries) == 12
    assert sum(summary.counts.skipped for summary in summaries) == 12
    assert len(factory.begun()) == 12
    assert len(factory.rows()) == 12


async def test_item_that_two_pages_list_is_done_once(factory: Factory) -> None:
    given = [*jobs.items(2, seconds=0.5), *jobs.items(2)]

    summary = await factory.run(jobs.job(), given, pageSize=2)

    assert summary.counts == contract.Counts(completed=2, skipped=2)
    assert len(factory.begun()) == 2


async def test_item_that_a_terminated_run_had_claimed_is_the_next_runs(factory: Factory) -> None:
    given = jobs.items(4, seconds=1)
    lost = await factory.start(jobs.job(concurrency=1), items=given)
    await factory.until(lambda: len(factory.begun()) == 1)
    await lost.terminate("by hand")

    await factory.quiet(2)
    summary = await factory.run(jobs.job(), given)

    assert summary.counts == contract.Counts(completed=4)
    assert set(factory.rows()) == {item["id"] for item in given}


async def test_never_more_items_in_work_than_places(factory: Factory) -> None:
    summary = await factory.run(jobs.job(concurrency=3), jobs.items(7, seconds=1))

    assert summary.counts == contract.Counts(completed=7)
    assert factory.most_at_once() == 3


async def test_unknown_activity_fails_the_run_before_any_item(factory: Factory) -> None:
    unknown = contract.Step(name="pay", activity=contract.ActivityCall(activity="fetch_payments"))

    summary = await factory.run(jobs.job(jobs.work(), unknown), jobs.items(2))

    assert (summary.result, summary.reason) == (contract.RunResult.FAILED, "UnknownActivity")
    assert summary.message == (
        "step 'pay': must be an activity of the digital worker"
        " (finish, list_anything, list_items, list_large, register, work), and 'fetch_payments'"
        " is none"
    )
    assert factory.seen() == []


async def test_broken_source_fails_the_run_in_the_developers_words(factory: Factory) -> None:
    source = replace(jobs.SOURCE, input={**jobs.SOURCE.input, "broken": True})
    job = jobs.job(items=contract.Items(source=source, reference="item.id"))

    summary = await factory.run(job, jobs.items(2))

    assert (summary.result, summary.reason, summary.message) == (
        contract.RunResult.FAILED,
        "SourceFailed",
        "deposits.si line 7: amounts must add up to 0",
    )
    assert factory.rows() == {}


async def test_source_that_gives_no_page_fails_the_run(factory: Factory) -> None:
    source = contract.ActivityCall(activity="list_anything", input={"page": ["a"]})
    job = jobs.job(items=contract.Items(source=source, reference="item.id"))

    summary = await factory.run(job)

    assert (summary.result, summary.reason) == (contract.RunResult.FAILED, "SourceFailed")
    assert summary.message == ("the item source must return a Page: an object with a list of items")


async def test_doubled_reference_fails_the_run_once_what_is_in_work_has_ended(
    factory: Factory,
) -> None:
    given = [*jobs.items(2, seconds=0.3), jobs.item("x"), jobs.item("x")]

    summary = await factory.run(jobs.job(), given, pageSize=2)

    assert (summary.result, summary.reason) == (contract.RunResult.FAILED, "InvalidReference")
    assert summary.message == (
        "items[1]: reference must be unique in the job, and is that of items[0]"
    )
    assert summary.counts == contract.Counts(completed=2)
    assert set(factory.rows()) == {"item-000", "item-001"}


async def test_completion_sees_the_counts_and_names_its_files(factory: Factory) -> None:
    given = [jobs.item("a"), jobs.item("b", do="refuse")]

    summary = await factory.run(jobs.job(on_completion=FINISH), given, finish="well")

    assert summary.files == ("report.xlsx",)
    [finished] = [line["finish"] for line in factory.seen() if "finish" in line]
    assert (finished["counts"]["completed"], finished["counts"]["businessExceptions"]) == (1, 1)


async def test_failed_completion_fails_the_run_and_keeps_its_rows(factory: Factory) -> None:
    summary = await factory.run(jobs.job(on_completion=FINISH), jobs.items(2), finish="fail")

    assert (summary.result, summary.reason, summary.message) == (
        contract.RunResult.FAILED,
        "CompletionFailed",
        "the disk is full",
    )
    assert summary.counts == contract.Counts(completed=2)
    assert len(factory.rows()) == 2


async def test_completion_whose_input_has_no_value_fails_the_run(factory: Factory) -> None:
    finish = replace(FINISH, input={"day": "${input.absent}"})

    summary = await factory.run(jobs.job(on_completion=finish), jobs.items(1))

    assert (summary.result, summary.reason) == (contract.RunResult.FAILED, "CompletionFailed")
    assert summary.message.startswith("onCompletion: input: 'input.absent' has no value here")


async def test_summary_counts_what_the_ledger_counts(factory: Factory) -> None:
    await factory.run(jobs.job(), [jobs.item("a")])
    given = [jobs.item("a"), jobs.item("b", do="refuse"), jobs.item("c", do="break")]

    summary = await factory.run(jobs.job(), given)

    assert summary.counts == factory.counts(summary.run_id)


async def test_end_of_a_scheduled_run_is_reported_without_progress(factory: Factory) -> None:
    summary = await factory.run(jobs.job(), jobs.items(1))

    about = calls.Reported(
        namespace="test", job="job", job_uid=jobs.UID, run_id=summary.run_id, run=None
    )
    assert factory.reporter.runs == [calls.RunReport(about=about, summary=summary)]
    assert factory.reporter.progress == []


async def test_progress_of_a_declared_run_is_reported_at_a_limited_rate(factory: Factory) -> None:
    handle = await factory.start(
        jobs.job(concurrency=1), name="monday", items=jobs.items(4, seconds=3.5)
    )
    summary = await handle.result()

    reports = factory.reporter.progress
    assert [report.about.run for report in reports] == ["monday"]
    assert reports[0].progress.counts.total < 4
    assert [report.summary for report in factory.reporter.runs] == [summary]


async def test_run_that_is_soon_over_reports_its_end_alone(factory: Factory) -> None:
    handle = await factory.start(jobs.job(), name="tuesday", items=jobs.items(3))
    summary = await handle.result()

    assert factory.reporter.progress == []
    assert [report.summary for report in factory.reporter.runs] == [summary]


async def test_progress_can_be_asked_for(factory: Factory) -> None:
    handle = await factory.start(jobs.job(), items=jobs.items(2))
    await handle.result()

    progress = await handle.query(contract.PROGRESS_QUERY, result_type=contract.Progress)

    assert progress == contract.Progress(
        counts=contract.Counts(completed=2), listed=2, listing_done=True
    )


async def test_case_that_somebody_terminates_is_abandoned_and_done_by_the_next_run(
    factory: Factory,
) -> None:
    handle = await factory.start(jobs.job(), items=[jobs.item("a", seconds=3), jobs.item("b")])
    await factory.until(lambda: "a" in factory.begun())
    case = names.case_id("test", "job", jobs.UID, "a")
    await factory.client.get_workflow_handle(case).terminate("by hand")

    first = await handle.result()
    second = await factory.run(jobs.job(), [jobs.item("a"), jobs.item("b")])

    assert first.counts == contract.Counts(completed=1, abandoned=1)
    assert second.counts == contract.Counts(completed=1, skipped=1)
