"""Lets the modules of a digital worker be found. Imports nothing: robots start with it."""

import os
import sys


def import_from() -> None:
    """Let modules be found as `python -m` finds them; a script installed by pip does not."""
    here = os.getcwd()  # noqa: PTH109 # sys.path holds text
    if here not in sys.path and "" not in sys.path:
        sys.path.insert(0, here)
