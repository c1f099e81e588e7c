"""A digital worker for the tests of its runtime; imported by name, as a developer's would be."""

import asyncio
import time
from typing import Any

from temporalio import activity, workflow

from rpafabrik import ApplicationError, BusinessError, heartbeat, log, target_system


@activity.defn
def work(seconds: float) -> str:
    """Take that long, in a thread, without a heartbeat of its own."""
    log.info("work_started")
    time.sleep(seconds)
    return "done"


@activity.defn
def hang(_input: dict[str, Any]) -> None:
    """Heed nothing for a minute."""
    log.info("work_started")
    time.sleep(60)


@activity.defn
async def refuse(_input: dict[str, Any]) -> None:
    """Fail as the rules of the business ask, telling the attempt."""
    raise BusinessError(f"attempt {activity.info().attempt}", code="Refused")


@activity.defn
async def fail(_input: dict[str, Any]) -> None:
    """Fail technically, telling the attempt."""
    raise ApplicationError(f"attempt {activity.info().attempt}", code="SystemAway")


@activity.defn
def use_system(given: dict[str, Any]) -> None:
    """Work in a target system, which may be away."""
    with target_system("testsystem"):
        if given["away"]:
            raise ApplicationError("the system is away", code="SystemAway", retryable=False)


@activity.defn
def resume(_input: dict[str, Any]) -> list[Any]:
    """Leave three checkpoints and fail; the next attempt tells what it found."""
    if activity.info().attempt == 1:
        for row in range(3):
            heartbeat(row)
        raise ApplicationError("after row 2", code="Broken")
    return list(activity.info().heartbeat_details)


@activity.defn
def linger(_input: dict[str, Any]) -> list[Any]:
    """Leave a checkpoint past the SDK, go on for some pulses and fail; tell what was found."""
    if activity.info().attempt == 1:
        activity.heartbeat("here")
        time.sleep(1)
        raise ApplicationError("after some pulses", code="Broken")
    return list(activity.info().heartbeat_details)


@activity.defn
def count_until_drained(_input: dict[str, Any]) -> list[Any]:
    """Leave checkpoints for ever; the next attempt tells what it found."""
    if activity.info().attempt > 1:
        return list(activity.info().heartbeat_details)
    for row in range(10_000):
        heartbeat("row", row)
        time.sleep(0.01)
    raise AssertionError("was not stopped")


@activity.defn
async def wait_for_ever(_input: dict[str, Any]) -> None:
    """Wait until cancelled."""
    await asyncio.Event().wait()


@activity.defn
async def finish_second_time(_input: dict[str, Any]) -> str:
    """Wait until cancelled; the next attempt ends at once."""
    if activity.info().attempt == 1:
        await asyncio.Event().wait()
    return "done"


@workflow.defn
class Greeting:
    """A workflow of the developer's own, which logs."""

    @workflow.run
    async def run(self, name: str) -> str:
        """Greet after a timer, so that there is something to replay."""
        log.info("greeting")
        await asyncio.sleep(0.01)
        return f"Hej, {name}!"
