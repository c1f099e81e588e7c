"""A run from its first page to its summary, against a real Temporal and a real ledger."""

import pytest

from rpafabrik_api import contract
from support import jobs
from support.factory import Factory

pytestmark = pytest.mark.server


async def test_every_item_ends_with_its_outcome_and_one_row(factory: Factory) -> None:
    given = [
        jobs.item("a"),
        jobs.item("b", do="refuse"),
        jobs.item("c", do="fail"),
        jobs.item("d", do="break"),
        jobs.item("e", do="recover"),
    ]

    summary = await factory.run(jobs.job(), given)

    assert summary.result is contract.RunResult.SUCCEEDED
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
