"""The ledger's tests run on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from rpafabrik_platform.ledger import database, store
from support import ledger_entries


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without a schema."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/ledger.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def engine(empty_url: str) -> Iterator[sa.Engine]:
    """A look at the database past the ledger."""
    engine = database.engine(empty_url)
    yield engine
    engine.dispose()


@pytest.fixture
def url(empty_url: str) -> str:
    """A database with the current schema."""
    store.migrate(empty_url)
    return empty_url


@pytest.fixture
def ledger(url: str) -> Iterator[store.Ledger]:
    """A ledger in which `run-1` and `run-2` of `job-1` are open."""
    with store.open_ledger(url) as opened:
        opened.open_run(ledger_entries.run("run-1"))
        opened.open_run(ledger_entries.run("run-2"))
        yield opened
