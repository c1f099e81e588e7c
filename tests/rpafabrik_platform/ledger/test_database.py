import socket
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from rpafabrik_platform.ledger import database, errors, store
from support import ledger_entries

SECRET = "S3cret+word"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ledger.db",
        "sqlite://",
        "sqlite:///:memory:",
        f"mysql://user:{SECRET}@localhost/ledger",
        f"postgresql://user:{SECRET}@localhost:port/ledger",
    ],
)
def test_address_that_is_none_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(errors.LedgerRefused, match="URL must be sqlite:///FILE or") as refused:
        store.open_ledger(address)

    assert SECRET not in "".join(traceback.format_exception(refused.value))


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://u@db/ledger",
        "postgresql+psycopg://u@db/ledger",
        "postgresql+psycopg2://u@db/l",
    ],
)
def test_every_postgresql_address_means_the_one_driver(address: str) -> None:
    assert database.engine(address).driver == "psycopg"


def test_address_overrides_what_we_think_best() -> None:
    engine = database.engine("postgresql://db/ledger?connect_timeout=3&application_name=mine")

    _, options = engine.dialect.create_connect_args(engine.url)
    assert (options["connect_timeout"], options["application_name"]) == ("3", "mine")


def directory(path: Path) -> None:
    path.mkdir()


def garbage(path: Path) -> None:
    path.write_bytes(b"this is no database, but it is long enough to be asked\n" * 100)


def nothing(path: Path) -> None:
    assert not path.exists()


@pytest.mark.parametrize(
    ("arrange", "name", "message"),
    [
        (directory, "ledger", "unable to open database file"),
        (garbage, "ledger", "file is not a database"),
        (nothing, "no/such/ledger", "unable to open database file"),
    ],
)
def test_sqlite_file_that_is_none_is_named(
    tmp_path: Path, arrange: Callable[[Path], None], name: str, message: str
) -> None:
    arrange(tmp_path / "ledger")

    with pytest.raises(errors.LedgerRefused, match=f"ledger {tmp_path}/{name}: {message}"):
        store.open_ledger(f"sqlite:///{tmp_path}/{name}")


def test_sqlite_writes_through_to_the_disk_and_keeps_its_references(tmp_path: Path) -> None:
    engine = database.engine(f"sqlite:///{tmp_path}/ledger.db")
    pragmas = "journal_mode", "synchronous", "foreign_keys", "busy_timeout"
    with engine.connect() as connection:
        found = {
            pragma: connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() for pragma in pragmas
        }
    engine.dispose()

    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,  # FULL
        "foreign_keys": 1,
        "busy_timeout": 30_000,
    }


def test_server_that_refuses_is_unavailable_and_its_password_unsaid() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with pytest.raises(errors.LedgerUnavailable) as unavailable:
        store.open_ledger(f"postgresql://robot:{SECRET}@127.0.0.1:{port}/ledger?sslmode=disable")

    assert f"ledger 127.0.0.1:{port}/ledger: " in str(unavailable.value)
    assert "refused" in str(unavailable.value)
    assert SECRET not in "".join(traceback.format_exception(unavailable.value))


def test_server_that_never_answers_is_unavailable_in_bounded_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"postgresql://127.0.0.1:{silent.getsockname()[1]}/ledger?connect_timeout=2"
        began = time.monotonic()

        with pytest.raises(errors.LedgerUnavailable, match="timeout"):
            store.open_ledger(address)

    assert time.monotonic() - began < 10


@pytest.mark.server
def test_server_is_told_to_notice_when_we_vanish(postgres_url: str) -> None:
    engine = database.engine(postgres_url)
    # Over this Unix socket none of it has a value; the server remembers who asked for one.
    asked = sa.text("SELECT name FROM pg_settings WHERE source = 'session' AND name LIKE 'tcp%'")

    with engine.connect() as connection:
        found = {*connection.scalars(asked)}
    engine.dispose()

    idle = {"tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count"}
    assert found == {*idle, "tcp_user_timeout"}


def test_no_reference_is_in_an_error(ledger: store.Ledger) -> None:
    private = "19121212-1212"
    half_a_claim = replace(ledger_entries.per_unit("VC001", 60), unit=None)

    with pytest.raises(errors.LedgerRefused) as refused:
        ledger.record(ledger_entries.item(private, claim=half_a_claim))

    assert private not in "".join(traceback.format_exception(refused.value))


def test_fault_of_the_database_is_waited_out_for_an_outcome_is_at_stake(
    ledger: store.Ledger,
) -> None:
    with ledger._engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE items"))

    with pytest.raises(errors.LedgerUnavailable, match="items"):
        ledger.record(ledger_entries.item())
