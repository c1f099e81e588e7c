"""What is in the images, and that it runs as pods do: not as root, on a root that is read only."""

import importlib.metadata
import os
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from support import images
from support.unpacked_image import Unpacked

pytestmark = [pytest.mark.server, pytest.mark.timeout(1800)]

TREE = Path(__file__).parents[2]
VERSION = tomllib.loads((TREE / "pyproject.toml").read_text())["project"]["version"]
PINNED = re.compile(r"^([a-z0-9-]+)==", re.MULTILINE)
BOTH = pytest.mark.parametrize("image", ["product", "robot"], indirect=True)


@pytest.fixture
def image(request: pytest.FixtureRequest) -> Unpacked:
    found: Unpacked = request.getfixturevalue(request.param)
    return found


@BOTH
def test_it_runs_as_a_number_and_carries_nothing_of_the_machine_that_built_it(
    image: Unpacked,
) -> None:
    config = image.image.config["config"]

    assert config["User"] == "65532:65532"
    assert config["Entrypoint"] == ["rpafabrik"]
    assert {line.partition("=")[0] for line in config["Env"]} == {
        *("HOME", "LOGNAME", "PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")
    }
    assert not (image.root / "etc/pip.conf").exists()
    assert not (image.root / "root/.cache").exists()


@BOTH
def test_it_tells_its_version_without_a_shell_and_without_root(image: Unpacked) -> None:
    told = image.run("--version")

    assert [*image.root.glob("usr/bin/*sh")] == []
    assert (told.stdout, told.stderr, told.returncode) == (f"rpafabrik {VERSION}\n", "", 0)


@pytest.mark.parametrize("command", [("operator",), ("platform",), ("ledger", "migrate")])
def test_the_product_has_every_command_that_pods_are_given(
    product: Unpacked, command: tuple[str, ...]
) -> None:
    told = product.run(*command, "--help")

    assert (told.stderr, told.returncode) == ("", 0)
    assert f"rpafabrik {' '.join(command)} [OPTIONS]" in told.stdout


@pytest.mark.parametrize(
    ("image", "lock"), [("product", "product"), ("robot", "robot")], indirect=["image"]
)
def test_it_holds_what_its_lock_names_and_nothing_else(image: Unpacked, lock: str) -> None:
    names = {*PINNED.findall((TREE / "images" / f"{lock}.lock").read_text()), "rpafabrik"}

    found = {
        re.sub(r"[-_.]+", "-", one.name).lower()
        for one in importlib.metadata.distributions(path=[str(image.packages)])
    }

    assert found <= names
    assert names - found <= {"colorama"}  # Windows'


@BOTH
def test_every_module_of_ours_comes_compiled(image: Unpacked) -> None:
    sources = {
        source
        for package in ("rpafabrik*", "robots")
        for folder in image.packages.glob(package)
        for source in folder.rglob("*.py")
    }

    uncompiled = [
        source
        for source in sources
        if not [*(source.parent / "__pycache__").glob(f"{source.stem}.cpython-*.pyc")]
    ]

    assert len(sources) > 50
    assert uncompiled == []


@BOTH
def test_nothing_in_it_can_be_changed_by_who_runs_it(image: Unpacked) -> None:
    (own,) = image.root.glob("opt/rpafabrik")

    writable = [
        path
        for path in own.rglob("*")
        if not path.is_symlink() and (path.stat().st_uid != 0 or path.stat().st_mode & 0o022)
    ]

    assert writable == []


def test_images_stay_small(product: Unpacked, robot: Unpacked, capsys: Any) -> None:
    sizes = {
        "product": (images.product_image(), 105),
        "robot": (images.robot_image(), 75),
    }

    megabytes = {name: path.stat().st_size / 1e6 for name, (path, _) in sizes.items()}

    with capsys.disabled():
        sys.stderr.write(f"\nimages, compressed, with their base: {megabytes} MB\n")
    assert all(megabytes[name] < bound for name, (_, bound) in sizes.items())


def test_a_new_version_of_ours_is_a_layer_of_two_megabytes_at_most(product: Unpacked) -> None:
    last = product.image.layers[-1]

    assert last.size < 2_000_000


def test_building_leaves_no_mount_behind(product: Unpacked) -> None:
    mounts = Path("/proc/self/mounts").read_text()

    assert "rpafabrik/images" not in mounts
    assert os.fspath(product.root) not in mounts
