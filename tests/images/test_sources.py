"""What the images are made of: locks that agree with the tree's, and sources that name a build."""

import re
from pathlib import Path

import pytest

from support import images

TREE = Path(__file__).parents[2]
PINNED = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)


@pytest.mark.parametrize("name", ["build", "robot", "product"])
def test_an_image_gets_the_versions_that_the_tests_run_with(name: str) -> None:
    image = pinned(TREE / "images" / f"{name}.lock")
    tree = pinned(TREE / "requirements.lock")

    assert image.items() <= tree.items()


def test_the_product_gets_all_that_robots_get() -> None:
    robot = pinned(TREE / "images" / "robot.lock")
    product = pinned(TREE / "images" / "product.lock")

    assert robot.items() < product.items()


@pytest.mark.parametrize("tool", ["hatchling", "hypothesis", "mypy", "pytest", "ruff", "uv"])
@pytest.mark.parametrize("name", ["robot", "product"])
def test_no_development_tool_gets_into_an_image(name: str, tool: str) -> None:
    assert tool not in pinned(TREE / "images" / f"{name}.lock")


@pytest.mark.parametrize("package", ["kopf", "kubernetes", "psycopg", "sqlalchemy"])
def test_a_robot_has_nothing_to_reach_cluster_or_ledger_with(package: str) -> None:
    assert package not in pinned(TREE / "images" / "robot.lock")


@pytest.mark.parametrize("changed", ["Dockerfile", "images/robot.lock", "cli/main.py"])
def test_a_changed_source_is_another_image(tmp_path: Path, changed: str) -> None:
    for name in ("Dockerfile", ".dockerignore", "LICENSE", "README.md", "pyproject.toml"):
        (tmp_path / name).write_text(name)
    for name in ("images/robot.lock", "cli/main.py"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(name)
    before = images.fingerprint(tmp_path)

    (tmp_path / changed).write_text("something else")

    assert images.fingerprint(tmp_path) != before


def pinned(lock: Path) -> dict[str, str]:
    return dict(PINNED.findall(lock.read_text()))
