"""Fixtures: an operator at work, with a platform and a digital worker."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster.own import OwnCluster
from support import operator_world
from support.helm import Helm
from support.kubernetes_fixture import ApiServer


@pytest.fixture(scope="session")
def operator_home(
    api_server: ApiServer,
    temporal_server: str,
    helm: Helm,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[operator_world.Home]:
    """Return a namespace that an operator serves, for all tests of this process."""
    folder = tmp_path_factory.mktemp("operator")
    with operator_world.served(api_server, temporal_server, helm, folder) as home:
        yield home


@pytest.fixture
async def world(operator_home: operator_world.Home) -> operator_world.World:
    """Return the test's view of that namespace: names are the test's own."""
    return await operator_world.connected(operator_home)


@pytest.fixture
def own_home(
    own_cluster: OwnCluster, temporal_server: str, helm: Helm, tmp_path: Path
) -> Iterator[operator_world.Home]:
    """Return a namespace that nobody serves yet, in a cluster that a test may harm."""
    api = ApiServer(own_cluster.kubeconfig, tmp_path / "kubectl")
    with operator_world.opened(api, temporal_server, helm, tmp_path) as home:
        yield home


@pytest.fixture
def lonely_home(
    api_server: ApiServer, temporal_server: str, helm: Helm, tmp_path: Path
) -> Iterator[operator_world.Home]:
    """Return a namespace that nobody serves yet."""
    with operator_world.opened(api_server, temporal_server, helm, tmp_path) as home:
        yield home
