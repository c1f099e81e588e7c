"""Fixture: Helm without a cluster."""

import pytest

from support import helm as helm_program


@pytest.fixture(scope="session")
def helm(tmp_path_factory: pytest.TempPathFactory) -> helm_program.Helm:
    """Return Helm. Its tests have a time limit that lets it be built."""
    return helm_program.built(tmp_path_factory.mktemp("helm"))
