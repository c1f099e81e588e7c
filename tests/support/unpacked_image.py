"""An image's files in a folder, and a way to run them as a pod would, with no container runtime."""

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from support import images, process

# The program is the first process of its namespaces: the mounts end with it.
_AS_IN_A_POD = """
set -eu
root=$1 state=$2 working=$3
shift 3
mount --make-rprivate /
mount --bind "$root" "$root"
mount --options remount,bind,ro "$root"
mount --types tmpfs --options mode=1777 tmpfs "$root/tmp"
mkdir "$root/tmp/state"
mount --bind "$state" "$root/tmp/state"
mount --bind /dev "$root/dev"
mount --types proc proc "$root/proc"
exec unshare --root="$root" --wd="$working" --setgid=65532 --setuid=65532 "$@"
"""


@dataclass(frozen=True, slots=True)
class Unpacked:
    """An image whose files lie in a folder. What it runs can write to /tmp and nowhere else."""

    image: images.Image
    root: Path
    state: Path
    """Seen inside as /tmp/state."""

    def command(self, *arguments: str) -> list[str]:
        """Return the command line that a container runtime would make of the arguments."""
        told = self.image.config["config"]
        where = (str(self.root), str(self.state), told.get("WorkingDir") or "/")
        apart = [_found("unshare"), "--mount", "--pid", "--fork", "--kill-child"]
        script = [_found("sh"), "-c", _AS_IN_A_POD, "sh"]
        return [*apart, *script, *where, *told["Entrypoint"], *arguments]

    def environment(self, **more: str) -> dict[str, str]:
        """Return the image's environment: nothing of this machine's enters."""
        given = (line.partition("=") for line in self.image.config["config"]["Env"])
        return {name: value for name, _, value in given} | more

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the image to its end; the caller looks at the exit code."""
        return subprocess.run(
            self.command(*arguments),
            env=self.environment(**environment),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    @contextlib.contextmanager
    def running(self, *arguments: str, log: Path) -> Iterator[process.Child]:
        """Run the image for the length of the block; then stop it as a pod is stopped."""
        command, environment = self.command(*arguments), self.environment()
        with process.running(arguments[0], command, log, environment=environment) as child:
            yield child
            terminate(child)

    @property
    def packages(self) -> Path:
        """Where Python's packages lie."""
        (found,) = self.root.glob("opt/rpafabrik/lib/python3*/site-packages")
        return found


def terminate(child: process.Child) -> int:
    """Send SIGTERM to the image's program, whose parent would not pass it on; return its end."""
    pid = child.handle.pid
    if child.handle.poll() is None:
        for program in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            os.kill(int(program), signal.SIGTERM)
    return child.handle.wait(timeout=60)


@contextlib.contextmanager
def unpacked(archive: Path, folder: Path) -> Iterator[Unpacked]:
    """Lay an image out in the folder for the length of the block."""
    root, state = folder / "root", folder / "state"
    state.mkdir()
    os.chown(state, 65532, 65532)
    try:
        images.unpack(archive, root)
        yield Unpacked(images.read(archive), root, state)
    finally:
        shutil.rmtree(folder)


def _found(program: str) -> str:
    path = shutil.which(program)
    if path is None:
        raise process.ProcessError(f"{program} must be on PATH")
    return path
