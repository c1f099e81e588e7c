"""Fixtures: a factory of one's own, of which nothing runs until the test says so."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support import observed, operator_world
from support.helm import Helm
from support.kubernetes_fixture import ApiServer


@pytest.fixture
def factory(
    api_server: ApiServer, temporal_server: str, helm: Helm, tmp_path: Path
) -> Iterator[observed.Factory]:
    """Return a factory with a SQLite ledger."""
    with operator_world.opened(
        api_server, temporal_server, helm, tmp_path, resync_seconds=300
    ) as home:
        yield observed.factory(home, f"sqlite:///{home.folder / 'ledger.db'}")
