"""Fixture: Helm without a cluster."""

import pytest

from support import helm as helm_program
from support import kubernetes_fixture


@pytest.hookimpl
def pytest_collection_finish(session: pytest.Session) -> None:
    """Build Helm before the first test: no test's time limit holds for a build."""
    if kubernetes_fixture.is_asked_for(session, "helm"):
        with kubernetes_fixture.before_the_tests(session):
            helm_program.prepare()


@pytest.fixture(scope="session")
def helm(tmp_path_factory: pytest.TempPathFactory) -> helm_program.Helm:
    """Return Helm, which is built by now."""
    return helm_program.built(tmp_path_factory.mktemp("helm"))
