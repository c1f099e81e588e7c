"""Dead letters are kept, looked at, re-queued and done once, on both databases."""

import json
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from rpafabrik_api import contract
from rpafabrik_api.contract import Outcome
from rpafabrik_platform.ledger import dead_letters, entries, store
from support import ledger_entries

LATER = ledger_entries.NOON + timedelta(hours=1)


def failed(reference: str = "a", run_id: str = "run-1", **more: Any) -> entries.Item:
    item = ledger_entries.item(reference, run_id=run_id, outcome=Outcome.APPLICATION_EXCEPTION)
    told = {"code": "SystemAway", "message": "away", "step": "pay", "attempts": 3}
    return replace(item, **{"payload": json.dumps({"id": reference}), **told, **more})


def waiting(ledger: store.Ledger) -> list[str]:
    return [reference for reference, _ in ledger.waiting("job-1").items]


def test_dead_letter_waits_for_a_run_once_it_is_requeued(ledger: store.Ledger) -> None:
    ledger.record(failed("a"))
    before = waiting(ledger)

    told = ledger.requeue(ledger_entries.requeue("a"))

    assert before == []
    assert told == entries.Requeued(references=("a",))
    assert ledger.waiting("job-1") == entries.Waiting(items=(("a", '{"id": "a"}'),))
    assert ledger.seen("job-1", ["a"]) == set()


def test_history_tells_each_ending_and_who_wanted_another_and_why(ledger: store.Ledger) -> None:
    ledger.record(failed("a"))
    ledger.requeue(ledger_entries.requeue("a"))
    ledger.record(ledger_entries.item("a", run_id="run-2"))

    history = ledger.item("job-1", "a")

    assert history.final is not None
    assert (history.final.run_id, history.final.outcome) == ("run-2", Outcome.COMPLETED)
    (superseded,) = history.superseded
    assert superseded == entries.Superseded(
        ending=entries.Found(
            reference="a",
            run_id="run-1",
            outcome=Outcome.APPLICATION_EXCEPTION,
            completed_at=ledger_entries.NOON,
            step="pay",
            attempts=3,
            code="SystemAway",
            message="away",
        ),
        at=LATER,
        by="driften",
        because="lagat",
    )


def test_completed_item_counts_once_and_its_payload_is_gone(ledger: store.Ledger) -> None:
    ledger.record(failed("a"))
    ledger.requeue(ledger_entries.requeue("a"))

    claim = ledger_entries.per_item(60)
    ledger.record(ledger_entries.item("a", run_id="run-2", claim=claim))

    assert ledger.counts_by_run("run-1") == contract.Counts(application_exceptions=1)
    assert ledger.counts_by_run("run-2") == contract.Counts(completed=1)
    assert ledger.saved_by_job("job-1") == contract.Saved(gross_seconds=60, net_seconds=60)
    assert ledger.item("job-1", "a").payload is None
    assert waiting(ledger) == []


def test_item_that_fails_again_is_a_dead_letter_again(ledger: store.Ledger) -> None:
    ledger.record(failed("a"))
    ledger.requeue(ledger_entries.requeue("a"))
    ledger.record(failed("a", run_id="run-2"))

    told = ledger.requeue(ledger_entries.requeue("a"))

    assert told.references == ("a",)
    assert len(ledger.item("job-1", "a").superseded) == 2
    assert waiting(ledger) == ["a"]


def test_old_record_that_comes_again_after_the_requeue_does_not_undo_it(
    ledger: store.Ledger,
) -> None:
    first = ledger.record(failed("a"))
    ledger.requeue(ledger_entries.requeue("a"))

    again = ledger.record(failed("a"))

    assert again == first
    assert waiting(ledger) == ["a"]
    assert ledger.counts_by_run("run-1") == contract.Counts(application_exceptions=1)


def test_old_record_that_comes_again_leaves_what_another_run_did(ledger: store.Ledger) -> None:
    first = ledger.record(failed("a"))
    ledger.requeue(ledger_entries.requeue("a"))
    ledger.record(ledger_entries.item("a", run_id="run-2"))

    assert ledger.record(failed("a")) == first
    assert ledger.counts_by_run("run-2") == contract.Counts(completed=1)


def test_what_cannot_be_requeued_is_told_by_name_and_nothing_is(ledger: store.Ledger) -> None:
    ledger.record(failed("failed"))
    ledger.record(failed("twice"))
    ledger.requeue(ledger_entries.requeue("twice"))
    ledger.record(ledger_entries.item("done"))
    ledger.record(ledger_entries.item("reviewed", outcome=Outcome.REVIEWED))
    ledger.record(failed("run-1"))

    told = ledger.requeue(
        ledger_entries.requeue("failed", "twice", "done", "reviewed", "unknown", "run-1")
    )

    assert told == entries.Requeued(
        refused={
            "twice": "is re-queued already",
            "done": "is Completed",
            "reviewed": "is Reviewed",
            "unknown": "is no item of the job",
            "run-1": "is a run that is its own item: start another run",
        }
    )
    assert waiting(ledger) == ["twice"]


@pytest.mark.parametrize(
    ("which", "references"), [({"code": "SystemAway"}, ("a",)), ({}, ("a", "b", "c"))]
)
def test_many_are_requeued_by_their_code_or_all(
    ledger: store.Ledger, which: dict[str, str], references: tuple[str, ...]
) -> None:
    ledger.record(failed("a"))
    ledger.record(failed("b", outcome=Outcome.ABANDONED, code="Cancelled"))
    ledger.record(failed("c", outcome=Outcome.BUSINESS_EXCEPTION, code="MissingDeposit"))
    ledger.record(ledger_entries.item("d"))

    assert ledger.requeue(ledger_entries.requeue(**which)).references == references


def test_payload_too_large_to_keep_is_marked_and_waits_for_the_source(
    ledger: store.Ledger,
) -> None:
    large = json.dumps({"id": "x" * entries.MOST_PAYLOAD_BYTES})
    ledger.record(failed("a", payload=large))

    told = ledger.requeue(ledger_entries.requeue("a"))

    assert told == entries.Requeued(references=("a",), unkept=1)
    assert ledger.item("job-1", "a").payload == entries.Payload(bytes=len(large), json=None)
    assert waiting(ledger) == []
    assert (
        ledger.claim(
            entries.Claiming(job_uid="job-1", run_id="run-2", position=0, references=("a",))
        )
        == {}
    )


def test_waiting_items_come_in_pages_by_number_and_by_size(ledger: store.Ledger) -> None:
    half = json.dumps("x" * (dead_letters.PAGE_BYTES // 2 - 100))
    ledger.record_many([failed(reference, payload=half) for reference in "abc"])
    ledger.requeue(ledger_entries.requeue())

    by_size = ledger.waiting("job-1")
    rest = ledger.waiting("job-1", after="b")
    by_number = ledger.waiting("job-1", most=1)

    assert ([one for one, _ in by_size.items], by_size.more) == (["a", "b"], True)
    assert ([one for one, _ in rest.items], rest.more) == (["c"], False)
    assert ([one for one, _ in by_number.items], by_number.more) == (["a"], True)


def test_items_are_found_by_what_is_asked(ledger: store.Ledger) -> None:
    ledger.record(failed("a"))
    ledger.record(failed("b", run_id="run-2", code="Timeout"))
    ledger.record(failed("c", completed_at=LATER))
    ledger.record(ledger_entries.item("d"))
    ledger.note_skips("run-2", {"d": "run-1"})
    dead = entries.Filter(job_uid="job-1", outcomes=(Outcome.APPLICATION_EXCEPTION,))

    def found(**more: Any) -> list[str]:
        return [one.reference for one in ledger.items(replace(dead, **more))]

    assert found() == ["a", "b", "c"]
    assert found(limit=2) == ["a", "b"]
    assert found(code="Timeout") == ["b"]
    assert found(run_id="run-1") == ["a", "c"]
    assert found(since=LATER) == ["c"]
    assert found(outcomes=(Outcome.COMPLETED,)) == ["d"]
    (skipped,) = ledger.items(replace(dead, outcomes=(Outcome.SKIPPED,)))
    assert (skipped.reference, skipped.run_id, skipped.message) == ("d", "run-2", "done in run-1")


def test_job_made_anew_is_the_last_of_its_name(ledger: store.Ledger) -> None:
    later = replace(ledger_entries.run("run-9", job_uid="job-9"), started_at=LATER)
    ledger.open_run(later)
    ledger.open_run(replace(later, run_id="run-8", job_uid="job-8", namespace="annan"))

    assert [(job.namespace, job.uid) for job in ledger.jobs("kassaavstamning")] == [
        ("annan", "job-8"),
        ("ekonomi", "job-9"),
    ]
    assert ledger.jobs("unknown") == []


TRIES = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.sampled_from(["fail", "complete", "requeue", "record again"]),
    ),
    max_size=30,
)


@hypothesis.given(tries=TRIES)
@hypothesis.settings(
    max_examples=30, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture]
)
def test_whatever_people_and_runs_do_an_item_stands_once_and_nothing_is_lost(
    ledger: store.Ledger, tries: list[tuple[str, str]]
) -> None:
    job_uid = f"job-{uuid.uuid4()}"
    standing: dict[str, Outcome] = {}
    written: list[entries.Item] = []
    requeued: list[str] = []
    for number, (reference, what) in enumerate(tries):
        run_id = f"{job_uid}/{number}"
        if what == "requeue":
            refused = ledger.requeue(ledger_entries.requeue(reference, job_uid=job_uid)).refused
            dead = standing.get(reference, Outcome.COMPLETED).dead_letter
            assert bool(refused) is not dead
            if dead:
                del standing[reference]
                requeued.append(reference)
        elif what == "record again":
            ledger.record_many([one for one in written if one.reference == reference][::-1])
        elif reference not in standing:
            ledger.open_run(ledger_entries.run(run_id, job_uid=job_uid))
            item = failed(reference, run_id=run_id, job_uid=job_uid)
            if what == "complete":
                item = ledger_entries.item(reference, run_id=run_id, job_uid=job_uid)
            written.append(item)
            standing[reference] = ledger.record(item).outcome
    final = ledger.items(entries.Filter(job_uid=job_uid, outcomes=tuple(Outcome)))
    assert {one.reference: one.outcome for one in final} == standing
    histories = [ledger.item(job_uid, reference) for reference in "abc"]
    assert sum(len(one.superseded) for one in histories) == len(requeued)
    lost = {*requeued} - {*standing}
    assert {reference for reference, _ in ledger.waiting(job_uid).items} == lost
