"""What docs/sdk.md shows works as it stands there."""

import json
import os
import re
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest

import rpafabrik

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "sdk.md"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The page's files, each named in its first line, in a folder of their own."""
    blocks = re.findall(r"^```\w+\n# (\S+)\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    for name, text in blocks:
        (tmp_path / name).write_text(text)
    assert [name for name, _ in blocks] == [
        "aterlan.py",
        "test_aterlan.py",
        "aterlan.yaml",
        "loans.csv",
    ]
    return tmp_path


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        # A developer's folder, not this repository's settings for its own tests.
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )


def test_tests_on_the_page_pass(folder: Path) -> None:
    # Without the plugin of our own tests: a developer may not have it.
    done = run(folder, "-m", "pytest", "-q", "-p", "no:asyncio", "-W", "error")

    assert "3 passed" in done.stdout, done.stdout + done.stderr


def test_job_on_the_page_is_valid_and_its_worker_has_all_it_names(folder: Path) -> None:
    done = run(
        folder,
        *("-m", "rpafabrik_cli", "validate", "aterlan.yaml", "--worker", "bibliotek=aterlan"),
    )

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.server
def test_job_on_the_page_ends_as_the_page_says(folder: Path) -> None:
    command = ("-m", "rpafabrik_cli", "dev", "aterlan.yaml", "-w", "bibliotek=aterlan")
    done = run(folder, *command, "--run", "-o", "json")

    [did] = json.loads(done.stdout)["runs"]
    assert (did["items"]["completed"], did["items"]["businessExceptions"]) == (2, 1)
    assert did["saved"]["grossSeconds"] == 180
    assert len(list((folder / "outbox").iterdir())) == 2


def test_sdk_says_that_it_is_typed() -> None:
    assert (resources.files(rpafabrik) / "py.typed").is_file()
