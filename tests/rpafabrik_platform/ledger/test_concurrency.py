import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import pytest
import sqlalchemy as sa

from rpafabrik_api import contract
from rpafabrik_platform.ledger import database, entries, migrations, schema, store
from support import ledger_entries, ledger_process

T = TypeVar("T")


def at_once(calls: list[Callable[[], T]]) -> list[T]:
    """Each call in a thread of its own, all let go together."""
    gate = threading.Barrier(len(calls))

    def pass_gate(call: Callable[[], T]) -> T:
        gate.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(pass_gate, calls))


def rows(engine: sa.Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(schema.items)) or 0


def test_threads_that_repeat_one_call_write_one_row(
    ledger: store.Ledger, engine: sa.Engine
) -> None:
    item = ledger_entries.item("VC001", claim=ledger_entries.per_item(60))

    told = at_once([lambda: ledger.record(item)] * 8)

    assert told == [entries.Recorded(run_id="run-1", outcome=contract.Outcome.COMPLETED)] * 8
    assert rows(engine) == 1
    assert ledger.saved_by_job("job-1").gross_seconds == 60


def test_of_two_runs_racing_for_items_both_are_told_the_same_winner(
    ledger: store.Ledger, engine: sa.Engine
) -> None:
    def record_all(run_id: str) -> list[entries.Recorded]:
        return [
            ledger.record(ledger_entries.item(f"VC{number}", run_id=run_id)) for number in range(50)
        ]

    first, second = at_once([lambda: record_all("run-1"), lambda: record_all("run-2")])

    assert first == second
    assert rows(engine) == 50


def test_bulk_writers_of_the_same_items_in_opposite_order_do_not_lock_each_other_out(
    ledger: store.Ledger, engine: sa.Engine
) -> None:
    items = [ledger_entries.item(f"VC{number}") for number in range(2_000)]

    told = at_once([lambda: ledger.record_many(items), lambda: ledger.record_many(items[::-1])])

    assert [len(answers) for answers in told] == [2_000, 2_000]
    assert rows(engine) == 2_000


def test_processes_racing_for_items_agree_on_who_did_each(url: str, engine: sa.Engine) -> None:
    runs = ["run-a", "run-b", "run-c"]
    processes = [ledger_process.start("record", url, run, 60) for run in runs]
    for process in processes:
        ledger_process.let_go(process)

    told = [ledger_process.said(process) for process in processes]

    assert told[0] == told[1] == told[2]
    assert rows(engine) == len(told[0]) == 60


@pytest.mark.server
def test_requeue_that_meets_the_end_of_a_run_is_in_its_tally(postgres_url: str) -> None:
    store.migrate(postgres_url)
    with store.open_ledger(postgres_url) as ledger, store.open_ledger(postgres_url) as another:
        ledger.open_run(ledger_entries.run())
        ledger.record(ledger_entries.item("a", outcome=contract.Outcome.APPLICATION_EXCEPTION))
        with ThreadPoolExecutor(1) as pool:
            requeues: list[Future[entries.Requeued]] = []

            def requeue_before_the_commit(connection: sa.Connection) -> None:
                asked = ledger_entries.requeue("a")
                requeues.append(pool.submit(another.requeue, asked))
                while not (requeues[0].done() or somebody_waits(connection)):
                    time.sleep(0.01)

            sa.event.listen(ledger._engine, "commit", requeue_before_the_commit, once=True)
            ledger.close_run(ledger_entries.ended("run-1"))
            requeues[0].result()
        tally = schema.tallies.c
        with ledger._engine.connect() as connection:
            found = connection.execute(sa.select(tally["items"], tally.superseded)).all()

    assert found == [(0, 1)]


def somebody_waits(connection: sa.Connection) -> bool:
    """Whether a transaction waits for another's lock."""
    waiting = connection.exec_driver_sql("SELECT count(*) FROM pg_locks WHERE NOT granted")
    return bool(waiting.scalar())


def test_migration_waits_for_one_that_is_under_way(empty_url: str, engine: sa.Engine) -> None:
    second = ledger_process.start("migrate", empty_url)
    with database.writing(engine).begin() as first:
        migrations.upgrade(first)
        ledger_process.let_go(second)
        time.sleep(0.5)  # long enough for it to meet the first

    assert ledger_process.said(second) == []
    with store.open_ledger(empty_url) as ledger:
        assert ledger.seen("job-1", ["VC001"]) == set()
