"""Connections to SQLite and PostgreSQL that lose nothing committed and wait within bounds."""

from typing import Any

import sqlalchemy as sa

from rpafabrik_platform.ledger import errors

_SQLITE_LOCK_SECONDS = 30
_NO_FILE = (None, "", ":memory:")
_POSTGRESQL_DEFAULTS: dict[str, Any] = {
    "application_name": "rpafabrik-ledger",
    # A prepared statement keeps a plan made while the tables were small: each write then reads all
    # the rows that there are. Nor does it survive a pooler between us and the server.
    "prepare_threshold": None,
    "connect_timeout": 10,
    # A server that vanished without a word is noticed within half a minute.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
_POSTGRESQL_SESSION = (
    # And the server notices within half a minute that we vanished, as with our node: by default
    # after two hours, in which nobody else gets the locks that we held.
    "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3;"
    " SET tcp_user_timeout = 30000"
)


def engine(address: str) -> sa.Engine:
    """An engine for `sqlite:///FILE` or `postgresql://…`; connects at its first use."""
    try:
        url = sa.make_url(address)
    except (sa.exc.ArgumentError, ValueError):
        url = None
    if url is not None and url.get_backend_name() == "sqlite" and url.database not in _NO_FILE:
        return _sqlite(url)
    if url is not None and url.get_backend_name() == "postgresql":
        return _postgresql(url)
    raise errors.LedgerRefused(
        "the ledger's URL must be sqlite:///FILE or postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
    )


def place(url: sa.URL) -> str:
    """Where the ledger is, in words that hold no password."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    host = url.host or url.query.get("host", "localhost")
    return f"{host}:{url.port or 5432}/{url.database}"


def writing(engine: sa.Engine) -> sa.Engine:
    """The same database, for transactions that write after they have read.

    SQLite refuses such a one at once, whatever its timeout, if another wrote in between.
    """
    return engine.execution_options(begin="BEGIN IMMEDIATE")


def _postgresql(url: sa.URL) -> sa.Engine:
    defaults = {k: v for k, v in _POSTGRESQL_DEFAULTS.items() if k not in url.query}
    engine = sa.create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args=defaults,
        pool_pre_ping=True,  # a restarted server costs no call
        hide_parameters=True,
    )
    sa.event.listen(engine, "connect", _prepare_postgresql)
    return engine


def _prepare_postgresql(connection: Any, _record: object) -> None:
    # Not in the URL's options, which some poolers refuse.
    connection.execute(_POSTGRESQL_SESSION)
    connection.commit()


def _sqlite(url: sa.URL) -> sa.Engine:
    engine = sa.create_engine(
        url.set(drivername="sqlite+pysqlite"),
        connect_args={"timeout": _SQLITE_LOCK_SECONDS},
        hide_parameters=True,
    )
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver would begin before INSERT but not before SELECT or CREATE; we begin ourselves.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: sa.Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))
