"""Fixture: a factory of the test's own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from support import factory as factories


@pytest.fixture
async def factory(temporal_server: str, tmp_path: Path) -> AsyncIterator[factories.Factory]:
    async with factories.opened(temporal_server, tmp_path) as factory:
        yield factory
