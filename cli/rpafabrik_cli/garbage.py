"""When Python looks for garbage: not while modules are imported, a fifth of whose time it took."""

import gc

_MORE_THAN_IMPORTS_MAKE = 300_000
_WHILE_AT_WORK = (10_000, 10, 10)
"""New objects after which it looks among them; and how much rarer among older ones."""


def wait() -> None:
    """Let modules be imported first."""
    gc.set_threshold(_MORE_THAN_IMPORTS_MAKE)


def look() -> None:
    """Look from now on, for as long as the process lives, and not among what is there by now."""
    gc.freeze()
    gc.set_threshold(*_WHILE_AT_WORK)
