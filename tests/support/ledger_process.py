"""Processes of their own that use a ledger, for tests of races and of crashes.

Each says when it is ready, waits until it is let go, and then does its one thing.
"""

import os
import subprocess
import sys
from pathlib import Path

from rpafabrik_platform.ledger import store
from support import ledger_entries

_TESTS = Path(__file__).parent.parent


def start(*words: object) -> subprocess.Popen[str]:
    """Start `record URL RUN_ID COUNT` or `migrate URL`; return when it is ready."""
    process = subprocess.Popen(
        [sys.executable, "-m", "support.ledger_process", *map(str, words)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(_TESTS)},
    )
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    return process


def let_go(process: subprocess.Popen[str]) -> None:
    """Let it do its thing."""
    assert process.stdin
    process.stdin.write("go\n")
    process.stdin.flush()


def said(process: subprocess.Popen[str]) -> list[str]:
    """What it said, line by line, once it has ended well."""
    lines = process.communicate()[0].splitlines()
    assert process.returncode == 0
    return lines


def _wait_to_be_let_go() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()


def _migrate(url: str) -> None:
    _wait_to_be_let_go()
    store.migrate(url)


def _record(url: str, run_id: str, count: int) -> None:
    """For each item, say its number and the run that did it, once the ledger has answered."""
    with store.open_ledger(url) as ledger:
        ledger.open_run(ledger_entries.run(run_id))
        _wait_to_be_let_go()
        for number in range(count):
            claim = ledger_entries.per_item(60)
            item = ledger_entries.item(f"reference-{number}", run_id=run_id, claim=claim)
            sys.stdout.write(f"{number} {ledger.record(item).run_id}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["migrate", url]:
            _migrate(url)
        case ["record", url, run_id, count]:
            _record(url, run_id, int(count))
