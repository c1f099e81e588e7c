"""What digital workers can do, remembered for a while: a thousand jobs of a queue ask once."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from rpafabrik_api import contract

KNOWN_SECONDS = 60
"""How long an answer holds: a new version of a worker is seen within this time."""
ABSENT_SECONDS = 5
"""How long silence holds."""

Ask = Callable[[str], Awaitable[contract.Catalogue | None]]
Lives = Callable[[str], bool]
"""Whether robots are known to live on a queue."""


@dataclass(frozen=True, slots=True)
class _Answer:
    catalogue: contract.Catalogue | None
    until: float


class Catalogues:
    """Asks once per queue at a time, and not again while the answer holds."""

    def __init__(self, ask: Ask, lives: Lives, clock: Callable[[], float] = time.monotonic) -> None:
        self._ask = ask
        self._lives = lives
        self._clock = clock
        self._answers: dict[str, _Answer] = {}
        self._asking: dict[str, asyncio.Lock] = {}

    def known(self, queue: str) -> contract.Catalogue | None:
        """What it said last, without asking."""
        answer = self._answers.get(queue)
        return answer.catalogue if answer else None

    async def get(self, queue: str) -> contract.Catalogue | None:
        """What the worker on the queue can do; None when none answers."""
        async with self._asking.setdefault(queue, asyncio.Lock()):
            answer = self._answers.get(queue)
            if answer is None or self._clock() >= answer.until:
                told = await self._ask(queue)
                until = self._clock() + (ABSENT_SECONDS if told is None else KNOWN_SECONDS)
                # Robots whose every place is taken do not answer, and can do what they could.
                if told is None and answer is not None and self._lives(queue):
                    told = answer.catalogue
                answer = _Answer(told, until)
                self._answers[queue] = answer
            return answer.catalogue
