import pytest

from rpafabrik_platform.ledger import errors, store
from support import ledger_entries, ledger_process, postgres_fixture


def test_process_killed_while_it_records_loses_nothing_it_was_told(url: str) -> None:
    with ledger_process.start("record", url, "run-1", 100_000) as writer:
        ledger_process.let_go(writer)
        assert writer.stdout
        told = [writer.stdout.readline() for _ in range(100)]
        writer.kill()
        # Not `communicate`, which would lose what `readline` has taken in and not yet given.
        told += writer.stdout.readlines()

    done = [f"reference-{line.split()[0]}" for line in told if line.endswith("\n")]
    following = [f"reference-{number}" for number in range(len(done), len(done) + 10)]
    with store.open_ledger(url) as ledger:
        assert ledger.seen("job-1", done) == set(done)
        # The row in flight may be there, unannounced; none after it can be.
        assert ledger.seen("job-1", following) <= set(following[:1])
        ledger.record_many([ledger_entries.item(reference) for reference in following])
        assert ledger.counts_by_run("run-1").total == len(done) + len(following)


@pytest.mark.server
def test_restarted_server_costs_no_call(
    postgres: postgres_fixture.Server, postgres_url: str
) -> None:
    store.migrate(postgres_url)
    with store.open_ledger(postgres_url) as ledger:
        ledger.open_run(ledger_entries.run())
        ledger.record(ledger_entries.item("before"))

        postgres.tell("stop")
        try:
            with pytest.raises(errors.LedgerUnavailable):
                ledger.record(ledger_entries.item("meanwhile"))
        finally:
            postgres.tell("start")
        ledger.record(ledger_entries.item("after"))

        assert ledger.seen("job-1", ["before", "meanwhile", "after"]) == {"before", "after"}


@pytest.mark.server
def test_connection_cut_between_two_calls_is_not_noticed(
    postgres: postgres_fixture.Server, postgres_url: str
) -> None:
    store.migrate(postgres_url)
    with store.open_ledger(postgres_url) as ledger:
        ledger.open_run(ledger_entries.run())
        postgres.tell("stop")
        postgres.tell("start")

        assert ledger.record(ledger_entries.item("after")).run_id == "run-1"
