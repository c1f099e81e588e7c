"""Fixtures: a factory of the test's own, at rest or at work."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from support import factory as factories


@pytest.fixture
async def factory_at_rest(temporal_server: str, tmp_path: Path) -> factories.Factory:
    return await factories.prepared(temporal_server, tmp_path)


@pytest.fixture
async def factory(factory_at_rest: factories.Factory) -> AsyncIterator[factories.Factory]:
    async with factory_at_rest.platform(), factory_at_rest.robot():
        yield factory_at_rest
