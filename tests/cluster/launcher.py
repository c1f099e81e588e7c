"""Starts and stops the test cluster: etcd and the API server, for the length of a block.

As a program (`python -m cluster.launcher FOLDER`) it is the keeper of a shared one. Where the
programs come from is `binaries`' concern.
"""

import contextlib
import http.client
import json
import os
import secrets
import shutil
import ssl
import sys
from collections.abc import Iterator
from pathlib import Path

from cluster import binaries
from support import process, shared_server


@contextlib.contextmanager
def running(programs: binaries.Programs, folder: Path) -> Iterator[Path]:
    """Run a cluster whose files lie in `folder`; yield the kubeconfig of its administrator."""
    etcd_port, api_port = process.free_ports(2)
    token = secrets.token_urlsafe()
    tokens = folder / "tokens.csv"
    tokens.touch(mode=0o600)
    tokens.write_text(f'{token},admin,admin,"system:masters"\n')
    etcd = [*programs.etcd, *_etcd_flags(folder, etcd_port)]
    api = [*programs.kube_apiserver, *_api_flags(folder, etcd_port, api_port)]
    # Left in reverse: with etcd gone first, the API server takes more than a minute to end.
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder / "etcd", ignore_errors=True)
        first = stack.enter_context(process.running("etcd", etcd, folder / "etcd.log"))
        log = folder / "kube-apiserver.log"
        second = stack.enter_context(process.running("kube-apiserver", api, log))
        certificate = folder / "certificates" / "apiserver.crt"
        process.wait_until(
            lambda: _is_ready(api_port, token, certificate), [first, second], seconds=60
        )
        yield _write_kubeconfig(folder, api_port, token, certificate)


def _etcd_flags(folder: Path, port: int) -> list[str]:
    return [
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls=http://127.0.0.1:{port}",
        f"--advertise-client-urls=http://127.0.0.1:{port}",
        "--listen-peer-urls=http://127.0.0.1:0",
        "--unsafe-no-fsync",  # nothing here outlives the tests
        "--log-level=warn",
    ]


def _api_flags(folder: Path, etcd_port: int, port: int) -> list[str]:
    certificates = folder / "certificates"
    # The API server makes this key for its own certificate before it looks for one to sign
    # tokens with; so no key has to be made here.
    key = certificates / "apiserver.key"
    return [
        f"--etcd-servers=http://127.0.0.1:{etcd_port}",
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        f"--secure-port={port}",
        "--endpoint-reconciler-type=none",
        f"--cert-dir={certificates}",
        f"--token-auth-file={folder / 'tokens.csv'}",
        "--authorization-mode=RBAC",
        # No controller makes the `default` ServiceAccount that this plugin waits for.
        "--disable-admission-plugins=ServiceAccount",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={key}",
        f"--service-account-signing-key-file={key}",
        "--service-cluster-ip-range=10.0.0.0/24",
    ]


def _is_ready(port: int, token: str, certificate: Path) -> bool:
    try:
        trust = ssl.create_default_context(cafile=str(certificate))
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=5, context=trust)
        with contextlib.closing(connection):
            connection.request("GET", "/readyz", headers={"Authorization": f"Bearer {token}"})
            return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:  # no certificate or no listener yet
        return False


def _write_kubeconfig(folder: Path, port: int, token: str, certificate: Path) -> Path:
    name = "rpafabrik-test"
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": name,
                "cluster": {
                    "server": f"https://127.0.0.1:{port}",
                    "certificate-authority": str(certificate),
                },
            }
        ],
        "users": [{"name": name, "user": {"token": token}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
    }
    kubeconfig = folder / "kubeconfig"
    kubeconfig.touch(mode=0o600)
    kubeconfig.write_text(json.dumps(config, indent=2))
    return kubeconfig


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
