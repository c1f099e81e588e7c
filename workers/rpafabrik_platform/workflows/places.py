"""The places of a run: how many of its cases may be in work at the same time."""

import asyncio


class Places:
    """So many places, handed out in the order they are asked for."""

    def __init__(self, count: int) -> None:
        self._free = asyncio.Semaphore(count)
        self._holders: set[str] = set()

    async def take(self, case: str) -> None:
        """Wait for a place, and give it to the case."""
        await self._free.acquire()
        self._holders.add(case)

    def give_back(self, case: str) -> None:
        """Free the case's place, if it has one."""
        if case in self._holders:
            self._holders.remove(case)
            self._free.release()
