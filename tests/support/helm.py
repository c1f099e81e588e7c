"""The real Helm, built once from its Go module and kept in the cache.

Its version is pinned by `cluster/tools/go.mod`. Knows nothing of our charts.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cluster import binaries
from support import cache, process

_TOOLS = Path(__file__).parents[1] / "cluster" / "tools"
_PACKAGE = "helm.sh/helm/v3"
_MONITORING = "github.com/prometheus-operator/prometheus-operator"
_MONITORING_VERSION = "v0.85.0"


@dataclass(frozen=True, slots=True)
class Helm:
    """Helm, with a home of its own; with a kubeconfig it can reach that cluster."""

    binary: Path
    home: Path
    kubeconfig: Path | None = None

    def command(self, *arguments: str) -> list[str]:
        """Return the command line, for those who do not wait for its end."""
        reach = [f"--kubeconfig={self.kubeconfig}"] if self.kubeconfig else []
        return [str(self.binary), *arguments, *reach]

    def environment(self) -> dict[str, str]:
        """Return the environment that keeps Helm out of its user's home."""
        places = {f"HELM_{kind}_HOME": str(self.home) for kind in ("CACHE", "CONFIG", "DATA")}
        return os.environ | places

    def run(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run Helm to its end; the caller looks at the exit code."""
        return subprocess.run(
            self.command(*arguments),
            env=self.environment(),
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )


def prepare() -> None:
    """Build Helm, unless it is there."""
    _binary()


def built(home: Path, kubeconfig: Path | None = None) -> Helm:
    """Return Helm, which is built when it is not there: that takes two minutes."""
    return Helm(_binary(), home, kubeconfig)


def monitoring_kinds() -> Sequence[Path]:
    """Return the CRDs that our charts use, as the Prometheus operator ships them."""
    told = subprocess.run(
        [binaries.go_program(), "mod", "download", "-json", f"{_MONITORING}@{_MONITORING_VERSION}"],
        cwd=_TOOLS,
        env=binaries.go_environment(),
        check=True,
        capture_output=True,
        text=True,
    )
    folder = Path(json.loads(told.stdout)["Dir"], "example", "prometheus-operator-crd")
    names = ("podmonitors", "servicemonitors", "prometheusrules")
    return [folder / f"monitoring.coreos.com_{name}.yaml" for name in names]


def _binary() -> Path:
    sources = [_TOOLS / name for name in ("go.mod", "go.sum")]
    key = f"{_version()}-{cache.digest(source.read_bytes() for source in sources)}"
    return cache.kept("helm", key, _build) / "helm"


def _version(package: str = _PACKAGE) -> str:
    text = (_TOOLS / "go.mod").read_text()
    found = re.search(rf"^\s*(?:require )?{re.escape(package)} (v[^\s+]+)", text, re.MULTILINE)
    if found is None:
        raise process.ProcessError(f"{_TOOLS / 'go.mod'} must require {package}")
    return found[1]


def _build(folder: Path) -> None:
    sys.stderr.write(f"helm: building {_version()}, once: about 2 minutes\n")
    sys.stderr.flush()
    log = folder / "build.log"
    flags = ["-trimpath", "-buildvcs=false", f"-ldflags=-s -w {' '.join(_values())}"]
    command = [
        binaries.go_program(),
        "build",
        *flags,
        "-o",
        str(folder / "helm"),
        f"{_PACKAGE}/cmd/helm",
    ]
    environment = binaries.go_environment()
    with process.running("go build", command, log, environment=environment, folder=_TOOLS) as go:
        if go.handle.wait():
            raise go.failure(f"ended with {go.handle.returncode}")


def _values() -> list[str]:
    """Say what Helm's own Makefile says: its version, and the Kubernetes it was made for."""
    minor = _version("k8s.io/client-go").split(".")[1]
    values = {f"{_PACKAGE}/internal/version.version": _version()}
    for package in ("pkg/chartutil", "pkg/lint/rules"):
        values |= {
            f"{_PACKAGE}/{package}.k8sVersionMajor": "1",
            f"{_PACKAGE}/{package}.k8sVersionMinor": minor,
        }
    return [f"-X={name}={value}" for name, value in values.items()]
