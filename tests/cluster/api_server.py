"""etcd and the API server, for the length of a block, and the administrator's way in.

Knows neither controllers nor nodes: who has them says so with flags and users.
"""

import base64
import contextlib
import http.client
import json
import secrets
import shutil
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cluster import binaries
from support import process

ADMINISTRATOR = "admin"


@dataclass(frozen=True, slots=True)
class Setup:
    """What differs between API servers."""

    address: str
    port: int
    services: str
    """The network that Services get their addresses of."""
    flags: tuple[str, ...]
    users: tuple[str, ...] = ()
    """Who else has a token, by name."""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A certificate and its key."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Api:
    """A running API server."""

    setup: Setup
    folder: Path
    tokens: Mapping[str, str] = field(repr=False)

    def get(self, path: str) -> bytes | None:
        """Ask as the administrator; None is any answer but 200, and no answer."""
        headers = {"Authorization": f"Bearer {self.tokens[ADMINISTRATOR]}"}
        where = (self.setup.address, self.setup.port)
        try:
            trust = ssl.create_default_context(cafile=str(own_keys(self.folder).certificate))
            connection = http.client.HTTPSConnection(*where, timeout=5, context=trust)
            with contextlib.closing(connection):
                connection.request("GET", path, headers=headers)
                answer = connection.getresponse()
                return answer.read() if answer.status == http.HTTPStatus.OK else None
        except OSError:  # no certificate or no listener yet
            return None

    def write_kubeconfig(self, name: str, user: Mapping[str, str]) -> Path:
        """Write the way in of a user; the file needs no other file to lie beside it."""
        trust = base64.b64encode(own_keys(self.folder).certificate.read_bytes()).decode()
        server = f"https://{self.setup.address}:{self.setup.port}"
        context = "rpafabrik-test"
        cluster = {"server": server, "certificate-authority-data": trust}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": context, "cluster": cluster}],
            "users": [{"name": context, "user": dict(user)}],
            "contexts": [{"name": context, "context": {"cluster": context, "user": context}}],
            "current-context": context,
        }
        return _write_secret(self.folder / name, json.dumps(config, indent=2))

    def write_token_kubeconfig(self, name: str, user: str) -> Path:
        return self.write_kubeconfig(name, {"token": self.tokens[user]})


@contextlib.contextmanager
def running(programs: binaries.Programs, folder: Path, setup: Setup) -> Iterator[Api]:
    """Run an API server whose files lie in `folder`, and its etcd."""
    api = prepared(folder, setup)
    # Left in reverse: with etcd gone first, the API server takes more than a minute to end.
    with storing(programs, folder) as etcd, serving(programs, api, etcd):
        yield api


@dataclass(frozen=True, slots=True)
class Etcd:
    """A running etcd."""

    port: int
    child: process.Child


def prepared(folder: Path, setup: Setup) -> Api:
    """Write what the API server reads: who has which token."""
    tokens = {user: secrets.token_urlsafe() for user in (ADMINISTRATOR, *setup.users)}
    rows = [f"{token},{user},{user},{_groups(user)}\n" for user, token in tokens.items()]
    _write_secret(folder / "tokens.csv", "".join(rows))
    return Api(setup, folder, tokens)


@contextlib.contextmanager
def storing(programs: binaries.Programs, folder: Path) -> Iterator[Etcd]:
    """Run an etcd; what it holds goes with it."""
    (port,) = process.free_ports(1)
    command = [*programs.etcd, *_etcd_flags(folder, port)]
    try:
        with process.running("etcd", command, folder / "etcd.log") as child:
            yield Etcd(port, child)
    finally:
        shutil.rmtree(folder / "etcd", ignore_errors=True)


@contextlib.contextmanager
def serving(programs: binaries.Programs, api: Api, etcd: Etcd) -> Iterator[process.Child]:
    """Run the API server on an etcd; it may be run again on the same."""
    command = [*programs.kube_apiserver, *_api_flags(api.folder, etcd.port, api.setup)]
    log = api.folder / "kube-apiserver.log"
    with process.running("kube-apiserver", command, log) as child:
        process.wait_until(lambda: api.get("/readyz") is not None, [etcd.child, child], seconds=60)
        yield child


def own_keys(folder: Path) -> KeyPair:
    """Return the keys that the API server makes for its own certificate.

    It makes them before it looks for a key to sign the tokens of ServiceAccounts with; so that
    one has not to be made.
    """
    certificates = folder / "certificates"
    return KeyPair(certificates / "apiserver.crt", certificates / "apiserver.key")


def _groups(user: str) -> str:
    return "system:masters" if user == ADMINISTRATOR else ""


def _etcd_flags(folder: Path, port: int) -> list[str]:
    return [
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls=http://127.0.0.1:{port}",
        f"--advertise-client-urls=http://127.0.0.1:{port}",
        "--listen-peer-urls=http://127.0.0.1:0",
        "--unsafe-no-fsync",  # nothing here outlives the tests
        "--log-level=warn",
    ]


def _api_flags(folder: Path, etcd_port: int, setup: Setup) -> list[str]:
    return [
        f"--etcd-servers=http://127.0.0.1:{etcd_port}",
        f"--bind-address={setup.address}",
        f"--advertise-address={setup.address}",
        f"--secure-port={setup.port}",
        "--endpoint-reconciler-type=none",
        f"--cert-dir={folder / 'certificates'}",
        f"--token-auth-file={folder / 'tokens.csv'}",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={own_keys(folder).key}",
        f"--service-account-signing-key-file={own_keys(folder).key}",
        f"--service-cluster-ip-range={setup.services}",
        *setup.flags,
    ]


def _write_secret(path: Path, text: str) -> Path:
    path.touch(mode=0o600)
    path.write_text(text)
    return path
