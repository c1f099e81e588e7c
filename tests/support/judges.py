"""What Flux, Argo CD and kind make of our files: their own code, built of `cluster/judges`."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from cluster import binaries
from support import cache, process

_SOURCE = Path(__file__).parents[1] / "cluster" / "judges"


def flux(resource: dict[str, Any]) -> str:
    """Return the status of a resource by the rules of kstatus."""
    return str(_asked("kstatus", resource=resource)["status"])


def argocd(script: str, resource: dict[str, Any]) -> tuple[str, str]:
    """Return health and message of a resource by a health check in Lua."""
    told = _asked("argocd", script, resource=resource)
    return told["status"], told["message"]


def kind(file: Path) -> dict[str, Any]:
    """Return the cluster that kind reads in a file, with what kind adds to it."""
    return _asked("kind", str(file))


def _asked(*arguments: str, resource: dict[str, Any] | None = None) -> dict[str, Any]:
    done = subprocess.run(
        [_program(), *arguments],
        input=json.dumps(resource),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _program() -> Path:
    sources = sorted(_SOURCE.iterdir())
    key = cache.digest(source.read_bytes() for source in sources)
    return cache.kept("judges", key, _build) / "judges"


def _build(folder: Path) -> None:
    sys.stderr.write("judges: building what reads our files as Flux, Argo CD and kind do, once\n")
    sys.stderr.flush()
    flags = ["-trimpath", "-buildvcs=false", "-ldflags=-s -w"]
    command = [binaries.go_program(), "build", *flags, "-o", str(folder / "judges"), "."]
    log, environment = folder / "build.log", binaries.go_environment()
    with process.running("go build", command, log, environment=environment, folder=_SOURCE) as go:
        if go.handle.wait():
            raise go.failure(f"ended with {go.handle.returncode}")
