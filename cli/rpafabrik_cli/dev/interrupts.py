"""Ctrl-C and its kin: the first one stops in order, the second one at once."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Iterator

from rpafabrik_cli.dev.display import Display

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """Cancels the work at the first signal."""

    def __init__(self, display: Display) -> None:
        self._display = display
        self._work: asyncio.Task[None] | None = None
        self.kill: Callable[[], None] = lambda: None
        """What ends everything at the second signal."""
        self.asked = False

    async def run(self, work: asyncio.Task[None]) -> None:
        """Wait for the work, or for the signal that ends it."""
        self._work = work
        if self.asked:  # it came before there was anything to stop
            work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work

    @contextlib.contextmanager
    def handled(self) -> Iterator[None]:
        """Take the signals for the length of the block."""
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self._handle, number)
        try:
            yield
        finally:
            for number in _SIGNALS:
                loop.remove_signal_handler(number)

    def _handle(self, number: signal.Signals) -> None:
        if self.asked:
            self.kill()
            self._display.stop()  # else the terminal's cursor stays hidden
            os._exit(128 + number)
        self.asked = True
        self._display.tell("Stopping; once more stops at once.")
        if self._work is not None:
            self._work.cancel()
