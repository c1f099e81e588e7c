"""Of what many want said about one thing, the latest is said, and nobody is told so too early."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import pytest

from rpafabrik_platform.latest import Latest


@dataclass
class Wall:
    """Written on when it is let."""

    written: list[tuple[str, int]] = field(default_factory=list)
    free: asyncio.Event = field(default_factory=asyncio.Event)
    failures: int = 0

    async def write(self, key: str, word: int) -> None:
        await self.free.wait()
        if self.failures:
            self.failures -= 1
            raise OSError(word)
        self.written.append((key, word))


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def words(wall: Wall) -> Latest[str, int]:
    return Latest(wall.write, age=lambda word: word)


async def test_of_what_waits_for_a_write_only_the_latest_is_written(
    wall: Wall, words: Latest[str, int]
) -> None:
    saying = await begun(*(words.say("job", word) for word in (1, 2, 4, 3)))

    wall.free.set()
    await asyncio.gather(*saying)

    assert wall.written == [("job", 1), ("job", 4)]


async def test_each_thing_has_its_own_word(wall: Wall, words: Latest[str, int]) -> None:
    wall.free.set()

    await asyncio.gather(words.say("one", 1), words.say("other", 2))

    assert wall.written == [("one", 1), ("other", 2)]


async def test_what_could_not_be_written_is_written_by_who_waits(
    wall: Wall, words: Latest[str, int]
) -> None:
    wall.failures = 1
    saying = await begun(words.say("job", 1), words.say("job", 2))

    wall.free.set()
    answers = await asyncio.gather(*saying, return_exceptions=True)

    assert [type(one) for one in answers] == [OSError, type(None)]
    assert wall.written == [("job", 2)]


async def test_nobody_is_told_it_is_written_before_it_is(
    wall: Wall, words: Latest[str, int]
) -> None:
    wall.failures = 2
    saying = await begun(words.say("job", 1), words.say("job", 2))

    wall.free.set()
    answers = await asyncio.gather(*saying, return_exceptions=True)

    assert [type(one) for one in answers] == [OSError, OSError]
    assert wall.written == []


async def begun(*saying: Coroutine[Any, Any, None]) -> list[asyncio.Task[None]]:
    """Tasks that have come as far as they can."""
    tasks = [asyncio.create_task(one) for one in saying]
    await asyncio.sleep(0)
    return tasks
