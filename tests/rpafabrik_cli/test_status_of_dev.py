"""`rpafabrik status --dev` beside a real `rpafabrik dev`: while it runs, and when it has ended."""

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from robots.kassaavstamning import generate
from support import demo
from support.demo import Demo

from .conftest import Command, Ended

pytestmark = [pytest.mark.server, pytest.mark.long(60)]


def names(ended: Ended) -> dict[str, str]:
    return {one["name"]: one["state"] for one in ended.json["systems"]}


def test_while_it_runs_everything_is_asked_and_when_it_has_ended_everything_is_still_told(
    rpafabrik: Command, tmp_path: Path
) -> None:
    kassa = demo.make(tmp_path, 1)
    status = ("status", "--state", kassa.state, "-o", "json")
    with kassa.started() as dev:
        demo.wait_until(lambda: "ekonomi/kassaavstamning: next run " in kassa.told())
        demo.wait_until(lambda: rpafabrik(*status).code == 0)  # the platform may come up last
        during = rpafabrik(*status)
        dev.send_signal(signal.SIGINT)
        demo.finished(dev)
    after = rpafabrik(*status)

    assert (during.code, during.json["well"]) == (0, True), during.out
    assert names(during) == {
        "rpafabrik dev": "Running",
        "Temporal": "Answers",
        "Platform": "Answers",
        "Ledger": "Answers",
    }
    (job,), (robot,) = during.json["jobs"], during.json["robots"]
    assert (job["state"], job["last"]) == ("Ready", None)
    assert job["nextRun"].endswith("+00:00")
    assert robot["polling"] >= 1

    assert after.code == 0
    assert names(after) == {"rpafabrik dev": "Stopped", "Ledger": "Answers"}
    (job,) = after.json["jobs"]
    assert (job["state"], job["nextRun"]) == ("Ready", None)


def test_a_run_that_failed_is_told_with_its_reason_and_once_mended_all_is_well(
    rpafabrik: Command, tmp_path: Path
) -> None:
    kassa = demo.make(tmp_path, 2)
    missing = tmp_path / generate.LEDGER
    kept = missing.read_bytes()
    missing.unlink()
    code, _ = kassa.run()
    failed = rpafabrik("status", "--state", kassa.state)
    missing.write_bytes(kept)
    mended, _ = kassa.run()
    well = rpafabrik("status", "--state", kassa.state, "-o", "json")

    assert (code, failed.code) == (1, 1), failed.out
    assert failed.out.splitlines()[0] == "Unwell: 1 job"
    assert "job ekonomi/kassaavstamning: SourceFailed, " in failed.out
    assert "must be a SIE 4 file" in failed.out
    assert f"→ see {kassa.state}/logs/platform.log" in failed.out

    assert (mended, well.code) == (0, 0), well.out
    (job,) = well.json["jobs"]
    assert job["last"]["result"] == "Succeeded"
    assert job["savedSeconds"] == demo.expected_seconds(kassa.rows())


def test_a_watch_in_a_pipe_tells_a_document_a_line_until_ctrl_c(tmp_path: Path) -> None:
    kassa = demo.make(tmp_path, 1)
    kassa.run()
    with watching(kassa, "-o", "json", stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        told = [json.loads(process.stdout.readline()) for _ in range(3)]
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0

    assert [one["well"] for one in told] == [True] * 3
    assert len({one["now"] for one in told}) > 1


def test_a_watch_tells_that_nothing_can_be_seen_and_goes_on_when_it_can(tmp_path: Path) -> None:
    kassa = demo.make(tmp_path, 1)
    kassa.run()
    resources, elsewhere = kassa.state / "resources", kassa.state / "elsewhere"
    with watching(kassa, "-o", "json", stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        told = (json.loads(line) for line in process.stdout)
        assert next(told)["well"]
        resources.rename(elsewhere)
        gone = next(one for one in told if not one["well"])
        elsewhere.rename(resources)
        back = next(one for one in told if one["well"])
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0

    assert gone["error"].startswith(f"--state {kassa.state} must be a folder")
    assert [one["name"] for one in back["jobs"]] == ["kassaavstamning"]


def test_a_watch_on_a_terminal_redraws_in_place_and_follows_what_changes(tmp_path: Path) -> None:
    kassa = demo.make(tmp_path, 1)
    kassa.run()
    leader, follower = pty.openpty()
    with watching(kassa, stdout=follower) as process:
        os.close(follower)
        drawn = read_until(leader, b"Stopped")
        with kassa.started():
            drawn += read_until(leader, b"Running")
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0
    os.close(leader)

    up_and_erase = b"\x1b[1A\x1b[2K"
    assert up_and_erase in drawn


def test_who_is_at_work_is_not_told_of_a_process_that_was_killed(
    rpafabrik: Command, tmp_path: Path
) -> None:
    kassa = demo.make(tmp_path, 1)
    with kassa.started() as dev:
        demo.wait_until(lambda: "next run " in kassa.told())
        dev.kill()
        dev.wait()
        ended = rpafabrik("status", "--state", kassa.state, "-o", "json")

    assert (kassa.state / "running.json").exists()
    assert names(ended)["rpafabrik dev"] == "Stopped"


def test_a_folder_that_no_dev_has_used_is_wrong_use(rpafabrik: Command, tmp_path: Path) -> None:
    ended = rpafabrik("status", "--state", tmp_path)

    assert ended.code == 2
    assert ended.err == (
        f"Error: --state {tmp_path} must be a folder that rpafabrik dev has used, and is none\n"
    )


def watching(kassa: Demo, *more: str, stdout: int) -> "subprocess.Popen[bytes]":
    """A watch in a process of its own."""
    command = [sys.executable, "-m", "rpafabrik_cli", "status", "--state", str(kassa.state)]
    terminal = {**os.environ, "TERM": "xterm", "COLUMNS": "120", "LINES": "40"}
    return subprocess.Popen(
        [*command, "--watch", "--every=0.5", *more], stdout=stdout, env=terminal
    )


def read_until(terminal: int, word: bytes) -> bytes:
    """What is drawn up to a word; the test's own time limit ends a wait in vain."""
    drawn = b""
    while word not in drawn:
        drawn += os.read(terminal, 65_536)
    return drawn
