"""How a command ends when it cannot do what it was asked: one line, and an exit code.

Nothing here prints; `main` shows a failure, and with `--debug` where it came from.
"""

EXIT_FAILED = 1
"""A run failed, or a manifest has findings."""
EXIT_WRONG_USE = 2
"""The command line itself is wrong."""


class Failure(Exception):  # noqa: N818 # it ends a command; it is no error of the program
    """What failed, where, and what must be; told in one line."""

    exit_code = EXIT_FAILED
    heading = "Error: "
    """What stands before the message; empty where each line begins with its file."""


class WrongUse(Failure):
    """An option or argument that cannot be meant."""

    exit_code = EXIT_WRONG_USE
