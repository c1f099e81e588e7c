"""Fixtures: a real Kubernetes API server, one for the whole test session.

Where it comes from and how it is started is `cluster`'s concern (see tests/cluster/README.md).
"""

import contextlib
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cluster import binaries, own
from support import process, shared_server


@dataclass(frozen=True, slots=True)
class ApiServer:
    """A Kubernetes API server, and the administrator's way in."""

    kubeconfig: Path
    kubectl_cache: Path

    def kubectl(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run kubectl to its end; the caller looks at the exit code."""
        files = [f"--kubeconfig={self.kubeconfig}", f"--cache-dir={self.kubectl_cache}"]
        return subprocess.run(
            [process.find("kubectl"), *files, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=150,
        )


def is_asked_for(session: pytest.Session, fixture: str) -> bool:
    """Tell whether a test that will run asks for the fixture."""
    names = {name for item in session.items for name in getattr(item, "fixturenames", ())}
    return fixture in names and not session.config.option.collectonly


@contextlib.contextmanager
def before_the_tests(session: pytest.Session) -> Iterator[None]:
    """Do something that takes long and tells how far it is.

    Its failure is told by the tests that need it; the others run.
    """
    capture = session.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled(), contextlib.suppress(process.ProcessError):
        yield


def report(line: str) -> None:
    # Standard error: xdist's workers have no standard output.
    sys.stderr.write(f"test cluster: {line}\n")
    sys.stderr.flush()


@pytest.hookimpl
def pytest_collection_finish(session: pytest.Session) -> None:
    """Build the programs before the first test: no test's time limit holds for a build."""
    if is_asked_for(session, "cluster_origin"):
        with before_the_tests(session):
            binaries.prepare(binaries.origin(os.environ), report)
    if is_asked_for(session, "own_cluster"):
        with before_the_tests(session):
            binaries.prepare(binaries.own_build(os.environ), report)


@pytest.hookimpl
def pytest_unconfigure() -> None:
    """Leave nothing behind: wait for the shared servers of every kind."""
    shared_server.wait_for_keepers()


@pytest.fixture(scope="session")
def cluster_origin() -> binaries.Origin:
    """Return where the cluster comes from; its programs are built."""
    chosen = binaries.origin(os.environ)
    binaries.prepare(chosen, report)
    return chosen


@pytest.fixture(scope="session")
def api_server(
    cluster_origin: binaries.Origin, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ApiServer]:
    """Return the API server that all tests of the session share: keep to a namespace of yours."""
    cache = tmp_path_factory.mktemp("kubectl")
    if isinstance(cluster_origin, binaries.GivenCluster):
        yield ApiServer(cluster_origin.kubeconfig, cache)
        return
    folder = shared_server.session_folder(tmp_path_factory.getbasetemp()) / "cluster"
    with shared_server.borrow("cluster.launcher", folder) as kubeconfig:
        yield ApiServer(Path(kubeconfig), cache)


@pytest.fixture(scope="session")
def own_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[own.OwnCluster]:
    """Return a cluster that no other process has: its API server may be taken away."""
    build = binaries.own_build(os.environ)
    binaries.prepare(build, report)
    with own.running(build, tmp_path_factory.mktemp("own")) as cluster:
        yield cluster


@pytest.fixture
def kubernetes_namespace(api_server: ApiServer) -> Iterator[str]:
    """Return a new, empty namespace."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    made = api_server.kubectl("create", "namespace", name)
    assert made.returncode == 0, made.stderr
    yield name
    api_server.kubectl("delete", "namespace", name, "--wait=false")
