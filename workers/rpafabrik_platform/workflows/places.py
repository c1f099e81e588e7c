"""The places of a run: how many of its cases may be in work, and how many may be open at all."""

import asyncio


class Places:
    """So many places, handed out in the order they are asked for.

    A case that waits is open without a place; how many cases are open is bounded too.
    """

    def __init__(self, places: int, most_open: int) -> None:
        self._free = asyncio.Semaphore(places)
        self._open = asyncio.Semaphore(most_open)
        self._holders: set[str] = set()

    async def enter(self, case: str) -> None:
        """Wait until one more case may be open, and take its first place."""
        await self._open.acquire()
        await self.take(case)

    async def take(self, case: str) -> None:
        """Wait for a place, and give it to the case."""
        await self._free.acquire()
        self._holders.add(case)

    def give_back(self, case: str) -> None:
        """Free the case's place, if it has one."""
        if case in self._holders:
            self._holders.remove(case)
            self._free.release()

    def leave(self, case: str) -> None:
        """The case is open no more."""
        self.give_back(case)
        self._open.release()
