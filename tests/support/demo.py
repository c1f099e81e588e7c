"""The demo on data of a test's own: the example's manifest and robot, run by the command line.

What must come out is computed here from the answer key, by the formula of the design and with
none of the product's code.
"""

import contextlib
import csv
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml

from robots.kassaavstamning import generate

REPOSITORY = Path(__file__).parents[2]
EXAMPLE = REPOSITORY / "examples" / "kassaavstamning"
WORKER = "--worker=ekonomi=robots.kassaavstamning"
BY_HAND = Fraction(6_120_000, 37_250)
"""Seconds for one centre's day, as the example's baseline says."""
NEEDS_A_PERSON = {"Amount", "DoubleDeposit", "MissingDeposit", "WrongCentre"}

Rows = Counter[tuple[str, str]]
"""How often each (reference, outcome) stands in a ledger."""


@dataclass(frozen=True, slots=True)
class Demo:
    """A folder to work in, with input, manifests and state."""

    folder: Path
    manifests: Path

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @contextlib.contextmanager
    def started(self, *more: str) -> Iterator[subprocess.Popen[str]]:
        """`rpafabrik dev`, killed at the end of the block if it still runs."""
        command = [sys.executable, "-m", "rpafabrik_cli", "dev", str(self.manifests), WORKER]
        command += [f"--state={self.state}", "--output=json", *more]
        with (
            (self.folder / "told").open("a") as told,
            subprocess.Popen(
                command, cwd=self.folder, stdout=subprocess.PIPE, stderr=told, text=True
            ) as process,
        ):
            try:
                yield process
            finally:
                process.kill()

    def run(self, *more: str) -> tuple[int, Any]:
        """Run to the end; the exit code and the document."""
        with self.started("--run", *more) as process:
            return finished(process)

    def told(self) -> str:
        """Everything that was said on standard error."""
        return (self.folder / "told").read_text()

    def rows(self) -> Rows:
        """What stands in the ledger now."""
        return ledger_rows(self.state / "ledger.db")

    def wait_for_rows(self, count: int) -> None:
        """Wait until the run is so far."""
        wait_until(lambda: self.rows().total() >= count)

    def children(self) -> dict[int, str]:
        """Process ids and command lines of what the state directory says was started."""
        remembered = json.loads((self.state / "processes.json").read_text())
        alive = (int(pid) for pid in remembered)
        return {pid: line for pid in alive if (line := command_line(pid))}

    def child(self, part: str) -> int:
        """Process id of the one child whose command line has this in it."""
        (found,) = (pid for pid, line in self.children().items() if part in line)
        return found


def example(folder: Path) -> Demo:
    """The example as it stands, where it finds its files."""
    copied = folder / EXAMPLE.relative_to(REPOSITORY)
    shutil.copytree(EXAMPLE, copied)
    return Demo(folder, copied)


def make(folder: Path, centres: int) -> Demo:
    """Input for so many centres, and the example's manifest for it."""
    manifest = folder / "job.yaml"
    manifest.write_text(yaml.safe_dump(job(write_input(folder, centres)), allow_unicode=True))
    return Demo(folder, manifest)


def write_input(folder: Path, centres: int) -> Path:
    """Input and answer key for so many centres."""
    subprocess.run(
        [sys.executable, "-m", generate.__name__, str(folder), "--centres", str(centres)],
        check=True,
        capture_output=True,
    )
    return folder


def job(folder: Path) -> dict[str, Any]:
    """The example's manifest, for the input in a folder."""
    manifest: dict[str, Any] = yaml.safe_load((EXAMPLE / "workerjob.yaml").read_text())
    manifest["spec"]["input"] = {
        "reports": str(folder / generate.REPORTS),
        "ledger": str(folder / generate.LEDGER),
        "output": str(folder / "output"),
    }
    calls = [manifest["spec"]["items"]["source"], manifest["spec"]["onCompletion"]]
    for call in (*calls, *manifest["spec"]["steps"]):
        # How soon it is noticed that a robot is gone; every activity beats by itself.
        call["heartbeatTimeoutSeconds"] = 2
    return manifest


def expected_rows(key: Path) -> Rows:
    """What must stand in the ledger in the end, by the answer key: each centre's day once."""
    needs: dict[str, bool] = {}
    with key.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            reference = f"{row['vardcentral']}/{row['datum']}"
            needs[reference] = needs.get(reference, False) or row["klass"] in NEEDS_A_PERSON
    return Counter(
        (reference, "BusinessException" if person else "Completed")
        for reference, person in needs.items()
    )


def expected_seconds(rows: Rows) -> int:
    """Saved time by the formula: units times baseline, rounded once, halves up."""
    completed = sum(count for (_, outcome), count in rows.items() if outcome == "Completed")
    return int(completed * BY_HAND + Fraction(1, 2))


def ledger_rows(database: Path) -> Rows:
    if not database.exists():
        return Counter()
    with contextlib.closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as ledger:
        try:
            return Counter(ledger.execute("SELECT reference, outcome FROM items").fetchall())
        except sqlite3.OperationalError:  # not made yet
            return Counter()


def finished(process: subprocess.Popen[str]) -> tuple[int, Any]:
    """Wait for the end; the exit code and the document, if there is one."""
    out, _ = process.communicate(timeout=120)
    return process.returncode, json.loads(out) if out else None


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def command_line(pid: int) -> str:
    """The command line of a process that runs; nothing of one that waits to be reaped."""
    told = subprocess.run(
        ["ps", "-o", "stat=,args=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, line = told.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else line.strip()


def wait_until(true: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not so after {seconds} s"
        time.sleep(0.05)
