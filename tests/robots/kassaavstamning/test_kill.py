"""Killed at any moment and started again, the robot leaves the same files."""

import signal
import subprocess
import sys
import time
from pathlib import Path

from robots.kassaavstamning import generate

ROBOT = """
import sys
from robots.kassaavstamning import activities as robot
from rpafabrik import BusinessError, SourceRequest

reports, ledger, output = sys.argv[1:]
given = {"reports": reports, "ledger": ledger}
for item in robot.list_cash_reports(SourceRequest(robot.Sources(**given))).items:
    wanted = robot.DepositsWanted(**given, centre=item.centre, date=item.date)
    deposits = robot.fetch_deposits(wanted).deposits
    try:
        robot.compare(robot.ToCompare(item=item, deposits=deposits, output=output))
    except BusinessError:
        pass
robot.write_reconciliation(robot.ToWrite(**given, output=output))
"""


def start(data: Path, output: Path) -> subprocess.Popen[bytes]:
    given = [data / generate.REPORTS, data / generate.LEDGER, output]
    return subprocess.Popen([sys.executable, "-c", ROBOT, *map(str, given)])


def files(output: Path) -> dict[str, bytes]:
    """All that readers see; a draft that a kill left behind is hidden and no one's input."""
    return {
        str(path.relative_to(output)): path.read_bytes()
        for path in output.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }


def test_killed_robot_that_is_started_again_leaves_the_same_files(tmp_path: Path) -> None:
    generate.write(tmp_path, centres=149)
    undisturbed, killed = tmp_path / "undisturbed", tmp_path / "killed"
    assert start(tmp_path, undisturbed).wait(timeout=60) == 0

    codes = []
    for share in (1, 60, 140):
        robot = start(tmp_path, killed)
        while robot.poll() is None and len(list(killed.rglob("*.json"))) < share:
            time.sleep(0.001)
        robot.kill()
        codes.append(robot.wait(timeout=60))
    assert start(tmp_path, killed).wait(timeout=60) == 0

    assert -signal.SIGKILL in codes
    assert files(killed) == files(undisturbed)
    assert len(files(killed)) == 150
