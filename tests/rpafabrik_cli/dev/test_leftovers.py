"""Only what was started by an earlier life, and still is the same process, is ended."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rpafabrik_cli.dev import leftovers
from rpafabrik_cli.dev.leftovers import ProcessFile


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    with subprocess.Popen(command, process_group=0) as process:
        yield process
        process.kill()


def test_a_leftover_is_ended(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    ProcessFile(tmp_path / "processes.json").add(sleeper.pid)

    ended = ProcessFile(tmp_path / "processes.json").end_leftovers()

    assert ended == 1
    assert sleeper.wait(timeout=5) == -9
    assert json.loads((tmp_path / "processes.json").read_text()) == {}


def test_a_stranger_that_has_come_to_bear_the_id_is_left_alone(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    (tmp_path / "processes.json").write_text(json.dumps({str(sleeper.pid): "another time"}))

    ended = ProcessFile(tmp_path / "processes.json").end_leftovers()

    assert ended == 0
    assert sleeper.poll() is None


def test_a_process_that_has_ended_is_forgotten(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    file = ProcessFile(tmp_path / "processes.json")
    file.add(sleeper.pid)
    file.remove(sleeper.pid)

    assert ProcessFile(tmp_path / "processes.json").end_leftovers() == 0
    assert sleeper.poll() is None


@pytest.mark.parametrize("text", ["", "{", '{"x": "y"}'])
def test_a_file_that_was_cut_short_names_nobody(tmp_path: Path, text: str) -> None:
    (tmp_path / "processes.json").write_text(text)

    assert ProcessFile(tmp_path / "processes.json").end_leftovers() == 0


def test_a_start_time_tells_one_process_from_none() -> None:
    assert leftovers.started(os.getpid()) == leftovers.started(os.getpid())
    assert leftovers.started(2**22 + 1) is None
