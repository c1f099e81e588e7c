"""What went while nobody watched: found by a census, and told once."""

from typing import Any

from kubernetes.aio import client as api

from rpafabrik_api import names
from rpafabrik_operator.gateways import census
from rpafabrik_operator.gateways.cache import Cache
from rpafabrik_operator.gateways.owned import OwnedObjects
from rpafabrik_operator.handlers.absences import Absences
from rpafabrik_operator.handlers.watch import Watch
from rpafabrik_operator.reconcile.ports import Key

JOB: Key = ("WorkerJob", "ekonomi", "kassa")
WORKER: Key = ("DigitalWorker", "ekonomi", "robot")


class Counts:
    """The cluster at one version; remembers what was asked for."""

    def __init__(self, version: int, *uids: str) -> None:
        self.told = census.Census(version, frozenset(uids))
        self.asked: list[tuple[str, str | None]] = []

    async def take(self, watched: census.Watched, namespace: str | None) -> census.Census:
        self.asked.append((watched.plural, namespace))
        return self.told


class Operator:
    """What an operator has seen: a job and the Deployment of a digital worker, at version 7."""

    def __init__(self) -> None:
        self.planned: list[Key] = []
        self.dropped: list[Key] = []
        self.cache = Cache()
        self.watch = Watch(self.cache, self.planned.append, self.dropped.append)
        self.owned = OwnedObjects(api.ApiClient(api.Configuration()))
        self.watch.notice({"type": None, "object": body("WorkerJob", "kassa")})
        labelled = body("Deployment", "robots-robot", labels={names.WORKER_LABEL: "robot"})
        self.owned.see(labelled)
        self.planned.clear()

    async def count(self, counts: Counts, *, everywhere: bool = True) -> None:
        await Absences(counts, self.watch, self.owned, everywhere).notice()


async def test_what_is_there_no_more_is_forgotten_and_its_owner_looked_at() -> None:
    operator = Operator()

    await operator.count(Counts(8))

    assert (operator.cache.get(JOB), operator.dropped) == (None, [JOB])
    assert operator.owned.owned("Deployment", "ekonomi", "robots-robot") is None
    assert operator.planned == [WORKER]


async def test_what_is_not_ours_and_has_a_name_of_ours_is_forgotten_and_stops_no_count() -> None:
    operator = Operator()
    operator.owned.see(body("Deployment", "robots-upptagen"))

    await operator.count(Counts(8, "kassa-uid", "robots-robot-uid"))

    assert operator.owned.owned("Deployment", "ekonomi", "robots-upptagen") is None
    assert operator.owned.owned("Deployment", "ekonomi", "robots-robot") is not None
    assert operator.planned == []


async def test_what_is_there_or_came_after_the_census_is_kept() -> None:
    for counts in (Counts(8, "kassa-uid", "robots-robot-uid"), Counts(6)):
        operator = Operator()

        await operator.count(counts)

        assert (operator.planned, operator.dropped) == ([], [])
        assert operator.cache.get(JOB) is not None


async def test_only_namespaces_of_what_was_seen_are_asked_where_some_are_served() -> None:
    counts = Counts(6)

    await Operator().count(counts, everywhere=False)

    assert counts.asked == [("workerjobs", "ekonomi"), ("deployments", "ekonomi")]


def test_a_watch_that_lists_again_asks_for_a_count() -> None:
    operator = Operator()
    assert not operator.watch.began_anew.is_set()

    operator.watch.notice({"type": None, "object": body("WorkerJob", "kassa")})

    assert operator.watch.began_anew.is_set()


def body(kind: str, name: str, **metadata: Any) -> dict[str, Any]:
    return {
        "apiVersion": names.API_VERSION,
        "kind": kind,
        "metadata": {
            "name": name,
            "namespace": "ekonomi",
            "uid": f"{name}-uid",
            "resourceVersion": "7",
            "generation": 1,
            **metadata,
        },
    }
