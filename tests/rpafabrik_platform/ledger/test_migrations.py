from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from rpafabrik_api import contract
from rpafabrik_platform.ledger import database, errors, migrations, schema, store
from support import ledger_entries


def checks(engine: sa.Engine) -> dict[str, set[tuple[Any, Any]]]:
    inspector = sa.inspect(engine)
    return {
        table: {
            (check["name"], check["sqltext"]) for check in inspector.get_check_constraints(table)
        }
        for table in schema.metadata.tables
    }


def test_migrations_make_what_the_schema_says(url: str, engine: sa.Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        differences = compare_metadata(context, schema.metadata)

    assert differences == []


def test_migrations_make_the_checks_that_the_schema_says(url: str, engine: sa.Engine) -> None:
    migrated = checks(engine)
    schema.metadata.drop_all(engine)
    schema.metadata.create_all(engine)

    assert migrated == checks(engine)
    assert {name for name, _ in migrated["items"]} >= {"ck_items_claim_whole"}


def test_migrating_again_changes_nothing(url: str) -> None:
    with store.open_ledger(url) as ledger:
        ledger.open_run(ledger_entries.run())
        ledger.record(ledger_entries.item("VC001"))

    store.migrate(url)

    with store.open_ledger(url) as ledger:
        assert ledger.seen("job-1", ["VC001"]) == {"VC001"}


def test_sqlite_file_is_made_and_migrated_when_it_is_opened(tmp_path: Path) -> None:
    with store.open_ledger(f"sqlite:///{tmp_path}/ledger.db") as ledger:
        ledger.open_run(ledger_entries.run())

        assert ledger.record(ledger_entries.item("VC001")).run_id == "run-1"


@pytest.mark.server
def test_postgresql_without_a_schema_is_refused(postgres_url: str) -> None:
    with pytest.raises(errors.LedgerRefused, match="has no schema yet: it must be migrated first"):
        store.open_ledger(postgres_url)


@pytest.mark.parametrize("use", [store.open_ledger, store.migrate])
def test_database_of_a_newer_generation_is_refused(url: str, engine: sa.Engine, use: Any) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(errors.LedgerRefused, match=r"has schema 9999.* newer version must be used"):
        use(url)


def test_version_before_goes_on_with_what_a_newer_one_has_added(
    url: str, engine: sa.Engine
) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE newer (taken integer)")
        connection.exec_driver_sql("ALTER TABLE items ADD COLUMN newer integer DEFAULT 1 NOT NULL")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0999'")

    store.migrate(url)
    with store.open_ledger(url) as ledger:
        ledger.open_run(ledger_entries.run())
        ledger.record(ledger_entries.item("VC001"))

        assert ledger.seen("job-1", ["VC001"]) == {"VC001"}
    with engine.connect() as connection:
        told = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    assert told == "0999"


def test_failed_migration_leaves_nothing_half_done(empty_url: str, engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE items (taken integer)")

    with pytest.raises(errors.LedgerError):
        store.migrate(empty_url)

    assert sa.inspect(engine).get_table_names() == ["items"]


def test_rows_of_an_older_ledger_keep_what_they_save(empty_url: str, engine: sa.Engine) -> None:
    with database.writing(engine).begin() as connection:
        migrations.upgrade(connection, "0002")
        connection.exec_driver_sql(
            "INSERT INTO runs (run_id, job_uid, namespace, job, department, purpose, started_at,"
            " finished_at, result) VALUES ('run-1', 'job-1', 'n', 'j', 'Ekonomi', 'Scheduled',"
            " '2026-06-30 21:00', '2026-06-30 22:30', 'Succeeded')"
        )
        connection.exec_driver_sql(
            "INSERT INTO items (job_uid, reference, run_id, outcome, completed_at, completed_on,"
            " basis, manual_seconds, per, unit) VALUES"
            " ('job-1', 'a', 'run-1', 'Completed', '2026-07-01 00:30', '2026-07-01',"
            " 'PerUnit', 6120000, 37250, 'VC001'),"
            " ('job-1', 'b', 'run-1', 'Completed', '2026-07-01 00:30', '2026-07-01',"
            " 'PerUnit', 6120000, 37250, 'VC001'),"
            " ('job-1', 'c', 'run-1', 'ApplicationException', '2026-07-01 00:30', '2026-07-01',"
            " NULL, NULL, NULL, NULL)"
        )

    store.migrate(empty_url)

    with store.open_ledger(empty_url) as ledger:
        assert ledger.saved_by_run("run-1") == contract.Saved(gross_seconds=164, net_seconds=164)
        assert ledger.counts_by_run("run-1").total == 3
    with engine.connect() as connection:
        ended = connection.scalars(sa.select(schema.runs.c.completed_on)).all()
        valid = connection.scalars(sa.select(schema.baselines.c.valid_from)).all()
    assert (ended, valid) == ([date(2026, 7, 1)], [date(2026, 7, 1)])


def test_runs_that_were_closed_before_there_were_tallies_are_tallied_alike(
    url: str, engine: sa.Engine
) -> None:
    with store.open_ledger(url) as ledger:
        aimed = contract.Targets(lead_time_seconds=60)
        ledger.open_run(replace(ledger_entries.run(), targets=aimed))
        ledger.open_run(ledger_entries.run("run-2"))
        per_unit, per_item = ledger_entries.per_unit("VC1", 50), ledger_entries.per_item(100)
        for reference, claim in [("a", per_unit), ("b", per_unit), ("c", per_item), ("d", None)]:
            ledger.record(ledger_entries.item(reference, claim=claim))
        for reference, took in [("quick", 60), ("slow", 61)]:
            done = ledger_entries.item(reference)
            arrived = done.completed_at - timedelta(seconds=took)
            ledger.record(replace(done, arrived_at=arrived))
        for reference in ("e", "f"):
            late = ledger_entries.item(reference, outcome=contract.Outcome.APPLICATION_EXCEPTION)
            ledger.record(replace(late, person_seconds=60))
        ledger.record(ledger_entries.item("open", run_id="run-2", claim=per_item))
        ledger.close_run(ledger_entries.ended("run-1"))
        ledger.requeue(ledger_entries.requeue("e"))
    written = tallies(engine)
    assert {row[-2:] for row in written} == {(0, 0), (2, 1)}
    with database.writing(engine).begin() as connection:
        connection.exec_driver_sql("DROP TABLE human_tasks")
        connection.exec_driver_sql("DROP TABLE tallies")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0003'")

    store.migrate(url)

    assert tallies(engine) == written


def tallies(engine: sa.Engine) -> set[tuple[Any, ...]]:
    with engine.connect() as connection:
        return {tuple(row) for row in connection.execute(sa.select(schema.tallies))}
