"""Become a command that ends when the process that started it is gone, however that went.

Run as a script, `python leash.py PARENT COMMAND…`; imports nothing of ours, to start at once. A
function between fork and exec would do the same in fewer words, but Python calls that unsafe in
a process with threads.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time

_PR_SET_PDEATHSIG = 1
_LOOK_EVERY_SECONDS = 0.5


def by_kernel(parent: int, command: list[str]) -> None:
    """On Linux the kernel kills the command when its parent dies."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it went before it could be watched
        sys.exit("the parent is gone")
    os.execvp(command[0], command)  # noqa: S606 # no shell is wanted


def by_watching(parent: int, command: list[str]) -> int:
    """Elsewhere this process stays, passes signals on, and looks whether the parent is there."""
    child = subprocess.Popen(command)  # noqa: S603 # the command is ours
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _frame: child.send_signal(received))
    while child.poll() is None:
        if os.getppid() != parent:
            child.kill()
        time.sleep(_LOOK_EVERY_SECONDS)
    return child.returncode


if __name__ == "__main__":
    arguments = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        by_kernel(*arguments)
    sys.exit(by_watching(*arguments))
