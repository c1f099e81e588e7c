"""Says the latest of what many want said about one thing, one write at a time.

A thousand runs of a job may end within a second, and each wants to be the job's last run. What
comes while a write is under way waits, and of what waits only the latest is written.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Generic, TypeVar
from weakref import WeakValueDictionary

Key = TypeVar("Key", bound=Hashable)
Word = TypeVar("Word")


class Latest(Generic[Key, Word]):
    """Gathers words by what they are about."""

    def __init__(
        self, write: Callable[[Key, Word], Awaitable[None]], age: Callable[[Word], Any]
    ) -> None:
        self._write = write
        self._age = age
        self._waiting: dict[Key, Word] = {}
        # Weak: a turn lives as long as somebody has it or waits for it.
        self._turns: WeakValueDictionary[Key, asyncio.Lock] = WeakValueDictionary()

    async def say(self, key: Key, word: Word) -> None:
        """Return once this word is written, or a later one in its place.

        Raises what writing raises; what could not be written is left to those who wait, and they
        hear of it if they cannot write it either.
        """
        self._keep(key, word)
        async with self._turns.setdefault(key, asyncio.Lock()):
            latest = self._waiting.pop(key, None)
            if latest is None:
                return
            try:
                await self._write(key, latest)
            except BaseException:
                self._keep(key, latest)
                raise

    def _keep(self, key: Key, word: Word) -> None:
        kept = self._waiting.get(key)
        if kept is None or self._age(word) >= self._age(kept):
            self._waiting[key] = word
