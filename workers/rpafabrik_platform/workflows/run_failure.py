"""What ends a run before all its items have their outcome."""

from rpafabrik_api.reasons import Reason


class RunFailedError(Exception):
    """The run cannot go on; the reason is public API, the message is for people."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
