"""`rpafabrik dev` from end to end: the example's hours, bad and mended input, schedules."""

import asyncio
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from temporalio.client import Client

from robots.kassaavstamning import generate
from support import demo, manifests
from support.demo import Demo

pytestmark = [pytest.mark.server, pytest.mark.long(110)]


def test_the_example_saves_what_the_answer_key_says(tmp_path: Path) -> None:
    rows = demo.expected_rows(demo.EXAMPLE / "facit.csv")
    seconds = demo.expected_seconds(rows)
    example = demo.example(tmp_path)

    code, document = example.run()

    assert (code, document["succeeded"]) == (0, True), example.told()
    (run,) = document["runs"]
    assert example.rows() == rows
    assert run["items"]["total"] == len(rows) == 149
    assert run["items"]["completed"] == sum(outcome == "Completed" for _, outcome in rows)
    assert run["saved"]["grossSeconds"] == run["saved"]["netSeconds"] == seconds
    assert run["jobSaved"] == run["saved"]
    (file,) = run["files"]
    assert (tmp_path / file).exists()

    code, document = example.run()

    (again,) = document["runs"]
    assert code == 0
    assert again["items"]["skipped"] == again["items"]["total"] == 149
    assert again["saved"]["grossSeconds"] == 0
    assert again["jobSaved"] == run["saved"]
    assert example.rows() == rows


REPORTS = f"{generate.REPORTS}/2026-01-07.csv"


def without_ledger(folder: Path) -> str:
    (folder / generate.LEDGER).unlink()
    return f"{folder}/bokforing.se: must be a SIE 4 file, and there is none"


def with_unbalanced_voucher(folder: Path) -> str:
    ledger = folder / generate.LEDGER
    lines = ledger.read_bytes().split(b"\r\n")
    kept = [line for line in lines if not line.startswith(b"#KSUMMA")]
    text = b"\r\n".join(kept)
    ledger.write_bytes(text.replace(b"#TRANS 2440 {} 125000.00", b"#TRANS 2440 {} 125000.01"))
    return "voucher L 1: its 2 transactions must sum to 0.00, and sum to 0.01"


def with_wrong_sum(folder: Path) -> str:
    ledger = folder / generate.LEDGER
    ledger.write_bytes(ledger.read_bytes().replace(b"Regionen Exempel", b"Regionen Exempal"))
    return "#KSUMMA must be "


def in_another_encoding(folder: Path) -> str:
    ledger = folder / generate.LEDGER
    ledger.write_bytes(ledger.read_bytes().decode("cp437").encode("latin-1"))
    return f"{folder}/bokforing.se: line 11, character 22: must be in code page 437"


def without_a_column(folder: Path) -> str:
    _edit(folder, lambda lines: [line.rpartition(";")[0] for line in lines])
    return f"{folder}/{REPORTS}, line 1, column belopp: must be there once"


def with_a_negative_amount(folder: Path) -> str:
    _edit(folder, lambda lines: [lines[0], "2026-01-07;VC001;1;-5,00", *lines[2:]])
    return f"{folder}/{REPORTS}, line 2, column belopp: must be zero or more, and is -5,00"


def with_a_register_twice(folder: Path) -> str:
    _edit(folder, lambda lines: [*lines[:2], lines[1], *lines[2:]])
    return f"{folder}/{REPORTS}, line 3, column kassa: register 1 of VC001 must be reported once"


def _edit(folder: Path, change: Callable[[list[str]], list[str]]) -> None:
    reports = folder / REPORTS
    reports.write_text("\n".join(change(reports.read_text().splitlines())))


BAD_INPUT: tuple[Callable[[Path], str], ...] = (
    without_ledger,
    with_unbalanced_voucher,
    with_wrong_sum,
    in_another_encoding,
    without_a_column,
    with_a_negative_amount,
    with_a_register_twice,
)


def test_bad_input_fails_its_run_by_file_and_line_and_once_mended_nothing_is_lost(
    tmp_path: Path,
) -> None:
    jobs, messages = [], {}
    for number, spoil in enumerate(BAD_INPUT):
        folder = demo.write_input(tmp_path / str(number), centres=3)
        job = demo.job(folder)
        job["metadata"]["name"] = name = spoil.__name__.replace("_", "-")
        jobs.append(job)
        messages[name] = spoil(folder)
    manifest = tmp_path / "jobs.yaml"
    manifest.write_text(yaml.safe_dump_all(jobs))
    kassa = Demo(tmp_path, manifest)

    code, document = kassa.run()

    assert (code, document["succeeded"]) == (1, False), kassa.told()
    assert {run["job"]: run["reason"] for run in document["runs"]} == dict.fromkeys(
        messages, "SourceFailed"
    )
    for run in document["runs"]:
        assert messages[run["job"]] in run["message"]
    assert kassa.rows() == {}

    for number in range(len(BAD_INPUT)):
        demo.write_input(tmp_path / str(number), centres=3)
    code, document = kassa.run()

    assert (code, document["succeeded"]) == (0, True), document
    once = demo.expected_rows(tmp_path / "0" / "facit.csv")
    assert kassa.rows() == Counter({row: count * len(BAD_INPUT) for row, count in once.items()})


def test_by_schedule_it_tells_what_comes_and_stops_at_ctrl_c(tmp_path: Path) -> None:
    kassa = demo.make(tmp_path, 1)
    with kassa.started() as dev:
        demo.wait_until(lambda: "ekonomi/kassaavstamning: next run " in kassa.told())
        children = kassa.children()
        dev.send_signal(signal.SIGINT)
        code, document = demo.finished(dev)

    assert (code, document["runs"]) == (0, [])
    assert "06:00 Europe/Stockholm" in kassa.told()
    assert len(children) == 3
    assert not any(map(demo.command_line, children))


async def test_on_a_server_that_runs_nothing_is_left_to_start_by_itself(
    tmp_path: Path, temporal_server: str, temporal_namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_NAMESPACE", temporal_namespace)
    kassa = demo.make(tmp_path, 2)

    code, document = await asyncio.to_thread(kassa.run, "--temporal", temporal_server)

    assert (code, document["temporal"]) == (0, temporal_server), kassa.told()
    assert kassa.rows() == demo.expected_rows(tmp_path / "facit.csv")
    client = await Client.connect(temporal_server, namespace=temporal_namespace)
    (schedule,) = [one async for one in await client.list_schedules()]
    assert (await client.get_schedule_handle(schedule.id).describe()).schedule.state.paused


def test_a_time_to_give_up_holds_while_no_robot_answers(
    tmp_path: Path, temporal_server: str, temporal_namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_NAMESPACE", temporal_namespace)
    manifest = tmp_path / "job.yaml"
    manifest.write_text(manifests.JOB)
    options = ("--run", "--timeout=4", f"--temporal={temporal_server}", f"--state={tmp_path}/state")
    command = [sys.executable, "-m", "rpafabrik_cli", "dev", str(manifest), *options]

    ended = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert ended.returncode == 1
    assert "Error: the runs must end within 4 s (--timeout), and have not" in ended.stderr


def test_a_folder_may_be_called_as_if_it_were_part_of_a_url(tmp_path: Path) -> None:
    folder = tmp_path / "My%20Repo?"
    folder.mkdir()
    kassa = demo.make(folder, 1)

    code, _ = kassa.run()

    assert code == 0, kassa.told()
    assert kassa.rows() == demo.expected_rows(folder / "facit.csv")


def test_with_keep_everything_runs_on_until_ctrl_c(tmp_path: Path) -> None:
    kassa = demo.make(tmp_path, 1)
    with kassa.started("--run", "--keep") as dev:
        demo.wait_until(lambda: "Everything keeps running until Ctrl-C" in kassa.told())
        assert len(kassa.children()) == 3
        dev.send_signal(signal.SIGINT)
        code, document = demo.finished(dev)

    assert (code, document["succeeded"]) == (0, True)
