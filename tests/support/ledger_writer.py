"""A process of its own that records items one by one, for tests of races and of crashes.

For each item it says its number and the run that the ledger says did it, once the ledger has
answered.
"""

import os
import subprocess
import sys
from pathlib import Path

from rpafabrik_platform.ledger import store
from support import ledger_entries

_TESTS = Path(__file__).parent.parent


def start(url: str, run_id: str, *, count: int) -> subprocess.Popen[str]:
    """Start one, and return when it has opened the ledger; it waits to be let go."""
    writer = subprocess.Popen(
        [sys.executable, "-m", "support.ledger_writer", url, run_id, str(count)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(_TESTS)},
    )
    assert writer.stdout
    assert writer.stdout.readline() == "ready\n"
    return writer


def let_go(writer: subprocess.Popen[str]) -> None:
    """Let it record."""
    assert writer.stdin
    writer.stdin.write("go\n")
    writer.stdin.flush()


def _say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def _main(url: str, run_id: str, count: int) -> None:
    with store.open_ledger(url) as ledger:
        ledger.open_run(ledger_entries.run(run_id))
        _say("ready")
        sys.stdin.readline()
        for number in range(count):
            claim = ledger_entries.per_item(60)
            item = ledger_entries.item(f"reference-{number}", run_id=run_id, claim=claim)
            _say(number, ledger.record(item).run_id)


if __name__ == "__main__":
    _main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
