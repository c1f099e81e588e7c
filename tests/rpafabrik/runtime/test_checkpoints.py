"""Who shares a call that saves a checkpoint, and who waits for nobody."""

import asyncio
from typing import Any

from temporalio.client import AsyncActivityHandle

from rpafabrik.runtime import checkpoints


class Told(AsyncActivityHandle):
    """Keeps what Temporal would be told, as it was when it was told."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []

    async def heartbeat(self, *details: Any, **_: Any) -> None:
        """Keep what is told."""
        self.calls.append(list(details[0]))


async def test_who_finish_one_soon_after_the_other_share_a_call() -> None:
    ended: list[str] = []
    told = Told()
    saving = checkpoints.Checkpoints(told, ended, savers=3)

    async def finish(one: str, turns: int) -> None:
        for _ in range(turns):
            await asyncio.sleep(0)
        ended.append(one)
        await saving.save()

    await asyncio.gather(finish("first", turns=0), finish("second", turns=1))

    assert told.calls == [["first", "second"]]


async def test_when_all_have_finished_nobody_is_waited_for() -> None:
    told = Told()
    saving = checkpoints.Checkpoints(told, ["only"], savers=1)

    saved = asyncio.create_task(saving.save())
    await asyncio.sleep(0)

    assert saved.done()
    assert told.calls == [["only"]]
