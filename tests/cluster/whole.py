"""The whole cluster: API server, controllers, scheduler and a node, for the length of a block.

As a program (`python -m cluster.whole FOLDER`) it is the keeper of a shared one.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from cluster import api_server, binaries, machine, node, slots
from support import process, shared_server

_CONTROLLERS = "system:kube-controller-manager"
_SCHEDULER = "system:kube-scheduler"
_BULK = ("containerd", "kubelet", "var", "var.work")
"""What only the running node needs of its folder; the rest is small, and tells what happened."""


@dataclass(frozen=True, slots=True)
class Access:
    """What users of a running cluster must know."""

    kubeconfig: str
    node_pid: int
    host: str
    """The address by which pods reach servers of this machine."""

    def to_json(self) -> str:
        return json.dumps(asdict(self))


def read(published: str) -> Access:
    """Read what a keeper published."""
    return Access(**json.loads(published))


@contextlib.contextmanager
def running(
    build: binaries.OwnBuild, folder: Path, report: Callable[[str], None]
) -> Iterator[Access]:
    """Run a cluster whose files lie in `folder`, until it has settled and then for the block."""
    # Of an earlier cluster, which had other addresses and keys.
    _remove(path for path in folder.iterdir() if path.is_dir())
    keys = folder / "keys"
    keys.mkdir(mode=0o700)
    with contextlib.ExitStack() as stack:
        stack.callback(_remove, [folder / name for name in _BULK])
        slot = stack.enter_context(machine.slot_taken())
        subprocess.run([build.binary, "keys", keys, str(slot.node), node.NAME], check=True)
        programs = binaries.programs(build)
        api = stack.enter_context(api_server.running(programs, folder, _api_setup(slot, keys)))
        report(f"API server at https://{slot.api}")
        controllers = stack.enter_context(_controllers(build, api, keys))
        runtime = stack.enter_context(node.runtime(build, folder, slot))
        report("containerd answers")
        api.write_kubeconfig("kubelet.kubeconfig", node.client_certificate(keys))
        kubelet = stack.enter_context(node.kubelet(build, folder, slot, runtime))
        children = [*controllers, runtime.child, kubelet]
        for what, holds in _milestones(api):
            process.wait_until(holds, children, seconds=60)
            report(what)
        kubeconfig = api.write_token_kubeconfig("kubeconfig", api_server.ADMINISTRATOR)
        yield Access(str(kubeconfig), runtime.pid, str(slot.node))


def _api_setup(slot: slots.Slot, keys: Path) -> api_server.Setup:
    flags = (
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--allow-privileged=true",
        f"--client-ca-file={keys / 'ca.crt'}",
        f"--kubelet-certificate-authority={keys / 'ca.crt'}",
        f"--kubelet-client-certificate={keys / 'kubelet-client.crt'}",
        f"--kubelet-client-key={keys / 'kubelet-client.key'}",
        "--kubelet-preferred-address-types=InternalIP",
    )
    # The API server sits where pods look for the Service `kubernetes`: it needs no kube-proxy.
    where = (str(slot.api), 443, str(slot.services))
    return api_server.Setup(*where, flags, users=(_CONTROLLERS, _SCHEDULER))


@contextlib.contextmanager
def _controllers(
    build: binaries.OwnBuild, api: api_server.Api, keys: Path
) -> Iterator[list[process.Child]]:
    own = api_server.own_keys(api.folder)
    flags = {
        "kube-controller-manager": (
            _CONTROLLERS,
            "--use-service-account-credentials=true",
            "--allocate-node-cidrs=false",
            f"--flex-volume-plugin-dir={api.folder / 'volume-plugins'}",
            f"--root-ca-file={own.certificate}",
            f"--service-account-private-key-file={own.key}",
            f"--cluster-signing-cert-file={keys / 'ca.crt'}",
            f"--cluster-signing-key-file={keys / 'ca.key'}",
        ),
        "kube-scheduler": (_SCHEDULER,),
    }
    with contextlib.ExitStack() as stack:
        children = []
        for name, (user, *more) in flags.items():
            kubeconfig = api.write_token_kubeconfig(f"{name}.kubeconfig", user)
            common = [f"--kubeconfig={kubeconfig}", "--leader-elect=false", "--secure-port=0"]
            command = [str(build.binary), name, *common, *more]
            log = api.folder / f"{name}.log"
            children.append(stack.enter_context(process.running(name, command, log)))
        yield children


def _milestones(api: api_server.Api) -> list[tuple[str, Callable[[], bool]]]:
    account = "/api/v1/namespaces/default/serviceaccounts/default"
    return [
        ("node is Ready", lambda: _is_ready(api.get(f"/api/v1/nodes/{node.NAME}"))),
        ("pods can have identities", lambda: api.get(account) is not None),
        ("the API is described", lambda: api.get("/openapi/v2") is not None),
    ]


def _is_ready(answer: bytes | None) -> bool:
    if answer is None:
        return False
    conditions = json.loads(answer)["status"].get("conditions", [])
    return {"Ready": "True"} in [{one["type"]: one["status"]} for one in conditions]


def _remove(folders: Iterable[Path]) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _published(folder: Path) -> Iterator[str]:
    def report(line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    with running(binaries.own_build(os.environ), folder, report) as access:
        yield access.to_json()


if __name__ == "__main__":
    shared_server.keep(_published(Path(sys.argv[1])), Path(sys.argv[1]))
