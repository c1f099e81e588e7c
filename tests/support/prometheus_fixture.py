"""Fixtures: Prometheus, promtool and Alertmanager."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from support import debian, kubernetes_fixture, monitoring, process

Watch = Callable[[Mapping[str, int]], AbstractContextManager[monitoring.Monitoring]]
"""Scrapes ports by the names of pods, for the length of a block."""


@pytest.hookimpl
def pytest_collection_finish(session: pytest.Session) -> None:
    """Unpack the programs before the first test: no test's time limit holds for a download."""
    if kubernetes_fixture.is_asked_for(session, "monitoring_programs"):
        with kubernetes_fixture.before_the_tests(session):
            monitoring.programs()


@pytest.fixture(scope="session")
def monitoring_programs() -> monitoring.Programs:
    """Return where the programs are; where they cannot be had, only CI insists."""
    try:
        return monitoring.programs()
    except process.ProcessError as because:
        if debian.in_ci():
            raise
        pytest.skip(str(because))


@pytest.fixture
def watch(monitoring_programs: monitoring.Programs, tmp_path: Path) -> Watch:
    """Return what starts Prometheus with our rules, and the Alertmanager that it tells."""
    folder = tmp_path / "monitoring"
    folder.mkdir()
    return lambda targets: monitoring.running(monitoring_programs, folder, targets)
