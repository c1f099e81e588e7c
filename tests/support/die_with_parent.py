"""Become a command that the kernel kills when the process that started it is gone (Linux).

A script, run as `python die_with_parent.py PARENT COMMAND…`: a function between fork and exec
would do the same in fewer words, but Python calls that unsafe in a process with threads.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1

parent, *command = sys.argv[1:]
ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
if os.getppid() != int(parent):  # it went before it could be watched
    sys.exit("the parent is gone")
os.execvp(command[0], command)
