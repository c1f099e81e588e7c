"""The test cluster that most tests need: an API server alone, in a few seconds.

As a program (`python -m cluster.launcher FOLDER`) it is the keeper of a shared one. The cluster
with a node is `whole`.
"""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from cluster import api_server, binaries
from support import process, shared_server


@contextlib.contextmanager
def running(programs: binaries.Programs, folder: Path) -> Iterator[Path]:
    """Run a cluster whose files lie in `folder`; yield the kubeconfig of its administrator."""
    (port,) = process.free_ports(1)
    # No controller makes the `default` ServiceAccount that this plugin waits for.
    flags = ("--authorization-mode=RBAC", "--disable-admission-plugins=ServiceAccount")
    setup = api_server.Setup("127.0.0.1", port, "10.0.0.0/24", flags)
    with api_server.running(programs, folder, setup) as api:
        yield api.write_token_kubeconfig("kubeconfig", api_server.ADMINISTRATOR)


@contextlib.contextmanager
def _published(folder: Path) -> Iterator[str]:
    chosen = binaries.origin(os.environ)
    if isinstance(chosen, binaries.GivenCluster):
        yield str(chosen.kubeconfig)
        return
    with running(binaries.programs(chosen), folder) as kubeconfig:
        yield str(kubeconfig)


if __name__ == "__main__":
    shared_server.keep(_published(Path(sys.argv[1])), Path(sys.argv[1]))
