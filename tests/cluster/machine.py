"""What a node has on the machine outside its own namespaces: a bridge and a cgroup.

Everything else of it (processes, mounts, network namespaces, settings of the kernel) lies inside,
where the kernel clears it away: see `node`.
"""

import contextlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from ipaddress import IPv4Network
from pathlib import Path

from cluster import slots
from support import debian, process

_CGROUPS = Path("/sys/fs/cgroup")


def obstacle() -> str | None:
    """Say in one line why no node can run on this machine, or None."""
    if because := debian.unavailable():
        return f"a node {because}"
    if not any(os.access(folder, os.W_OK) for folder in _hierarchies()):
        return f"a node needs cgroups under {_CGROUPS} that it may write to"
    if "\toverlay\n" not in Path("/proc/filesystems").read_text():
        return "a node needs the kernel's overlay file system"
    isolated = ["unshare", "--mount", "--pid", "--fork", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    if subprocess.run(isolated, capture_output=True, check=False).returncode:
        return "a node needs the right to make namespaces and to mount (a privileged container)"
    return None


def install() -> None:
    """Install Debian's part of the node. Who has the programs keeps them, whoever made them."""
    wanted = {"containerd": "containerd", "ctr": "containerd", "runc": "runc", "ip": "iproute2"}
    missing = {package for program, package in wanted.items() if shutil.which(program) is None}
    if not Path("/usr/lib/cni/bridge").exists():
        missing.add("containernetworking-plugins")
    debian.install(*sorted(missing))


@contextlib.contextmanager
def slot_taken() -> Iterator[slots.Slot]:
    """Hold a place for a node, with its bridge and its cgroup, and clear both away."""
    sweep()
    with slots.taken(_routes()) as slot, contextlib.ExitStack() as stack:
        stack.callback(_clear, slot)
        _add_bridge(slot)
        _add_cgroup(slot)
        yield slot


def sweep() -> None:
    """Clear away what nodes left that were killed."""
    for slot in slots.ALL:
        with slots.held(slot) as mine:
            if mine:
                _clear(slot)


def _routes() -> list[IPv4Network]:
    told = json.loads(debian.run(["ip", "-json", "-4", "route"]))
    return [IPv4Network(route["dst"]) for route in told if route["dst"] != "default"]


def _add_bridge(slot: slots.Slot) -> None:
    """Give the machine a leg among the pods. Both networks go when the bridge goes."""
    debian.run(["ip", "link", "add", slot.name, "type", "bridge"])
    for address, network in ((slot.node, slot.pods), (slot.api, slot.services)):
        debian.run(["ip", "address", "add", f"{address}/{network.prefixlen}", "dev", slot.name])
    debian.run(["ip", "link", "set", slot.name, "up"])


def _add_cgroup(slot: slots.Slot) -> None:
    """Make the cgroup that the node's pods stay in: a kubelet ends pods it finds and knows not."""
    unified = _CGROUPS / "cgroup.subtree_control"
    if unified.exists():
        unified.write_text("+cpu +cpuset +memory +pids")
    for hierarchy in _hierarchies():
        (hierarchy / slot.name).mkdir()


def _hierarchies() -> list[Path]:
    """Return where cgroups begin: one folder in version 2, one for each controller in version 1."""
    if (_CGROUPS / "cgroup.procs").exists():
        return [_CGROUPS]
    found = (path for path in _CGROUPS.glob("*") if not path.is_symlink())
    return [path for path in found if (path / "cgroup.procs").exists()]


def _clear(slot: slots.Slot) -> None:
    if Path("/sys/class/net", slot.name).exists():
        debian.run(["ip", "link", "delete", slot.name])
    for hierarchy in _hierarchies():
        cgroups = (hierarchy / slot.name).rglob("")  # every folder, itself included
        for cgroup in sorted(cgroups, reverse=True):
            _remove_cgroup(cgroup)


def _remove_cgroup(cgroup: Path) -> None:
    """Remove it as soon as the kernel has buried the last process that was in there."""
    deadline = time.monotonic() + 10
    while True:
        try:
            cgroup.rmdir()
        except OSError as error:
            if time.monotonic() > deadline:
                raise process.ProcessError(f"cannot remove {cgroup}: {error}") from error
            time.sleep(0.05)
        else:
            return
