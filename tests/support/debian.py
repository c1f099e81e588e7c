"""Debian: its packages on this machine, and root file systems made of them.

Needs root and Debian; `unavailable` says which of the two is not there.
"""

import fcntl
import os
import platform
import shutil
import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from support import cache, process

SUITE = "bookworm"
_BUILD_PACKAGES = ("ca-certificates", "python3", "python3-pip")
_RUN_PACKAGES = (
    "base-files",
    "libbz2-1.0",
    "libc6",
    "libcrypt1",
    "libexpat1",
    "libffi8",
    "libgcc-s1",
    "liblzma5",
    "libncursesw6",
    "libpython3-stdlib",
    "libpython3.11-minimal",
    "libpython3.11-stdlib",
    "libreadline8",
    "libsqlite3-0",
    "libssl3",
    "libstdc++6",
    "libtinfo6",
    "libuuid1",
    "media-types",
    "python3",
    "python3-minimal",
    "python3.11",
    "python3.11-minimal",
    "tzdata",
    "zlib1g",
)
"""Python and what it needs: no shell, no package manager."""
_ALSO = ("bin", "sbin", "lib", "lib64", "dev", "etc/ssl/certs/ca-certificates.crt", "proc", "tmp")
_NOT = ("usr/share/doc", "usr/share/man", "usr/share/lintian", "usr/share/locale")


def unavailable() -> str | None:
    """Say in one line why nothing here can be done, or None."""
    if os.geteuid() != 0:
        return "needs root"
    try:
        system = platform.freedesktop_os_release()["ID"]
    except OSError:
        system = platform.system()
    return None if system == "debian" else f"needs Debian, and this is {system}"


def in_ci() -> bool:
    """Whether every test must run, whatever it needs."""
    return os.environ.get("CI", "").lower() in {"1", "true"}


def skip_unless_available() -> None:
    """Leave the calling test out where it cannot run; in CI it must run."""
    because = unavailable()
    if because and not in_ci():
        pytest.skip(because)


def install(*packages: str) -> None:
    """Install the packages that are not there; they stay."""
    lock = cache.folder() / "apt.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        missing = [package for package in packages if not _installed(package)]
        if missing:
            wait = "-oDPkg::Lock::Timeout=120"
            run(["apt-get", "update", "-qq"])
            how = ("-qq", "--yes", "--no-install-recommends", "--no-remove")
            run(["apt-get", "install", wait, *how, *missing])


def unpacked(*packages: str) -> Path:
    """Return a folder with the packages' files. Nothing is installed or started; needs no root."""
    release = platform.freedesktop_os_release().get("VERSION_CODENAME", "")

    def make(folder: Path) -> None:
        apt = ["apt-get", "-qq", f"-oDir::State::Lists={folder}/lists", f"-oDir::Cache={folder}"]
        (folder / "lists" / "partial").mkdir(parents=True)
        run([*apt, "update"])
        run([*apt, "download", *packages], folder=folder)
        for archive in folder.glob("*.deb"):
            run(["dpkg", "--extract", str(archive), str(folder / "files")])
            archive.unlink()
        shutil.rmtree(folder / "lists")

    return cache.kept("unpacked", "-".join((release, *packages)), make) / "files"


def run(command: Sequence[str], *, stdin: str = "", folder: Path | None = None) -> str:
    """Run a command to its end and return its output; say what it said when it failed."""
    done = subprocess.run(
        ["nice", *command],
        cwd=folder,
        env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        told = (done.stdout + done.stderr)[-3000:]
        raise process.ProcessError(f"{command[0]} ended with {done.returncode}:\n{told}")
    return done.stdout


def build_root() -> Path:
    """Return the archive of a small Debian with a shell, Python and pip."""
    return _roots() / "build.tar"


def run_root() -> Path:
    """Return the archive of what Python needs of that Debian, and nothing else."""
    return _roots() / "run.tar"


def _roots() -> Path:
    recipe = (SUITE, *_BUILD_PACKAGES, "/", *_RUN_PACKAGES, "/", *_ALSO, "/", *_NOT)
    return cache.kept("debian", f"{SUITE}-{cache.digest(map(str.encode, recipe))}", _make_roots)


def _make_roots(folder: Path) -> None:
    install("debootstrap")
    root = folder / "root"
    included = f"--include={','.join(_BUILD_PACKAGES)}"
    run(["debootstrap", "--variant=minbase", included, SUITE, str(root)])
    for left_over in ("var/cache/apt", "var/lib/apt/lists"):
        shutil.rmtree(root / left_over)
    with tarfile.open(folder / "build.tar", "w") as archive:
        archive.add(root, ".", filter=_without_devices)
    with tarfile.open(folder / "run.tar", "w") as archive:
        for name in _run_files(root):
            archive.add(root / name, name, recursive=False)
    shutil.rmtree(root)


def _without_devices(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if member.isdev() else member


def _run_files(root: Path) -> list[str]:
    listing = run(["dpkg-query", f"--admindir={root}/var/lib/dpkg", "-L", *_RUN_PACKAGES])
    names = {*_ALSO}
    for line in listing.splitlines():
        path = root / line.removeprefix("/")
        # Packages say /lib where this Debian has /usr/lib.
        name = os.path.relpath(path.parent.resolve() / path.name, root)
        if line.startswith("/") and not name.startswith(_NOT) and os.path.lexists(path):
            names.add(name)
    return sorted(names)


def _installed(package: str) -> bool:
    asked = subprocess.run(
        ["dpkg-query", "--show", "--showformat=${db:Status-Abbrev}", package],
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.stdout.startswith("ii")
