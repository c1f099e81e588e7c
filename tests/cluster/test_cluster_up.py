"""`make cluster-up` and `make cluster-down`: a whole cluster, of which nothing is left."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from cluster import binaries, images, slots, whole
from support.kubernetes_fixture import ApiServer

pytestmark = pytest.mark.server

TESTS = Path(__file__).parents[1]
SYSCTLS = (
    *("kernel/keys/root_maxbytes", "kernel/keys/root_maxkeys", "kernel/panic"),
    *("kernel/panic_on_oops", "net/ipv4/ip_forward", "vm/overcommit_memory", "vm/panic_on_oom"),
)
PLACES = (
    *("/etc/cni/net.d", "/run/containerd", "/run/netns", "/usr/libexec/kubernetes"),
    *("/var/lib/cni", "/var/lib/containerd", "/var/lib/kubelet"),
    *("/var/log/containers", "/var/log/pods"),
)
"""Where containerd, the kubelet and others put things when nobody tells them better."""

MOUNTS = ("/etc", "/proc", "/run", "/sys", "/tmp", "/usr", "/var")
"""Where a node could mount something; builders of images mount elsewhere."""

POD = f"""
apiVersion: v1
kind: Pod
metadata: {{name: tiny}}
spec:
  containers: [{{name: tiny, image: '{images.TINY}', imagePullPolicy: Never}}]
"""


@dataclass(frozen=True, slots=True)
class Machine:
    """What a node could change on its machine."""

    sysctls: dict[str, int]
    places: dict[str, list[str] | None]
    mounts: set[str]
    links: set[str]
    routes: set[str]
    cgroups: set[str]


Process = tuple[int, str]
"""A pid, and when that process started."""


def test_a_cluster_comes_up_once_and_goes_down_without_a_trace(
    node_build: binaries.OwnBuild, tmp_path: Path
) -> None:
    was = look_at_rest()

    first = cluster_up("up", tmp_path)
    access, slot = reached(tmp_path)
    run_a_pod(access, tmp_path)
    during, processes = look(slot), processes_of(access, slot)
    second = cluster_up("up", tmp_path)
    same = reached(tmp_path)
    third = cluster_up("down", tmp_path)
    left = alive(processes) | naming(tmp_path)
    fourth = cluster_up("down", tmp_path)

    export = f"export KUBECONFIG={access.kubeconfig}"
    assert first[-1] == export
    assert second == ["The cluster is up already.", export]
    assert same == (access, slot)
    assert third == ["The cluster is down."]
    assert fourth == ["The cluster is not up."]
    # Else "nothing is left" would prove nothing.
    assert len(processes) >= 5
    assert len(during.links - was.links) == 2
    assert during.cgroups > was.cgroups
    # What is not the node's own never changed.
    assert (during.sysctls, during.places, during.mounts) == (was.sysctls, was.places, was.mounts)
    assert left == set()
    assert looks_in_the_end(slot, was) == was


def test_a_killed_keeper_takes_the_processes_along_and_the_next_command_sweeps_the_rest(
    node_build: binaries.OwnBuild, tmp_path: Path
) -> None:
    was = look_at_rest()
    cluster_up("up", tmp_path)
    access, slot = reached(tmp_path)
    run_a_pod(access, tmp_path)
    processes = processes_of(access, slot)

    os.kill(int((tmp_path / "keeper.pid").read_text()), signal.SIGKILL)

    assert soon(lambda: not alive(processes) | naming(tmp_path))
    assert cluster_up("down", tmp_path) == ["The cluster is not up."]
    assert looks_in_the_end(slot, was) == was


def cluster_up(action: str, folder: Path) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", "cluster.cluster_up", action, f"--folder={folder}"],
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def reached(folder: Path) -> tuple[whole.Access, slots.Slot]:
    access = whole.read((folder / "ready").read_text())
    return access, next(slot for slot in slots.ALL if str(slot.node) == access.host)


def run_a_pod(access: whole.Access, folder: Path) -> None:
    api = ApiServer(Path(access.kubeconfig), folder / "kubectl")
    applied = api.kubectl("apply", "-f", "-", stdin=POD)
    assert applied.returncode == 0, applied.stderr
    waited = api.kubectl("wait", "--for=condition=Ready", "pod/tiny", "--timeout=50s")
    assert waited.returncode == 0, waited.stderr


def look(slot: slots.Slot | None) -> Machine:
    """Look at the machine, but for what nodes in other slots have there: they come and go."""
    others = {other.name for other in slots.ALL if other != slot}
    groups = Path("/sys/fs/cgroup").glob("**/*rpafabrik*")
    mounts = {line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()}
    links = json.loads(told("ip", "-json", "link"))
    theirs = {link["ifname"] for link in links if others & {link["ifname"], link.get("master")}}
    routes = json.loads(told("ip", "-json", "route", "show", "table", "all"))
    return Machine(
        sysctls={name: sysctl(name) for name in SYSCTLS},
        places={place: listing(Path(place)) for place in PLACES},
        mounts={mount for mount in mounts if mount.startswith(MOUNTS)},
        links={link["ifname"] for link in links} - theirs,
        routes={f"{one['dst']} {one.get('dev')}" for one in routes if one.get("dev") not in theirs},
        cgroups={str(group) for group in groups if group.name not in others},
    )


def look_at_rest() -> Machine:
    """Look when no pod of another node is half-way in or out: its link belongs to nobody then."""
    seen = look(None)
    while True:
        time.sleep(0.2)
        before, seen = seen, look(None)
        if before == seen:
            return seen


def looks_in_the_end(slot: slots.Slot, hoped: Machine) -> Machine:
    soon(lambda: look(slot) == hoped)
    return look(slot)


def sysctl(name: str) -> int:
    return int(Path("/proc/sys", name).read_text())


def listing(place: Path) -> list[str] | None:
    return sorted(path.name for path in place.iterdir()) if place.exists() else None


def processes_of(access: whole.Access, slot: slots.Slot) -> set[Process]:
    """Return all processes on the node: its own, and those of its pods."""
    own = namespace(access.node_pid)
    return {
        (pid, started(pid))
        for pid in pids()
        if namespace(pid) == own or slot.name in read(pid, "cgroup")
    }


def alive(processes: set[Process]) -> set[Process]:
    return {(pid, at) for pid, at in processes if started(pid) == at}


def naming(folder: Path) -> set[Process]:
    """Return the processes that have the folder on their command line."""
    return {(pid, started(pid)) for pid in pids() if str(folder) in read(pid, "cmdline")}


def pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").glob("[0-9]*")]


def namespace(pid: int) -> str:
    with contextlib.suppress(OSError):  # ended meanwhile
        return str(Path(f"/proc/{pid}/ns/pid").readlink())
    return ""


def started(pid: int) -> str:
    """Return when the process started; a dead one that nobody has buried yet never did."""
    state, *rest = read(pid, "stat").rpartition(")")[2].split() or ["Z"]
    return "" if state == "Z" else rest[18]


def read(pid: int, name: str) -> str:
    with contextlib.suppress(OSError):  # ended meanwhile
        return Path(f"/proc/{pid}/{name}").read_text(errors="replace")
    return ""


def told(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def soon(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 20
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
