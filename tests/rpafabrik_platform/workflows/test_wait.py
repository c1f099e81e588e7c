"""Long waits, on a server whose clock jumps to the next timer when nothing else is to be done."""

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio import activity
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from rpafabrik import connection
from rpafabrik_api import contract
from support import factory as factories
from support import jobs, process

pytestmark = pytest.mark.server

TWO_DAYS = contract.Step(name="sleep", wait_seconds=172_800)


@pytest.fixture
async def environment() -> AsyncIterator[WorkflowEnvironment]:
    async with await WorkflowEnvironment.start_time_skipping(
        data_converter=pydantic_data_converter,
        test_server_existing_path=process.find("temporal-test-server"),
    ) as environment:
        yield environment


@pytest.fixture
def factory(environment: WorkflowEnvironment, tmp_path: Path) -> factories.Factory:
    address = environment.client.service_client.config.target_host
    settings = connection.settings(address=address, namespace="default")
    return factories.Factory(
        client=environment.client,
        settings=settings,
        folder=tmp_path,
        ledger=factories.sqlite(tmp_path),
    )


async def test_item_waits_for_days_between_two_steps(factory: factories.Factory) -> None:
    async with factory.platform(), factory.robot():
        summary = await factory.run(
            jobs.job(jobs.work("before"), TWO_DAYS, jobs.work("after")), jobs.items(1)
        )

    assert summary.counts == contract.Counts(completed=1)
    assert summary.finished_at - summary.started_at >= timedelta(days=2)


async def test_items_that_wait_give_their_places_to_others(factory: factories.Factory) -> None:
    async with factory.platform(), factory.robot():
        summary = await factory.run(
            jobs.job(TWO_DAYS, jobs.work(seconds=0.05), concurrency=2), jobs.items(8)
        )

    assert summary.counts == contract.Counts(completed=8)
    assert summary.finished_at - summary.started_at < timedelta(days=3)
    assert factory.most_at_once() == 2


async def test_run_whose_queue_has_no_digital_worker_fails_within_bounds(
    factory: factories.Factory,
) -> None:
    @activity.defn
    def something_else() -> None: ...

    async with (
        factory.platform(),
        # The server's clock stands still while nobody takes an activity, so somebody must.
        Worker(
            factory.client,
            task_queue=jobs.QUEUE,
            activities=[something_else],
            activity_executor=ThreadPoolExecutor(1),
            max_concurrent_activities=1,
        ),
    ):
        summary = await factory.run(jobs.job(), jobs.items(1))

    assert (summary.result, summary.reason) == (contract.RunResult.FAILED, "WorkerUnavailable")
    assert timedelta(minutes=9) < summary.finished_at - summary.started_at < timedelta(minutes=11)
    assert summary.message.startswith(
        "no digital worker answered on rpafabrik-worker/test/robot within 600 s: Activity function"
    )


async def test_run_ends_even_when_nobody_can_be_told(factory: factories.Factory) -> None:
    factory.reporter.is_away = True

    async with factory.platform(), factory.robot():
        handle = await factory.start(jobs.job(), name="monday", items=jobs.items(1))
        summary = await handle.result()

    assert summary.counts == contract.Counts(completed=1)
    assert factory.reporter.runs == []
