"""Fixtures: a whole Kubernetes with a node, one for the whole test session.

What it is made of is `cluster`'s concern (see tests/cluster/README.md). Where it cannot run its
tests are left out and say why; in CI they fail instead.
"""

import os
import uuid
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cluster import binaries, images, machine, whole
from support import debian, kubernetes_fixture, shared_server

_LOG_LINES = 25
_LINE_LENGTH = 400


@dataclass(frozen=True, slots=True)
class NodeCluster(kubernetes_fixture.ApiServer):
    """A Kubernetes that runs pods."""

    node_pid: int
    host: str
    """The address by which pods reach servers of this machine that listen on it."""

    def import_image(self, archive: Path) -> None:
        """Give the node an OCI archive; pods name it as it does, with `imagePullPolicy: Never`."""
        images.load(archive, self.node_pid)

    def name_image(self, name: str, another: str) -> None:
        """Let pods say `another` of an image that the node has."""
        images.tag(name, another, self.node_pid)


@pytest.hookimpl
def pytest_collection_finish(session: pytest.Session) -> None:
    """Install and build before the first test: no test's time limit holds for that."""
    if kubernetes_fixture.is_asked_for(session, "node_build") and _obstacle() is None:
        with kubernetes_fixture.before_the_tests(session):
            _prepare(binaries.own_build(os.environ))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show beside a failure what the cluster's parts said last."""
    report = yield
    fixtures = getattr(item, "funcargs", {})
    if report.failed and (cluster := fixtures.get("node_cluster")):
        report.sections.extend(_story(cluster, fixtures.get("node_namespace")))
    return report


@pytest.fixture(scope="session")
def node_build() -> binaries.OwnBuild:
    """Return the programs of a node; all that a node needs of this machine is there."""
    if because := _obstacle():
        (pytest.fail if debian.in_ci() else pytest.skip)(because)
    build = binaries.own_build(os.environ)
    _prepare(build)
    return build


@pytest.fixture(scope="session")
def node_cluster(
    node_build: binaries.OwnBuild, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[NodeCluster]:
    """Return the cluster that all tests of the session share: keep to a namespace of yours."""
    cache = tmp_path_factory.mktemp("kubectl")
    folder = shared_server.session_folder(tmp_path_factory.getbasetemp()) / "node"
    with shared_server.borrow("cluster.whole", folder) as published:
        access = whole.read(published)
        yield NodeCluster(Path(access.kubeconfig), cache, access.node_pid, access.host)


@pytest.fixture
def node_namespace(node_cluster: NodeCluster) -> Iterator[str]:
    """Return a new namespace in which pods can start."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    for arguments in (
        ("create", "namespace", name),
        ("wait", "--for=create", "serviceaccount/default", "-n", name, "--timeout=20s"),
    ):
        done = node_cluster.kubectl(*arguments)
        assert done.returncode == 0, done.stderr
    yield name
    node_cluster.kubectl("delete", "namespace", name, "--wait=false")


def _prepare(build: binaries.OwnBuild) -> None:
    machine.install()
    binaries.prepare(build, kubernetes_fixture.report)


def _obstacle() -> str | None:
    if os.environ.get("RPAFABRIK_TEST_KUBECONFIG"):
        return "a node needs a cluster of our own, and RPAFABRIK_TEST_KUBECONFIG gives another"
    return machine.obstacle()


def _story(cluster: NodeCluster, namespace: str | None) -> Iterator[tuple[str, str]]:
    where = ("-n", namespace) if namespace else ("-A",)
    for arguments in (
        ("get", "pods", "-A", "-o", "wide"),
        ("get", "events", *where, "--sort-by=.lastTimestamp"),
    ):
        yield f"kubectl {' '.join(arguments)}", cluster.kubectl(*arguments).stdout
    folder = cluster.kubeconfig.parent
    pods = (folder / "pods").glob(f"{namespace or ''}*/*/*.log")
    for log in (*sorted(folder.glob("*.log")), *sorted(pods)):
        yield str(log), "\n".join(_last_lines(log))


def _last_lines(log: Path) -> list[str]:
    try:
        lines = log.read_text(errors="replace").splitlines()[-_LOG_LINES:]
        return [line[:_LINE_LENGTH] for line in lines]
    except FileNotFoundError:  # its pod has gone meanwhile
        return []
