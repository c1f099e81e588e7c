"""The agenda: the earliest wish wins, and a resource is looked at once at a time."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from rpafabrik_operator.handlers.agenda import Agenda
from rpafabrik_operator.reconcile.ports import Key

JOB = ("WorkerJob", "ekonomi", "avstamning")
OTHER = ("WorkerJob", "ekonomi", "annan")


class Looks:
    """Looks that take as long as the test wants."""

    def __init__(self, *again: float | None) -> None:
        self.begun: list[Key] = []
        self.at_once = 0
        self.most_at_once = 0
        self.may_end = asyncio.Event()
        self.may_end.set()
        self._again = list(again)

    async def look(self, key: Key) -> float | None:
        self.begun.append(key)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await self.may_end.wait()
        self.at_once -= 1
        return self._again.pop(0) if self._again else None


@contextlib.asynccontextmanager
async def at_work(agenda: Agenda, looks: Looks) -> AsyncIterator[None]:
    running = asyncio.create_task(agenda.run(looks.look))
    yield
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def a_moment() -> None:
    await asyncio.sleep(0.03)


async def test_planned_look_is_taken() -> None:
    agenda, looks = Agenda(), Looks()
    async with at_work(agenda, looks):
        agenda.plan(JOB)
        await a_moment()

    assert looks.begun == [JOB]


async def test_earlier_wish_replaces_a_later_one() -> None:
    agenda, looks = Agenda(), Looks()
    async with at_work(agenda, looks):
        agenda.plan(JOB, 60)
        agenda.plan(JOB, 0)
        agenda.plan(JOB, 60)
        await a_moment()
        assert looks.begun == [JOB]

        agenda.plan(JOB, 0)
        await a_moment()

    assert looks.begun == [JOB, JOB]


async def test_look_says_when_to_look_again() -> None:
    agenda, looks = Agenda(), Looks(0.0, 0.0, None)
    async with at_work(agenda, looks):
        agenda.plan(JOB)
        await a_moment()

    assert looks.begun == [JOB] * 3


async def test_wish_that_comes_during_a_look_is_met_after_it_and_not_beside_it() -> None:
    agenda, looks = Agenda(), Looks(60.0)
    looks.may_end.clear()
    async with at_work(agenda, looks):
        agenda.plan(JOB)
        await a_moment()
        agenda.plan(JOB)
        agenda.plan(JOB)
        await a_moment()
        assert looks.begun == [JOB]

        looks.may_end.set()
        await a_moment()

    assert looks.begun == [JOB, JOB]
    assert looks.most_at_once == 1


async def test_dropped_resource_is_looked_at_no_more() -> None:
    agenda, looks = Agenda(), Looks()
    async with at_work(agenda, looks):
        agenda.plan(JOB, 0.01)
        agenda.plan(OTHER, 0.01)
        agenda.drop(JOB)
        await a_moment()

    assert looks.begun == [OTHER]


async def test_no_more_looks_at_once_than_the_limit() -> None:
    agenda, looks = Agenda(limit=2), Looks()
    looks.may_end.clear()
    async with at_work(agenda, looks):
        for number in range(5):
            agenda.plan(("WorkerJob", "ekonomi", str(number)))
        await a_moment()
        assert len(looks.begun) == 2

        looks.may_end.set()
        await a_moment()

    assert len(looks.begun) == 5
    assert looks.most_at_once == 2
