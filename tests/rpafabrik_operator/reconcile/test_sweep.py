"""The sweep deletes what nothing declares any more, and nothing else."""

from dataclasses import dataclass, field

import pytest

from rpafabrik_api.resource import Resource
from rpafabrik_operator.reconcile.sweep import sweep
from support import examples

SCHEDULE = "workerjob/ekonomi/avstamning/job-uid"


@dataclass
class Remains:
    """A cluster and a Temporal, as the sweep sees them."""

    seen: Resource | None = None
    uids: tuple[str, ...] = ()
    orphans: tuple[str, ...] = ()
    schedules: list[str] = field(default_factory=lambda: [SCHEDULE])

    def get(self, kind: str, namespace: str, name: str) -> Resource | None:
        assert (kind, namespace, name) == ("WorkerJob", "ekonomi", "avstamning")
        return self.seen

    async def exists(self, key: tuple[str, str, str], uid: str) -> bool:
        assert key == ("WorkerJob", "ekonomi", "avstamning")
        return uid in self.uids

    async def owned_schedules(self) -> list[str]:
        return list(self.schedules)

    async def is_orphan(self, schedule_id: str) -> bool:
        return schedule_id in self.orphans

    async def delete_schedule(self, schedule_id: str) -> None:
        self.schedules.remove(schedule_id)


async def test_schedule_whose_job_is_gone_is_deleted() -> None:
    remains = Remains()

    assert await sweep(remains, remains, ()) == [SCHEDULE]
    assert remains.schedules == []


async def test_schedule_of_a_job_that_was_made_again_is_deleted() -> None:
    remains = Remains(seen=examples.job(metadata__uid="made-again"), uids=("made-again",))

    assert await sweep(remains, remains, ()) == [SCHEDULE]


@pytest.mark.parametrize(
    "remains",
    [
        Remains(seen=examples.job()),
        Remains(uids=("job-uid",)),  # not seen yet
        Remains(orphans=(SCHEDULE,)),
    ],
    ids=["seen", "not seen yet", "orphan"],
)
async def test_schedule_that_is_wanted_stays(remains: Remains) -> None:
    assert await sweep(remains, remains, ()) == []
    assert remains.schedules == [SCHEDULE]


@pytest.mark.parametrize(
    ("namespaces", "swept"),
    [(("ekonomi",), 1), (("vard", "eko*"), 1), (("vard",), 0), (("ekonomi-*",), 0)],
)
async def test_only_namespaces_that_are_served_are_swept(
    namespaces: tuple[str, ...], swept: int
) -> None:
    remains = Remains()

    assert len(await sweep(remains, remains, namespaces)) == swept
