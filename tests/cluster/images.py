"""Images without a registry: an OCI archive around one static program, and how a node gets it."""

import hashlib
import io
import json
import platform
import subprocess
import tarfile
from pathlib import Path
from typing import Any

from support import process

TINY = "localhost/rpafabrik-tiny:test"
"""What the tests' own pods run, and what holds every pod together: see `tiny/main.go`."""
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def write_archive(archive: Path, name: str, program: Path) -> None:
    """Write the image `name`, whose only file and entry point is `/tiny`."""
    layer = _layer(program)
    digest = _digest(layer)
    config = {
        "architecture": _ARCHITECTURES.get(platform.machine(), platform.machine()),
        "os": "linux",
        "config": {"Entrypoint": ["/tiny"], "Cmd": ["pause"]},
        "rootfs": {"type": "layers", "diff_ids": [digest]},
    }
    with tarfile.open(archive, "w") as tar:
        kind = "application/vnd.oci.image"
        manifest = {
            "schemaVersion": 2,
            "config": _blob(tar, f"{kind}.config.v1+json", _json(config)),
            "layers": [_blob(tar, f"{kind}.layer.v1.tar", layer)],
        }
        entry = _blob(tar, f"{kind}.manifest.v1+json", _json(manifest))
        named = {**entry, "annotations": {"org.opencontainers.image.ref.name": name}}
        _add(tar, "oci-layout", _json({"imageLayoutVersion": "1.0.0"}))
        _add(tar, "index.json", _json({"schemaVersion": 2, "manifests": [named]}))


def load(archive: Path, node_pid: int) -> None:
    """Give the node an OCI archive; pods name it as the archive does, and never pull it."""
    done = _ctr(node_pid, "import", str(archive))
    if done.returncode:
        raise process.ProcessError(f"{archive} cannot be given to the node: {done.stderr}")


def tag(name: str, another: str, node_pid: int) -> None:
    """Let the node know an image by another name, too; both with their registry."""
    done = _ctr(node_pid, "tag", "--force", name, another)
    if done.returncode:
        raise process.ProcessError(f"{name} cannot be named {another}: {done.stderr}")


def _ctr(node_pid: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    # The node's files as its own processes see them.
    socket = f"/proc/{node_pid}/root/run/containerd/containerd.sock"
    command = ["ctr", "--address", socket, "--namespace", "k8s.io", "images", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _layer(program: Path) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        _add(tar, "tiny", program.read_bytes(), mode=0o755)
    return content.getvalue()


def _blob(tar: tarfile.TarFile, media_type: str, content: bytes) -> dict[str, Any]:
    digest = _digest(content)
    _add(tar, f"blobs/{digest.replace(':', '/')}", content)
    return {"mediaType": media_type, "digest": digest, "size": len(content)}


def _add(tar: tarfile.TarFile, name: str, content: bytes, mode: int = 0o644) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), mode
    tar.addfile(member, io.BytesIO(content))


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _json(content: dict[str, Any]) -> bytes:
    return json.dumps(content).encode()
