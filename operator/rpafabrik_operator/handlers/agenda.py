"""When to look at what: one entry per resource, the earliest wish wins, one look at a time each.

Knows nothing of what a look does. Kopf has delays of its own; they hold one of its workers and
cost two writes to the API server per try, so a Temporal that is away would stop the operator.
"""

import asyncio
import contextlib
import heapq
from collections.abc import Awaitable, Callable, Iterator

from rpafabrik_operator.reconcile.ports import Key

Look = Callable[[Key], Awaitable[float | None]]
"""Looks at a resource, and says in how many seconds to look again; None: only when asked."""

CONCURRENT_LOOKS = 60
"""A look waits nearly all its time: with 20, half of that in vain. More would only be in line."""


class Agenda:
    """Planned looks, and the looks under way."""

    def __init__(self, limit: int = CONCURRENT_LOOKS) -> None:
        self._limit = limit
        self._due: dict[Key, float] = {}
        self._heap: list[tuple[float, Key]] = []
        self._under_way: set[Key] = set()
        self._changed = asyncio.Event()

    def plan(self, key: Key, after_seconds: float = 0.0) -> None:
        """Look at the resource by then; a look planned for later gives way."""
        due = asyncio.get_running_loop().time() + after_seconds
        if due < self._due.get(key, due + 1):
            self._due[key] = due
            heapq.heappush(self._heap, (due, key))
            self._changed.set()

    def drop(self, key: Key) -> None:
        """Plan no more looks at the resource."""
        self._due.pop(key, None)

    async def run(self, look: Look) -> None:
        """Look when it is time, until cancelled; looks under way are cancelled with it."""
        async with asyncio.TaskGroup() as looks:
            while True:
                self._changed.clear()
                for key in self._startable():
                    self._under_way.add(key)
                    looks.create_task(self._attend(look, key))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._idle_seconds()):
                        await self._changed.wait()

    def _startable(self) -> Iterator[Key]:
        now = asyncio.get_running_loop().time()
        while self._heap and self._heap[0][0] <= now and len(self._under_way) < self._limit:
            due, key = heapq.heappop(self._heap)
            # A key under way stays due: it is planned again when its look ends.
            if self._due.get(key) == due and key not in self._under_way:
                del self._due[key]
                yield key

    def _idle_seconds(self) -> float | None:
        if not self._heap or len(self._under_way) >= self._limit:
            return None
        return max(0.0, self._heap[0][0] - asyncio.get_running_loop().time())

    async def _attend(self, look: Look, key: Key) -> None:
        try:
            after_seconds = await look(key)
        finally:
            self._under_way.discard(key)
            self._changed.set()
        if after_seconds is not None:
            self.plan(key, after_seconds)
        if key in self._due:
            heapq.heappush(self._heap, (self._due[key], key))
