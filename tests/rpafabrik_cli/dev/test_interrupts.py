"""The first Ctrl-C cancels the work, the second one ends everything, however the work takes it."""

import signal
import subprocess
import sys

import pytest

PROGRAM = """
import asyncio, sys
from rpafabrik_cli.dev.interrupts import Interrupts

def tell(line): print(line, flush=True)

class Display:
    tell = staticmethod(tell)
    def stop(self): tell("the screen is as it was")

async def work():
    tell("working")
    try:
        await asyncio.sleep(60)
    finally:
        if sys.argv[1] == "stubborn":
            await asyncio.sleep(60)
        tell("stopped")

async def main():
    interrupts = Interrupts(Display())
    interrupts.kill = lambda: tell("killed")
    with interrupts.handled():
        await interrupts.run(asyncio.create_task(work()))
    tell(f"asked: {interrupts.asked}")

asyncio.run(main())
"""


def interrupted(how: str, *signals: signal.Signals) -> tuple[int, list[str]]:
    """Send one signal after each line; the exit code and all lines."""
    command = [sys.executable, "-c", PROGRAM, how]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = []
        for number in signals:
            lines.append(process.stdout.readline().strip())
            process.send_signal(number)
        lines += process.stdout.read().splitlines()
    return process.returncode, lines


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_first_signal_lets_the_work_stop(number: signal.Signals) -> None:
    code, lines = interrupted("obedient", number)

    assert code == 0
    assert lines == ["working", "Stopping; once more stops at once.", "stopped", "asked: True"]


def test_the_second_one_ends_everything_at_once() -> None:
    code, lines = interrupted("stubborn", signal.SIGINT, signal.SIGINT)

    assert code == 130
    assert lines == [
        *("working", "Stopping; once more stops at once."),
        *("killed", "the screen is as it was"),
    ]
