"""Benefit that came true, entered by another system: a standalone activity, through Temporal."""

import uuid
from datetime import timedelta

import pytest
from temporalio.client import ActivityFailureError
from temporalio.exceptions import ApplicationError

from rpafabrik_api import names
from rpafabrik_platform.activities import calls
from support import jobs
from support.factory import Factory

pytestmark = pytest.mark.server

ENTRY = {
    "namespace": "test",
    "job": "job",
    "period": "2026-03",
    "hours": "12.5",
    "by": "förändringsansvarig",
    "because": "färre vikarier",
}


async def realise(factory: Factory, entry: dict[str, str]) -> calls.Realised:
    realised: calls.Realised = await factory.client.execute_activity(
        "rpafabrik.realiseBenefit",
        entry,
        id=f"realise/{uuid.uuid4()}",
        task_queue=names.PLATFORM_QUEUE,
        result_type=calls.Realised,
        start_to_close_timeout=timedelta(seconds=30),
    )
    return realised


async def test_entry_of_another_system_stands_in_the_ledger(factory: Factory) -> None:
    await factory.run(jobs.job(), jobs.items(1))

    first = await realise(factory, ENTRY)
    second = await realise(factory, {**ENTRY, "hours": "-2"})

    assert first == calls.Realised(department="Ekonomi", hours="12.5", month_hours="12.5")
    assert second == calls.Realised(department="Ekonomi", hours="-2", month_hours="10.5")


async def test_entry_that_cannot_be_meant_is_refused_at_once(factory: Factory) -> None:
    with pytest.raises(ActivityFailureError) as refused:
        await realise(factory, ENTRY)

    cause = refused.value.cause
    assert isinstance(cause, ApplicationError)
    assert (cause.type, cause.non_retryable) == ("LedgerRefused", True)
    assert cause.message.startswith("test/job must be a job that has run")
