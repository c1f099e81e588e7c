"""Platforms that read the ledger for Prometheus: one of them at a time, and come what may."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import cast

import aiohttp
import pytest

from rpafabrik_platform import reading
from rpafabrik_platform.ledger import store
from support import postgres_fixture, process
from support.desk import REMINDERS, Desk

pytestmark = pytest.mark.server

SAVED = 'rpafabrik_saved_seconds_total{department="Regionservice ekonomi",job="paminnelser"'
WITHIN_SECONDS = 30


@pytest.fixture
def url(postgres_url: str) -> str:
    store.migrate(postgres_url)
    with store.open_ledger(postgres_url) as ledger:
        Desk(ledger).run(REMINDERS, date(2026, 3, 2), "a")
    return postgres_url


@asynccontextmanager
async def platform(
    url: str, stand_seconds: float = reading.STAND_SECONDS
) -> AsyncIterator[reading.LedgerFigures]:
    figures = reading.LedgerFigures(every_seconds=0.05, stand_seconds=stand_seconds)
    with store.open_ledger(url) as ledger:
        async with figures.following(ledger):
            yield figures


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(50 * WITHIN_SECONDS):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"not within {WITHIN_SECONDS} s")


def reads(figures: reading.LedgerFigures) -> bool:
    text = figures.source().decode()
    assert ("rpafabrik_ledger_reader 1.0" in text) == (SAVED in text)
    return SAVED in text


async def test_one_of_two_platforms_reads_and_when_it_goes_the_other_does(url: str) -> None:
    async with platform(url) as second_to_start_reading:
        async with platform(url) as other:
            pair = [second_to_start_reading, other]
            await until(lambda: any(map(reads, pair)))
            for _ in range(20):
                await asyncio.sleep(0.05)
                assert [reads(one) for one in pair].count(True) == 1
        await until(lambda: reads(second_to_start_reading))


class SlowLedger:
    """Takes its time to say who reads, and keeps in which order it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def reader(self) -> "SlowLedger":
        return self

    def held(self) -> bool:
        time.sleep(0.2)
        self.asked.append("held")
        return False

    def release(self) -> None:
        self.asked.append("release")


async def test_reading_under_way_ends_before_the_lock_is_given_back() -> None:
    ledger = SlowLedger()

    async with reading.LedgerFigures().following(cast("store.Ledger", ledger)):
        await asyncio.sleep(0.05)

    assert ledger.asked == ["held", "release"]


@pytest.mark.parametrize(
    ("took", "seconds"),
    [
        (0.2, 15),
        (4, 40),
        (600, 120),  # it waited for a lock, which may be gone
    ],
)
def test_a_large_ledger_is_read_less_often_but_figures_never_grow_old(
    took: float, seconds: float
) -> None:
    assert reading.pause(reading.EVERY_SECONDS, took) == seconds


async def test_figures_stand_while_the_ledger_is_away(
    url: str,
    postgres: postgres_fixture.Server,
) -> None:
    async with platform(url) as figures:
        await until(lambda: reads(figures))
        postgres.tell("stop")
        try:
            await until(lambda: "rpafabrik_ledger_up 0.0" in figures.source().decode())
            assert SAVED in figures.source().decode()
        finally:
            postgres.tell("start")
        await until(lambda: "rpafabrik_ledger_up 1.0" in figures.source().decode())
        await until(lambda: reads(figures))


async def test_figures_that_have_stood_for_long_are_told_no_more(
    url: str,
    postgres: postgres_fixture.Server,
) -> None:
    async with platform(url, stand_seconds=1) as figures:
        await until(lambda: reads(figures))
        postgres.tell("stop")
        try:
            await until(lambda: not reads(figures))
            assert "rpafabrik_ledger_up 0.0" in figures.source().decode()
        finally:
            postgres.tell("start")
        await until(lambda: reads(figures))


async def test_a_platform_is_healthy_and_tells_when_it_cannot_reach_its_ledger(
    temporal_server: str, tmp_path: Path
) -> None:
    health, metrics = process.free_ports(2)
    command = [sys.executable, "-m", "rpafabrik_cli", "platform", "--no-cluster"]
    command += ["--ledger", "postgresql://nobody@127.0.0.1:1/none"]
    command += ["--temporal-address", temporal_server]
    command += [f"--health-port={health}", f"--metrics-port={metrics}"]

    with process.running("platform", command, tmp_path / "platform.log"):
        live = await answer(f"http://127.0.0.1:{health}/healthz")
        ready = await answer(f"http://127.0.0.1:{health}/readyz", status=503)
        told = await answer(f"http://127.0.0.1:{metrics}/metrics")

    assert (live, ready) == ("alive\n", "preparing\n")
    assert "rpafabrik_ledger_up 0.0" in told


async def test_one_scrape_of_a_platform_gives_the_ledgers_figures_and_temporals(
    temporal_server: str, url: str, tmp_path: Path
) -> None:
    [metrics] = process.free_ports(1)
    command = [sys.executable, "-m", "rpafabrik_cli", "platform", "--no-cluster"]
    command += ["--ledger", url, "--temporal-address", temporal_server]

    with process.running("platform", [*command, f"--metrics-port={metrics}"], tmp_path / "log"):
        both = SAVED, "temporal_worker_task_slots_available"
        told = await answer(f"http://127.0.0.1:{metrics}/metrics", both)

    assert told.count("# TYPE rpafabrik_saved_seconds_total counter") == 1


async def answer(url: str, holds: tuple[str, ...] = (), *, status: int = 200) -> str:
    async with asyncio.timeout(WITHIN_SECONDS), aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(url) as response:
                    text = await response.text()
                    if response.status == status and all(one in text for one in holds):
                        return text
            except aiohttp.ClientConnectionError:
                pass
            await asyncio.sleep(0.1)
