"""The round: which queues are asked about, what is kept, and who is looked at."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rpafabrik_operator.planning import world
from rpafabrik_operator.reconcile import ports, rounds
from rpafabrik_operator.reconcile.ports import Key
from support import examples
from support.fake_world import FakeWorld

EKONOMI = ("ekonomi", "ekonomi")
POOL = ("DigitalWorker", "ekonomi", "ekonomi")


@dataclass
class FakeQueues:
    """A Temporal that counts robots; it may be away."""

    robots_there: dict[str, world.Robots] = field(default_factory=dict)
    waited: float = 0.0
    away: bool = False
    asked: list[str] = field(default_factory=list)

    async def robots(self) -> Mapping[str, world.Robots] | None:
        if self.away:
            raise ports.TemporalUnavailableError("away")
        return self.robots_there

    async def queue(self, name: str, robots: Mapping[str, world.Robots] | None) -> world.Queue:
        self.asked.append(name)
        there = (robots or {}).get(name, world.Robots())
        return world.Queue(
            robots=there.alive, backlog=0, backlog_seconds=self.waited, lost=there.lost
        )


@dataclass
class Patrol:
    """A round, what it sees, and the looks that it asks for."""

    cluster: FakeWorld = field(default_factory=FakeWorld)
    temporal: FakeQueues = field(default_factory=FakeQueues)
    planned: list[Key] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.round = rounds.Rounds(
            self.cluster, self.temporal, self.planned.append, pause_seconds=0.0
        )

    def robots(self, count: int, lost: int = 0) -> None:
        there = world.Robots(alive=count, lost=lost)
        self.temporal.robots_there = {"rpafabrik-worker/ekonomi/ekonomi": there}


def queue(robots: int) -> world.Queue:
    return world.Queue(robots=robots, backlog=0, backlog_seconds=0.0)


async def test_every_queue_in_use_is_asked_about_once() -> None:
    patrol = Patrol()
    for name, worker in (("a", "ekonomi"), ("b", "ekonomi"), ("c", "vard")):
        patrol.cluster.apply(
            examples.changed(examples.JOB, metadata__name=name, spec__workerRef__name=worker)
        )
    retired = {"metadata__name": "d", "spec__workerRef__name": "gammal"}
    patrol.cluster.apply(examples.changed(examples.JOB, **retired, spec__stage="Retired"))
    patrol.cluster.apply(examples.WORKER)

    await patrol.round.go()

    assert patrol.temporal.asked == [
        "rpafabrik-worker/ekonomi/ekonomi",
        "rpafabrik-worker/ekonomi/vard",
    ]


async def test_pool_is_looked_at_when_its_robots_are_others_and_only_then() -> None:
    patrol = Patrol()
    patrol.cluster.apply(examples.WORKER)

    for robots in (2, 2, 1, 1):
        patrol.robots(robots)
        await patrol.round.go()

    assert patrol.planned == [POOL, POOL]
    assert patrol.round.of(*EKONOMI) == queue(1)


async def test_pool_is_looked_at_when_a_robot_is_lost_and_when_work_waits_too_long() -> None:
    patrol = Patrol()
    patrol.cluster.apply(examples.WORKER)

    for lost, waited in ((0, 0.0), (1, 0.0), (2, 800.0), (2, 900.5), (2, 1_000.0), (2, 0.0)):
        patrol.robots(2, lost)
        patrol.temporal.waited = waited
        await patrol.round.go()

    assert patrol.planned == [POOL] * 4


async def test_queue_without_a_pool_is_seen_and_nothing_looked_at() -> None:
    patrol = Patrol()
    patrol.cluster.apply(examples.JOB)
    patrol.robots(1)

    await patrol.round.go()

    assert patrol.planned == []
    assert patrol.round.seen == {EKONOMI: queue(1)}


async def test_queue_that_nothing_uses_any_more_is_forgotten() -> None:
    patrol = Patrol()
    patrol.cluster.apply(examples.WORKER)
    await patrol.round.go()

    patrol.cluster.manifests.clear()
    await patrol.round.go()

    assert patrol.round.seen == {}


async def test_one_answer_that_is_missing_changes_nothing() -> None:
    patrol = Patrol()
    patrol.cluster.apply(examples.WORKER)
    patrol.robots(2)
    await patrol.round.go()

    patrol.temporal.away = True
    await patrol.round.go()

    assert patrol.round.of(*EKONOMI) == queue(2)
    assert patrol.planned == [POOL]


async def test_temporal_that_stays_away_is_told_once_and_once_that_it_is_back() -> None:
    patrol = Patrol()
    patrol.cluster.apply(examples.WORKER)
    patrol.robots(2)
    await patrol.round.go()

    patrol.temporal.away = True
    for _ in range(2 * rounds.LOST_AFTER):
        await patrol.round.go()
    assert patrol.round.of(*EKONOMI) is world.UNAVAILABLE
    assert patrol.round.seen == {}
    assert patrol.planned == [POOL, POOL]

    patrol.temporal.away = False
    await patrol.round.go()

    assert patrol.round.of(*EKONOMI) == queue(2)
    assert patrol.planned == [POOL, POOL, POOL]


async def test_nothing_is_known_before_the_first_round() -> None:
    assert Patrol().round.of(*EKONOMI) is None
