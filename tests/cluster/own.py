"""A cluster that one test may harm: its API server goes and comes back, its etcd forgets.

It has the controllers that delete (namespaces, what an owner leaves behind) and no others. Every
question about rights is written down before Kubernetes' own rules answer it.
"""

import contextlib
import http.server
import json
import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cluster import api_server, binaries
from support import process

_CONTROLLERS = "system:kube-controller-manager"
_DELETING = "namespace-controller,garbage-collector-controller,serviceaccount-token-controller"

Asked = tuple[str, str, str, str]
"""Group, resource with its subresource, verb, name."""


@dataclass(frozen=True, slots=True)
class OwnCluster:
    """A cluster of one's own."""

    kubeconfig: Path
    _programs: binaries.Programs
    _api: api_server.Api
    _etcd: api_server.Etcd
    _asked: list[dict[str, Any]]
    _up: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def start(self) -> None:
        """Bring the API server up, on the same port and data as before."""
        self._up.enter_context(api_server.serving(self._programs, self._api, self._etcd))

    def stop(self) -> None:
        """Take the API server away; etcd stays."""
        self._up.close()

    def forget_the_past(self) -> None:
        """Make etcd forget all versions but the newest."""
        newest = self._ask_etcd("kv/range", {"key": "AA=="})["header"]["revision"]
        self._ask_etcd("kv/compaction", {"revision": newest, "physical": True})

    def asked(self, user: str) -> set[Asked]:
        """Return what a user asked to be allowed so far, resources only."""
        found = set()
        for about in self._asked:
            what = about.get("resourceAttributes")
            if about.get("user") == user and what:
                parts = (what["resource"], what.get("subresource"))
                resource = "/".join(part for part in parts if part)
                found.add((what.get("group", ""), resource, what["verb"], what.get("name", "")))
        return found

    def _ask_etcd(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        url = f"http://127.0.0.1:{self._etcd.port}/v3/{path}"
        with urllib.request.urlopen(url, json.dumps(body).encode()) as answer:
            told: dict[str, Any] = json.load(answer)
        return told


@contextlib.contextmanager
def running(build: binaries.OwnBuild, folder: Path) -> Iterator[OwnCluster]:
    """Run a cluster whose files lie in `folder`."""
    programs = binaries.programs(build)
    with _witness(folder) as (webhook, asked), contextlib.ExitStack() as up:
        (port,) = process.free_ports(1)
        flags = (
            "--authorization-mode=Webhook,RBAC",
            f"--authorization-webhook-config-file={webhook}",
            "--authorization-webhook-version=v1",
            "--enable-admission-plugins=OwnerReferencesPermissionEnforcement",
            # No controller makes the `default` ServiceAccount that this plugin waits for.
            "--disable-admission-plugins=ServiceAccount",
        )
        users = (_CONTROLLERS,)
        setup = api_server.Setup("127.0.0.1", port, "10.0.0.0/24", flags, users)
        api = api_server.prepared(folder, setup)
        with api_server.storing(programs, folder) as etcd, up:
            kubeconfig = folder / "kubeconfig"
            cluster = OwnCluster(kubeconfig, programs, api, etcd, asked, up)
            cluster.start()
            api.write_token_kubeconfig(kubeconfig.name, api_server.ADMINISTRATOR)
            with _controllers(build, api):
                yield cluster


@contextlib.contextmanager
def _controllers(build: binaries.OwnBuild, api: api_server.Api) -> Iterator[None]:
    kubeconfig = api.write_token_kubeconfig("controllers.kubeconfig", _CONTROLLERS)
    keys = api_server.own_keys(api.folder)
    command = [
        *(str(build.binary), "kube-controller-manager", f"--kubeconfig={kubeconfig}"),
        *("--leader-elect=false", "--secure-port=0", f"--controllers={_DELETING}"),
        *("--use-service-account-credentials=true", "--concurrent-namespace-syncs=2"),
        f"--service-account-private-key-file={keys.key}",
        f"--flex-volume-plugin-dir={api.folder / 'volume-plugins'}",
    ]
    log = api.folder / "kube-controller-manager.log"
    with process.running("kube-controller-manager", command, log):
        yield


@contextlib.contextmanager
def _witness(folder: Path) -> Iterator[tuple[Path, list[dict[str, Any]]]]:
    """Write down what the API server asks an authorizer, and have no opinion on it."""
    asked: list[dict[str, Any]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append(review["spec"])
            answer = json.dumps({**review, "status": {"allowed": False}}).encode()
            self.send_response(http.HTTPStatus.OK)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 # its base's
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/"
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "witness", "cluster": {"server": url}}],
        "contexts": [{"name": "witness", "context": {"cluster": "witness", "user": ""}}],
        "current-context": "witness",
    }
    path = folder / "witness.kubeconfig"
    path.write_text(json.dumps(config))
    try:
        yield path, asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
