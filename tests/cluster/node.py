"""The node: containerd and the kubelet, in process and mount namespaces of their own.

Network and cgroups are the machine's (`machine` makes and clears away the node's part in them).
What the API server is to the node stands in its kubeconfig.
"""

import base64
import contextlib
import json
import os
import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cluster import binaries, images, slots
from support import process

NAME = "rpafabrik-node"
_SCRIPT = Path(__file__).with_name("node.sh")
_INSIDE = "/run/node"
"""The node's folder, as its own processes see it."""

_CONTAINERD = f"""\
version = 2
root = "{_INSIDE}/containerd"

[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "{images.TINY}"
disable_apparmor = true
# Without it runc ends with "can't get final child's PID from pipe: EOF".
restrict_oom_score_adj = true

[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
conf_dir = "{_INSIDE}/cni"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = false
"""


@dataclass(frozen=True, slots=True)
class Runtime:
    """A running containerd: process 1 of the node."""

    child: process.Child
    pid: int


@contextlib.contextmanager
def runtime(build: binaries.OwnBuild, folder: Path, slot: slots.Slot) -> Iterator[Runtime]:
    """Run containerd; with the block all ends that ever ran on the node."""
    (folder / "containerd.toml").write_text(_CONTAINERD)
    (folder / "cni").mkdir(exist_ok=True)
    (folder / "cni" / "bridge.conflist").write_text(json.dumps(cni_configuration(slot)))
    pid_file = folder / "pid"
    pid_file.unlink(missing_ok=True)
    isolated = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
    containerd = ["containerd", "--config", f"{_INSIDE}/containerd.toml"]
    command = [*isolated, "sh", str(_SCRIPT), str(folder), *containerd]
    with process.running("containerd", command, folder / "containerd.log") as child:
        process.wait_until(pid_file.exists, [child], seconds=20)
        pid = int(pid_file.read_text())
        try:
            socket = Path(f"/proc/{pid}/root/run/containerd/containerd.sock")
            process.wait_until(socket.exists, [child], seconds=20)
            archive = folder / "tiny.tar"
            images.write_archive(archive, images.TINY, build.tiny)
            images.load(archive, pid)
            yield Runtime(child, pid)
        finally:
            _end(Runtime(child, pid))


@contextlib.contextmanager
def kubelet(
    build: binaries.OwnBuild, folder: Path, slot: slots.Slot, on: Runtime
) -> Iterator[process.Child]:
    """Run the kubelet, whose kubeconfig lies in the folder; it ends with the runtime."""
    (folder / "kubelet.json").write_text(json.dumps(kubelet_configuration(slot), indent=2))
    command = [
        *("nsenter", f"--target={on.pid}", "--mount", "--pid", "--wd=/", "--"),
        *(str(build.binary), "kubelet"),
        f"--config={_INSIDE}/kubelet.json",
        f"--kubeconfig={_INSIDE}/kubelet.kubeconfig",
        f"--root-dir={_INSIDE}/kubelet",
        f"--hostname-override={NAME}",
        f"--node-ip={slot.node}",
    ]
    with process.running("kubelet", command, folder / "kubelet.log") as child:
        try:
            yield child
        finally:
            _end(on)


def client_certificate(keys: Path) -> Mapping[str, str]:
    """Return who the kubelet is towards the API server, in a kubeconfig's words."""
    return {
        f"client-{kind}-data": base64.b64encode((keys / f"kubelet.{end}").read_bytes()).decode()
        for kind, end in (("certificate", "crt"), ("key", "key"))
    }


def cni_configuration(slot: slots.Slot) -> dict[str, Any]:
    """Say how pods are joined: to one bridge, with no way beyond this machine."""
    bridge = {
        "type": "bridge",
        "bridge": slot.name,
        "isGateway": True,
        "ipMasq": False,
        "ipam": {
            "type": "host-local",
            "ranges": [[{"subnet": str(slot.pods)}]],
            "routes": [{"dst": "0.0.0.0/0"}],
        },
    }
    return {"cniVersion": "1.0.0", "name": slot.name, "plugins": [bridge]}


def kubelet_configuration(slot: slots.Slot) -> dict[str, Any]:
    """Say how the kubelet is to be on a machine that is not its own."""
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": str(slot.node),
        "healthzPort": 0,
        "authentication": {"x509": {"clientCAFile": f"{_INSIDE}/keys/ca.crt"}},
        "tlsCertFile": f"{_INSIDE}/keys/kubelet.crt",
        "tlsPrivateKeyFile": f"{_INSIDE}/keys/kubelet.key",
        "containerRuntimeEndpoint": "unix:///run/containerd/containerd.sock",
        "podLogsDir": f"{_INSIDE}/pods",
        "volumePluginDir": f"{_INSIDE}/volume-plugins",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{slot.name}",
        "failCgroupV1": False,
        "failSwapOn": False,
        "enforceNodeAllocatable": [],
        "makeIPTablesUtilChains": False,
        "resolvConf": "",
        # Nobody answers there, and the machine says so at once. Without an address the kubelet
        # warns beside every pod.
        "clusterDNS": [str(slot.node)],
        # The machine's disk is its owner's concern, however full it is.
        "imageGCHighThresholdPercent": 100,
        "evictionHard": dict.fromkeys(
            ("imagefs.available", "nodefs.available", "nodefs.inodesFree"), "0%"
        ),
    }


def _end(on: Runtime) -> None:
    """End process 1, and with it all others: its parent returns when the last one has ended."""
    if on.child.handle.poll() is None:  # so the pid is still its own
        os.kill(on.pid, signal.SIGKILL)
        on.child.handle.wait()
