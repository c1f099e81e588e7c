"""What a page is told of its references, in a real ledger; who is alive, the test says."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from rpafabrik_platform.activities import calls
from rpafabrik_platform.activities.claims import ClaimActivities
from rpafabrik_platform.ledger import store
from support import ledger_entries

PAGE = calls.Claiming(job_uid="job-1", run_id="run-2", position=0, references=("c", "b", "a"))


@dataclass
class Runs:
    """Implements `activities.claims.Runs`, and remembers whom it was asked about."""

    alive_ones: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    async def alive(self, run_id: str) -> bool:
        self.asked.append(run_id)
        return run_id in self.alive_ones


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[store.Ledger]:
    with store.open_ledger(f"sqlite:///{tmp_path}/ledger.db") as ledger:
        ledger.open_run(ledger_entries.run("run-1"))
        ledger.open_run(ledger_entries.run("run-2"))
        yield ledger


async def test_done_references_come_in_the_order_they_were_asked_and_temporal_is_not(
    ledger: store.Ledger,
) -> None:
    runs = Runs()
    for reference in ("a", "c"):
        ledger.record(ledger_entries.item(reference))

    assert await ClaimActivities(ledger, runs).claim(PAGE) == ["c", "a"]
    assert runs.asked == []


async def test_what_a_run_under_way_has_is_not_the_pages(ledger: store.Ledger) -> None:
    activities = ClaimActivities(ledger, Runs(alive_ones={"run-1"}))
    await activities.claim(replace(PAGE, run_id="run-1", references=("a", "b")))

    assert await activities.claim(PAGE) == ["b", "a"]


async def test_what_a_terminated_run_left_is_taken_over_and_what_it_did_is_not(
    ledger: store.Ledger,
) -> None:
    runs = Runs()
    activities = ClaimActivities(ledger, runs)
    await activities.claim(replace(PAGE, run_id="run-1"))
    ledger.record(ledger_entries.item("b", run_id="run-1"))

    assert await activities.claim(PAGE) == ["b"]
    assert runs.asked == ["run-1"]
