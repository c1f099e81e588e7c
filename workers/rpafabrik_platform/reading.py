"""Reads the ledger for Prometheus every so often, in one of the platforms at a time.

A scrape gets what was read last and never waits for the database. While the database is away, the
last figures stand, but not for long: it may be away for this platform alone.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from datetime import datetime
from zoneinfo import ZoneInfo

import prometheus_client as prometheus

from rpafabrik.logs import log
from rpafabrik.runtime import telemetry as metrics
from rpafabrik_api import telemetry
from rpafabrik_platform import exposition
from rpafabrik_platform.ledger import errors, store
from rpafabrik_platform.ledger.readership import Readership

EVERY_SECONDS = 15.0
MOST_OF_THE_TIME = 0.1
"""The share of time that a large ledger may be read in."""
LONGEST_PAUSE_SECONDS = 120.0
"""However long it took: figures are old after 300 s, and a lock that was in the way may be gone."""
STAND_SECONDS = 900.0
"""How long figures stand that can't be read again: another platform may tell newer ones."""
ZONE = ZoneInfo("Europe/Stockholm")
"""Says which day it is: that of jobs which name no other."""


class LedgerFigures:
    """The ledger's figures, as they were read last."""

    def __init__(
        self, every_seconds: float = EVERY_SECONDS, stand_seconds: float = STAND_SECONDS
    ) -> None:
        self._every_seconds = every_seconds
        self._stand_seconds = stand_seconds
        registry = prometheus.CollectorRegistry()
        self._up = metrics.gauge(telemetry.LEDGER_UP, registry)
        self._reads = metrics.gauge(telemetry.LEDGER_READER, registry)
        self._own = metrics.source(registry)
        self._read = b""

    def source(self) -> bytes:
        """Everything in Prometheus' text format."""
        return self._own() + self._read

    @contextlib.asynccontextmanager
    async def following(self, ledger: store.Ledger) -> AsyncIterator[None]:
        """Read the ledger again and again for the length of the block."""
        readership, over = ledger.reader(), asyncio.Event()
        reading = asyncio.create_task(self._follow(ledger, readership, over))
        try:
            yield
        finally:
            over.set()
            await reading  # cancelled, it would leave a thread that still reads
            await asyncio.to_thread(readership.release)

    async def _follow(
        self, ledger: store.Ledger, readership: Readership, over: asyncio.Event
    ) -> None:
        answered = time.monotonic()
        while not over.is_set():
            began = time.monotonic()
            try:
                self._tell(await asyncio.to_thread(_read, ledger, readership))
                self._up.set(1)
                answered = time.monotonic()
            except errors.LedgerError as error:
                self._up.set(0)
                if time.monotonic() - answered > self._stand_seconds:
                    self._tell(b"")
                log.warning("ledger_unread", error=str(error))
            except Exception:  # noqa: BLE001 # the next reading may fare better
                log.exception("ledger_unread")
            took = time.monotonic() - began
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), pause(self._every_seconds, took))

    def _tell(self, read: bytes) -> None:
        self._read = read
        self._reads.set(bool(read))


def pause(every_seconds: float, took_seconds: float) -> float:
    """Return for how many seconds not to read, after a reading that took so long."""
    return max(every_seconds, min(took_seconds / MOST_OF_THE_TIME, LONGEST_PAUSE_SECONDS))


def _read(ledger: store.Ledger, readership: Readership) -> bytes:
    """The figures; nothing where another platform tells them."""
    if not readership.held():
        return b""
    began = time.monotonic()
    found = ledger.export(datetime.now(ZONE).date())
    return exposition.text(found, time.monotonic() - began, time.time())
