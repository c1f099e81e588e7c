"""Fixtures: a real Temporal dev server, one for the whole test session."""

from collections.abc import Iterator

import pytest

from support import shared_server


@pytest.fixture(scope="session")
def temporal_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address that all tests of the session share: use ids and queues of your own."""
    folder = shared_server.session_folder(tmp_path_factory.getbasetemp()) / "temporal"
    with shared_server.borrow("support.temporal_server", folder) as address:
        yield address
