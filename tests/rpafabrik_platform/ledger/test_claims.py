"""References belong to one page of one run, on both databases and whoever races for them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import hypothesis
import pytest
import sqlalchemy as sa
from hypothesis import strategies as st

from rpafabrik_platform.ledger import claims, entries, errors, schema, store
from support import ledger_entries


def asked(
    *references: str, run_id: str = "run-1", position: int = 0, job_uid: str = "job-1"
) -> entries.Claiming:
    return entries.Claiming(
        job_uid=job_uid, run_id=run_id, position=position, references=references
    )


def test_what_nobody_has_is_the_pages(ledger: store.Ledger) -> None:
    assert ledger.claim(asked("a", "b")) == {}


def test_page_that_asks_again_is_answered_as_before(ledger: store.Ledger) -> None:
    ledger.claim(asked("b", run_id="run-2"))
    ledger.record(ledger_entries.item("c", run_id="run-2"))
    first = ledger.claim(asked("a", "b", "c"))

    again = ledger.claim(asked("a", "b", "c"))

    assert first == again
    assert again == {
        "b": entries.Taken(run_id="run-2"),
        "c": entries.Taken(run_id="run-2", done=True),
    }


def test_reference_of_an_earlier_page_of_the_run_is_that_pages(ledger: store.Ledger) -> None:
    ledger.claim(asked("a"))

    assert ledger.claim(asked("a", "b", position=1)) == {"a": entries.Taken(run_id="run-1")}


def test_jobs_claim_for_themselves(ledger: store.Ledger) -> None:
    ledger.claim(asked("a"))

    assert ledger.claim(asked("a", run_id="run-2", job_uid="job-2")) == {}


def test_run_that_is_over_leaves_what_it_did_not_do(ledger: store.Ledger) -> None:
    ledger.claim(asked("a", "b"))
    ledger.record(ledger_entries.item("a"))

    ledger.release_claims("job-1", "run-1")

    assert ledger.claim(asked("a", "b", run_id="run-2")) == {
        "a": entries.Taken(run_id="run-1", done=True)
    }


def test_no_claim_is_left_on_what_is_done(ledger: store.Ledger, engine: sa.Engine) -> None:
    ledger.record(ledger_entries.item("a", run_id="run-2"))

    ledger.claim(asked("a", "b"))

    with engine.connect() as connection:
        assert connection.scalars(sa.select(schema.claims.c.reference)).all() == ["b"]


def test_reference_that_no_column_holds_is_refused(ledger: store.Ledger) -> None:
    with pytest.raises(errors.LedgerRefused, match=r"claims.reference must be 1 to 500"):
        ledger.claim(asked("a", "x" * 501))


def test_run_names_so_many_skipped_references_and_each_once(
    ledger: store.Ledger, engine: sa.Engine
) -> None:
    skipped = {f"VC{number:04}": "run-1" for number in range(claims.MOST_SKIPS + 5)}
    ledger.note_skips("run-2", {"VC0000": "run-1", "VC0001": "run-1"})

    ledger.note_skips("run-2", skipped)
    ledger.note_skips("run-2", skipped)

    with engine.connect() as connection:
        rows = connection.execute(sa.select(schema.skips.c.reference, schema.skips.c.done_in))
        found = sorted(tuple(row) for row in rows)
    assert claims.MOST_SKIPS - 2 <= len(found) <= claims.MOST_SKIPS
    assert found == [(f"VC{number:04}", "run-1") for number in range(len(found))]


def test_runs_racing_for_pages_in_opposite_order_share_them_out(ledger: store.Ledger) -> None:
    references = [f"VC{number:04}" for number in range(3_000)]

    def claim_all(run_id: str, wanted: list[str]) -> set[str]:
        mine: set[str] = set()
        for start in range(0, len(wanted), 500):
            page = wanted[start : start + 500]
            taken = ledger.claim(asked(*page, run_id=run_id, position=start))
            mine |= set(page) - set(taken)
        return mine

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(claim_all, "run-1", references)
        second = pool.submit(claim_all, "run-2", references[::-1])

    assert first.result() | second.result() == set(references)
    assert first.result() & second.result() == set()


RUNS = ("run-1", "run-2")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("claim"), st.sampled_from(RUNS), st.frozensets(st.sampled_from("abcd"))),
        st.tuples(st.just("record"), st.sampled_from(RUNS), st.sampled_from("abcd")),
        st.tuples(st.just("close"), st.sampled_from(RUNS), st.none()),
    ),
    max_size=25,
)


@hypothesis.given(steps=STEPS)
@hypothesis.settings(
    max_examples=40, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture]
)
def test_no_reference_is_ever_two_runs(
    ledger: store.Ledger, steps: list[tuple[str, str, str | frozenset[str] | None]]
) -> None:
    """Held against a model: who holds what, and what is done."""
    job_uid = f"job-{datetime.now(UTC).timestamp()}"
    held: dict[str, tuple[str, int]] = {}
    done: dict[str, str] = {}
    for position, (what, run_id, given) in enumerate(steps):
        if what == "claim":
            assert isinstance(given, frozenset)
            taken = ledger.claim(
                asked(*sorted(given), run_id=run_id, position=position, job_uid=job_uid)
            )
            expected = {
                one: entries.Taken(run_id=done[one], done=True)
                if one in done
                else entries.Taken(run_id=held[one][0])
                for one in given
                if one in done or one in held
            }
            assert taken == expected
            held |= dict.fromkeys(given - set(taken), (run_id, position))
        elif what == "record" and held.get(str(given), ("",))[0] == run_id:
            item = ledger_entries.item(str(given), run_id=run_id, job_uid=job_uid)
            assert ledger.record(item).run_id == done.setdefault(str(given), run_id)
        elif what == "close":
            ledger.release_claims(job_uid, run_id)
            held = {one: holder for one, holder in held.items() if holder[0] != run_id}
