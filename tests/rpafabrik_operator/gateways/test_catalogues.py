"""A thousand jobs of one queue ask once; an answer holds for a while, silence not so long."""

import asyncio

import pytest

from rpafabrik_api import contract
from rpafabrik_operator.gateways import catalogues
from rpafabrik_operator.reconcile import ports

KNOWN = contract.Catalogue(activities=("compare",))


class Worker:
    """A digital worker that may be away, and the time."""

    def __init__(self, answer: contract.Catalogue | None) -> None:
        self.answer = answer
        self.asked: list[str] = []
        self.now = 0.0
        self.temporal_away = False
        self.robots = 0

    async def ask(self, queue: str) -> contract.Catalogue | None:
        self.asked.append(queue)
        await asyncio.sleep(0)
        if self.temporal_away:
            raise ports.TemporalUnavailableError("away")
        return self.answer

    def lives(self, queue: str) -> bool:
        return bool(queue and self.robots)

    def clock(self) -> float:
        return self.now


async def test_many_who_ask_at_once_ask_once_per_queue() -> None:
    worker = Worker(KNOWN)
    known = catalogues.Catalogues(worker.ask, worker.lives, worker.clock)

    answers = await asyncio.gather(*(known.get(queue) for queue in ("a", "b") * 500))

    assert answers == [KNOWN] * 1_000
    assert sorted(worker.asked) == ["a", "b"]


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [(KNOWN, catalogues.KNOWN_SECONDS), (None, catalogues.ABSENT_SECONDS)],
)
async def test_answer_holds_for_its_time_and_no_longer(
    answer: contract.Catalogue | None, seconds: int
) -> None:
    worker = Worker(answer)
    known = catalogues.Catalogues(worker.ask, worker.lives, worker.clock)
    await known.get("a")

    worker.now = seconds - 1
    await known.get("a")
    assert worker.asked == ["a"]

    worker.now = seconds
    await known.get("a")
    assert worker.asked == ["a", "a"]


async def test_temporal_that_is_away_is_no_answer() -> None:
    worker = Worker(KNOWN)
    worker.temporal_away = True
    known = catalogues.Catalogues(worker.ask, worker.lives, worker.clock)
    with pytest.raises(ports.TemporalUnavailableError):
        await known.get("a")

    worker.temporal_away = False

    assert await known.get("a") == KNOWN


async def test_robots_that_are_too_busy_to_answer_can_do_what_they_could() -> None:
    worker = Worker(KNOWN)
    worker.robots = 1
    known = catalogues.Catalogues(worker.ask, worker.lives, worker.clock)
    await known.get("a")

    worker.answer = None
    worker.now = catalogues.KNOWN_SECONDS
    while_busy = await known.get("a")
    worker.robots = 0
    worker.now += catalogues.ABSENT_SECONDS

    assert while_busy == KNOWN
    assert await known.get("a") is None


async def test_robots_that_live_and_never_answered_can_do_nothing_that_is_known() -> None:
    worker = Worker(None)
    worker.robots = 1

    assert await catalogues.Catalogues(worker.ask, worker.lives, worker.clock).get("a") is None
