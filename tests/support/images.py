"""The project's two images, built of its own Dockerfile as OCI archives and kept in the cache.

In place of the public base image stands a Debian of our own (`debian`): whoever has no registry
builds the same way. What a test does with the archives is the test's concern.
"""

import functools
import json
import os
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support import cache, debian, process

PRODUCT = "localhost/rpafabrik:test"
ROBOT = "localhost/rpafabrik-robot:test"
"""The names in the archives: what a pod's `image` says after `ctr images import`."""

_TREE = Path(__file__).parents[2]
_SOURCES = ("Dockerfile", ".dockerignore", "LICENSE", "README.md", "pyproject.toml", "images")
_PACKAGES = ("cli", "crds", "operator", "workers")
_USES = 20
"""Each build of other sources adds some layers; after so many all are made anew."""
_CERTIFICATES = "/etc/ssl/certs"
_PIP_CONF = """\
[global]
cert = /etc/ssl/certs/ca-certificates.crt
"""


def product_image() -> Path:
    """Return the OCI archive of operator and platform; its name in there is `PRODUCT`."""
    return _images() / "product.tar"


def robot_image() -> Path:
    """Return the OCI archive of the base of digital workers; its name in there is `ROBOT`."""
    return _images() / "robot.tar"


def fingerprint(tree: Path = _TREE) -> str:
    """Name the images by everything that they are made of."""
    return cache.digest(
        part
        for path in _files(tree)
        for part in (str(path.relative_to(tree)).encode(), path.read_bytes())
    )


@dataclass(frozen=True, slots=True)
class Layer:
    """One of an image's archives of files, compressed."""

    blob: str
    size: int


@dataclass(frozen=True, slots=True)
class Image:
    """What is in an OCI archive."""

    config: dict[str, Any]
    layers: tuple[Layer, ...]


def read(archive: Path) -> Image:
    """Read the one image of an archive."""
    with tarfile.open(archive) as blobs:

        def blob(digest: str) -> Any:
            found = blobs.extractfile(_blob(digest))
            assert found is not None
            return json.load(found)

        index = blobs.extractfile("index.json")
        assert index is not None
        manifest = blob(json.load(index)["manifests"][0]["digest"])
        layers = [Layer(_blob(layer["digest"]), layer["size"]) for layer in manifest["layers"]]
        return Image(blob(manifest["config"]["digest"]), tuple(layers))


def unpack(archive: Path, root: Path) -> None:
    """Lay the image's files out; no layer of ours takes back what an earlier one gave."""
    with tarfile.open(archive) as blobs:
        for layer in read(archive).layers:
            with tarfile.open(fileobj=blobs.extractfile(layer.blob), mode="r:*") as files:
                files.extractall(root, numeric_owner=True, filter="fully_trusted")


@functools.cache
def _images() -> Path:
    """Build what is not there; once asked, a process stays with the sources as they were."""
    debian.install("buildah", "uidmap")
    bases = debian.build_root(), debian.run_root()
    key = f"{fingerprint()}-{bases[0].parent.name}"
    return cache.kept("images", key, lambda folder: _build(folder, *bases))


def _build(folder: Path, build_root: Path, run_root: Path) -> None:
    store = _Store(cache.folder() / "layers")
    (store.folder / "pip.conf").write_text(_PIP_CONF + _index())
    mounts = (
        f"{_CERTIFICATES}:{_CERTIFICATES}:ro",
        f"{store.folder / 'pip.conf'}:/etc/pip.conf:ro",
    )
    try:
        store.import_root(build_root, "localhost/build")
        store.import_root(run_root, "localhost/run")
        for target, name in (("robot", ROBOT), ("product", PRODUCT)):
            store.build(target, name, mounts)
            store.write(name, folder / f"{target}.tar")
    except process.ProcessError:
        store.remove()  # whatever is wrong with it, the next one begins anew
        raise


def _index() -> str:
    """Let pip find packages where this machine's pip finds them."""
    index = os.environ.get("PIP_INDEX_URL")
    return f"index-url = {index}\n" if index else ""


class _Store:
    """buildah with a store of its own: it needs no daemon, and leaves nothing but its layers.

    What is installed from the locks is a layer that the next build has already.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._driver = "overlay"
        uses = folder / "uses"
        used = len(uses.read_text()) if uses.exists() else _USES
        if used >= _USES:
            self.remove()
            used = 0
        (folder / "tmp").mkdir(parents=True, exist_ok=True)
        uses.write_text("." * (used + 1))
        try:
            self._buildah("info")
        except process.ProcessError:  # in a container, mostly; five times as slow
            self._driver = "vfs"
        self._buildah("rm", "--all")  # of a build that was killed

    def import_root(self, archive: Path, name: str) -> None:
        recipe = f"FROM scratch\nADD {archive.name} /\n"
        self._buildah(
            *("build", "--layers", "--tag", name, "--file", "-", str(archive.parent)), stdin=recipe
        )

    def build(self, target: str, name: str, mounts: tuple[str, ...]) -> None:
        options = [f"--volume={mount}" for mount in mounts]
        arguments = ("--build-arg=BASE=localhost/run", "--build-arg=BUILD_BASE=localhost/build")
        self._buildah(
            *("build", "--layers", "--isolation=chroot", f"--target={target}", f"--tag={name}"),
            *(*arguments, *options, str(_TREE)),
        )

    def write(self, name: str, archive: Path) -> None:
        self._buildah("push", name, f"oci-archive:{archive}:{name}")

    def remove(self) -> None:
        debian.run(["rm", "-rf", str(self.folder)])

    def _buildah(self, *arguments: str, stdin: str = "") -> None:
        root, run_root = self.folder / "root", self.folder / "run"
        where = (f"--root={root}", f"--runroot={run_root}", f"--storage-driver={self._driver}")
        # Only the environment tells buildah where to put what it downloads and unpacks.
        told = ("env", f"TMPDIR={self.folder / 'tmp'}")
        debian.run([*told, "buildah", *where, *arguments], stdin=stdin)


def _files(tree: Path) -> Iterator[Path]:
    for name in (*_SOURCES, *_PACKAGES):
        path = tree / name
        found = sorted(path.rglob("*")) if path.is_dir() else [path]
        yield from (one for one in found if one.is_file() and "__pycache__" not in one.parts)


def _blob(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"
