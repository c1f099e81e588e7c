"""One step of a chunk's item: what its activity sees, and what ends it."""

import asyncio
import contextlib
import io
import json
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from temporalio import activity, exceptions
from temporalio.testing import ActivityEnvironment

from rpafabrik import BusinessError, heartbeat, logs
from rpafabrik.runtime import in_process
from rpafabrik_api import contract, interpreter, verdict

Perform = Callable[..., Any]


@pytest.fixture
def perform() -> Iterator[Perform]:
    """Perform an activity as a step, tried so often, a second at most each time."""
    with ThreadPoolExecutor() as threads:

        async def of(
            function: Callable[..., Any], given: dict[str, Any] | None = None, attempts: int = 1
        ) -> Any:
            retry = contract.Retry(maximum_attempts=attempts, initial_interval_seconds=0)
            call = contract.ActivityCall(
                activity="do", input=given or {}, retry=retry, timeout_seconds=1
            )
            done = in_process.InProcess({"do": function}, threads).of("case")
            step = contract.Step(name="step", activity=call)
            return await ActivityEnvironment().run(done, step, interpreter.Scope({}))

        yield of


async def stopped(performing: Any) -> verdict.Verdict:
    with pytest.raises(verdict.StoppedError) as reached:
        await performing
    return reached.value.verdict


async def test_step_that_took_too_long_stops_at_its_next_line(perform: Perform) -> None:
    seen: list[str] = []

    @activity.defn
    def hang(_given: dict[str, Any]) -> None:
        try:
            for _ in range(30):
                time.sleep(0.1)
            seen.append("wrote")
        except exceptions.CancelledError:
            seen.append("stopped")

    reached = await stopped(perform(hang))

    assert reached.code == "Timeout"
    await until(lambda: bool(seen))
    assert seen == ["stopped"]


async def test_step_that_took_too_long_stops_at_its_next_heartbeat(perform: Perform) -> None:
    seen: list[Any] = []

    @activity.defn
    def hang(_given: dict[str, Any]) -> None:
        with activity.shield_thread_cancel_exception():
            time.sleep(1.3)
            try:
                heartbeat("row")
            finally:
                seen.append(activity.is_cancelled())
            seen.append("wrote")

    await stopped(perform(hang))

    await until(lambda: bool(seen))
    assert seen == [True]


async def test_next_try_is_not_stopped_by_the_end_of_the_one_before(perform: Perform) -> None:
    @activity.defn
    def hang_once(_given: dict[str, Any]) -> str:
        if activity.info().attempt == 1:
            for _ in range(30):
                time.sleep(0.1)
        heartbeat()
        return "done"

    assert await perform(hang_once, attempts=2) == "done"


async def test_step_of_a_cancelled_chunk_stops_at_its_next_line(perform: Perform) -> None:
    seen: list[str] = []

    @activity.defn
    def work(_given: dict[str, Any]) -> None:
        seen.append("began")
        for _ in range(9):
            time.sleep(0.1)
        seen.append("wrote")

    chunk = asyncio.create_task(perform(work))
    await until(lambda: bool(seen))
    chunk.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await chunk

    await asyncio.sleep(1)
    assert seen == ["began"]


async def exit_on_the_loop(_given: dict[str, Any]) -> None:
    sys.exit("no such case")


def exit_in_thread(_given: dict[str, Any]) -> None:
    sys.exit("no such case")


@pytest.mark.parametrize("function", [exit_on_the_loop, exit_in_thread])
async def test_step_that_exits_costs_its_item_alone(
    perform: Perform, function: Callable[..., Any]
) -> None:
    reached = await stopped(perform(activity.defn(function), attempts=2))

    assert reached == verdict.Verdict(
        outcome=contract.Outcome.APPLICATION_EXCEPTION,
        code="SystemExit",
        message="no such case",
        attempts=2,
    )


async def test_every_try_that_fails_is_logged_with_its_traceback(perform: Perform) -> None:
    logs.configure(json=True, stream=(stream := io.StringIO()))

    @activity.defn
    def broken(given: dict[str, Any]) -> Any:
        return given["19121212-1212"]

    await stopped(perform(broken, attempts=2))

    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(line["level"], line["event"], line["step"], line["attempt"]) for line in lines] == [
        ("warning", "step_failed", "step", 1),
        ("warning", "step_failed", "step", 2),
    ]
    assert all("in broken\n" in line["exception"] for line in lines)
    assert all("KeyError: '[personnummer]'" in line["exception"] for line in lines)


async def test_item_that_is_refused_is_not_logged(perform: Perform) -> None:
    logs.configure(json=True, stream=(stream := io.StringIO()))

    @activity.defn
    def refuse(_given: dict[str, Any]) -> None:
        raise BusinessError("reserved by another", code="Reserved")

    await stopped(perform(refuse))

    assert stream.getvalue() == ""


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not happened():  # noqa: ASYNC110 - what is waited for happens in a thread
            await asyncio.sleep(0.02)
