"""A run whose source lists fewer or more items than expected; real Temporal."""

import asyncio

import pytest
import sqlalchemy as sa
from temporalio.client import WorkflowHandle

from rpafabrik_api import contract
from rpafabrik_platform.activities import calls
from rpafabrik_platform.ledger import schema, store
from support import jobs
from support.factory import Factory

pytestmark = pytest.mark.server


def job(*, before_items: bool = False) -> contract.Job:
    expected = contract.Expected(minimum=2, maximum=4, before_items=before_items)
    return jobs.job(items=jobs.of(expected=expected))


def row(factory: Factory, run_id: str) -> tuple[int | None, int | None, int | None]:
    columns = schema.runs.c
    query = sa.select(columns.listed, columns.expected_min, columns.expected_max)
    with store.open_ledger(factory.ledger) as ledger, ledger._transaction() as connection:
        listed, least, most = connection.execute(query.where(columns.run_id == run_id)).one()
    return listed, least, most


@pytest.mark.parametrize("count", [0, 3, 5])
async def test_run_is_marked_with_what_was_listed_and_expected(
    factory: Factory, count: int
) -> None:
    await factory.run(jobs.job(), jobs.items(1))

    summary = await factory.run(job(), jobs.items(count), pageSize=2)

    assert summary.volume == contract.Volume(listed=count, minimum=2, maximum=4)
    assert summary.result is contract.RunResult.SUCCEEDED
    assert summary.counts.total == count
    assert row(factory, summary.run_id) == (count, 2, 4)


@pytest.mark.parametrize(
    ("count", "reason", "message"),
    [
        (
            1,
            "FewerItemsThanExpected",
            "the source listed 1 items, and at least 2 are expected: no item was touched",
        ),
        (
            5,
            "MoreItemsThanExpected",
            "the source listed 5 items, and at most 4 are expected: no item was touched",
        ),
    ],
)
async def test_run_that_counts_first_touches_no_item_of_a_wrong_number(
    factory: Factory, count: int, reason: str, message: str
) -> None:
    summary = await factory.run(job(before_items=True), jobs.items(count), pageSize=2)

    assert (summary.result, summary.reason) == (contract.RunResult.FAILED, reason)
    assert summary.message == message
    assert summary.volume == contract.Volume(listed=count, minimum=2, maximum=4)
    assert (factory.begun(), factory.rows()) == ([], {})
    assert row(factory, summary.run_id) == (count, 2, 4)


async def test_run_that_counts_first_does_what_is_as_expected(factory: Factory) -> None:
    summary = await factory.run(job(before_items=True), jobs.items(3), pageSize=2)

    assert summary.result is contract.RunResult.SUCCEEDED
    assert summary.counts == contract.Counts(completed=3)
    asked = [line["source"] for line in factory.seen() if "source" in line]
    assert asked == [None, "2", None, "2"]


async def test_run_that_expects_nothing_has_no_volume_to_tell(factory: Factory) -> None:
    summary = await factory.run(jobs.job(), jobs.items(2))

    assert summary.volume is None
    assert row(factory, summary.run_id) == (2, None, None)


async def test_volume_of_a_source_that_broke_is_unknown(factory: Factory) -> None:
    given = [*jobs.items(2), jobs.item("x"), jobs.item("x")]

    summary = await factory.run(job(), given, pageSize=2)

    assert (summary.reason, summary.volume) == ("InvalidReference", None)
    assert row(factory, summary.run_id) == (None, None, None)


async def pending(handle: WorkflowHandle[object, contract.RunSummary], activity: str) -> None:
    """Wait until the run waits for the activity."""
    async with asyncio.timeout(30):
        while activity not in [  # noqa: ASYNC110 - the server has no event for it
            one.activity_type.name
            for one in (await handle.describe()).raw_description.pending_activities
        ]:
            await asyncio.sleep(0.05)


async def test_volume_of_a_run_cancelled_while_it_claims_its_last_page_is_unknown(
    factory: Factory,
) -> None:
    one_by_one = jobs.of(concurrency=1, expected=contract.Expected(minimum=3))
    handle = await factory.start(
        jobs.job(items=one_by_one), items=jobs.items(3, seconds=0.5), pageSize=2
    )
    await factory.until(lambda: bool(factory.begun()))
    await handle.signal(contract.HOLD_SIGNAL, "until the ledger is closed")
    await factory.until(lambda: bool(factory.rows()))

    with factory.nothing_entered():
        await handle.signal(contract.RELEASE_SIGNAL)
        await pending(handle, calls.CLAIM)
        await handle.cancel()
    summary = await handle.result()

    assert (summary.result, summary.volume) == (contract.RunResult.CANCELLED, None)
    assert row(factory, summary.run_id) == (None, None, None)
