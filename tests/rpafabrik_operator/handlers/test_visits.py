"""A visit: claims what it works on, lets go what is done, and says when to come again."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from rpafabrik_api import contract, names
from rpafabrik_api.resource import Resource
from rpafabrik_api.workerjob import WorkerJob
from rpafabrik_operator.figures.looks import Looks
from rpafabrik_operator.handlers.visits import Visitor
from rpafabrik_operator.planning import mapping
from rpafabrik_operator.reconcile import ports
from rpafabrik_operator.reconcile.ports import Key
from rpafabrik_operator.reconcile.reconcile import Reconciler
from support import examples, scrape
from support.fake_world import FakeWorld, KilledError

JOB = ("WorkerJob", "ekonomi", "avstamning")
RUN = ("JobRun", "ekonomi", "idag")
RESYNC = 300


@dataclass
class ClaimedWorld(FakeWorld):
    """A world whose resources can be kept from going; it may answer with an error once."""

    claimed: set[Key] = field(default_factory=set)
    error: Exception | None = None

    async def claim(self, resource: Resource) -> None:
        if self.error is not None:
            error, self.error = self.error, None
            raise error
        self.claimed.add(key_of(resource))

    async def release(self, resource: Resource) -> None:
        self.claimed.remove(key_of(resource))
        del self.manifests[key_of(resource)]


def key_of(resource: Resource) -> Key:
    return resource.kind, resource.metadata.namespace, resource.metadata.name


@dataclass
class Office:
    """A visitor, the world, and the visits it asks for."""

    world: ClaimedWorld = field(default_factory=ClaimedWorld)
    planned: list[Key] = field(default_factory=list)
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)

    def __post_init__(self) -> None:
        reconciler = Reconciler(self.world, self.world, self.world.clock)
        looks = Looks(self.registry)
        self.visitor = Visitor(reconciler, self.world, RESYNC, self.planned.append, looks)

    def delete(self, manifest: dict[str, Any]) -> None:
        now = {"metadata__deletionTimestamp": examples.NOW.isoformat()}
        self.world.apply(examples.changed(manifest, **now))


async def test_job_is_claimed_before_anything_is_made_and_visited_again_at_the_resync() -> None:
    office = Office()
    office.world.apply(examples.JOB)
    office.world.kill_after = 0

    with pytest.raises(KilledError):
        await office.visitor.visit(JOB)
    assert office.world.claimed == {JOB}

    office.world.kill_after = None
    again = await office.visitor.visit(JOB)

    assert again is not None
    assert RESYNC * 0.5 <= again <= RESYNC * 1.5


async def test_job_is_visited_soon_after_a_run_is_missed_though_nothing_has_happened() -> None:
    office = Office()
    office.world.apply(examples.JOB)
    await office.visitor.visit(JOB)
    # The next run is due in 24 hours less one, and missed ten minutes later.
    office.world.now += timedelta(hours=23, minutes=8)

    again = await office.visitor.visit(JOB)
    office.world.now += timedelta(seconds=again or 0)
    await office.visitor.visit(JOB)

    assert again is not None
    assert 120 <= again <= 120 + RESYNC * 0.1
    told = office.world.get(*JOB)
    assert isinstance(told, WorkerJob)
    (found,) = (one for one in told.status.conditions if one.type == "OnSchedule")
    assert (found.status, found.reason) == ("False", "RunMissed")


async def test_job_whose_worker_is_away_is_visited_sooner() -> None:
    office = Office()
    office.world.apply(examples.JOB)
    office.world.worker = None

    again = await office.visitor.visit(JOB)

    assert again is not None
    assert 15 <= again <= 45


async def test_finished_run_is_visited_no_more() -> None:
    office = Office()
    office.world.apply(examples.JOB)
    office.world.apply(examples.RUN)
    await office.visitor.visit(RUN)
    office.world.finish(mapping.run_id(examples.run()), contract.RunResult.SUCCEEDED)

    assert await office.visitor.visit(RUN) is None


async def test_deleted_job_is_let_go_when_its_plan_is_done() -> None:
    office = Office()
    office.world.apply(examples.JOB)
    await office.visitor.visit(JOB)
    run = office.world.start_scheduled(mapping.schedule_id(examples.job()))
    office.delete(examples.JOB)

    await office.visitor.visit(JOB)
    assert office.world.claimed == {JOB}

    office.world.finish(run, contract.RunResult.SUCCEEDED)
    again = await office.visitor.visit(JOB)

    assert office.world.claimed == set()
    assert again is None


class Impatient(ClaimedWorld):
    """Somebody deletes the job while the operator writes its status."""

    async def apply_status(self, resource: Resource, status: dict[str, Any], manager: str) -> None:
        await super().apply_status(resource, status, manager)
        deleted = {"metadata__deletionTimestamp": examples.NOW.isoformat()}
        self.manifests[JOB] = examples.changed(self.manifests[JOB], **deleted)


async def test_deletion_asked_for_during_a_visit_is_planned_before_the_job_goes() -> None:
    office = Office(Impatient())
    office.world.apply(examples.JOB)

    await office.visitor.visit(JOB)
    assert office.world.claimed == {JOB}
    await office.visitor.visit(JOB)

    assert office.world.claimed == set()
    assert office.world.schedules == {}


async def test_resource_that_is_gone_is_visited_no_more() -> None:
    assert await Office().visitor.visit(JOB) is None


async def test_hold_and_readiness_of_a_job_are_told_to_its_unfinished_runs_once() -> None:
    office = Office()
    office.world.apply(examples.JOB)
    office.world.apply(examples.RUN)
    office.world.apply(
        examples.changed(examples.RUN, metadata__name="annat", spec__jobRef__name="x")
    )
    await office.visitor.visit(JOB)
    await office.visitor.visit(JOB)
    assert office.planned == [RUN]

    hold = {names.HOLD_ANNOTATION: "driften: stopp"}
    office.world.apply(examples.changed(examples.JOB, metadata__annotations=hold))
    await office.visitor.visit(JOB)

    assert office.planned == [RUN, RUN]


@pytest.mark.parametrize(
    "error",
    [
        ports.ConflictError("changed meanwhile"),
        ports.ClusterUnavailableError("away"),
        ports.TemporalUnavailableError("away"),
        ValueError("a mistake of ours"),
    ],
)
async def test_visit_that_fails_is_tried_again_soon(error: Exception) -> None:
    office = Office()
    office.world.apply(examples.JOB)
    office.world.error = error

    again = await office.visitor.visit(JOB)

    assert again is not None
    assert again < 1


async def test_temporal_that_stays_away_is_asked_ever_less_often() -> None:
    office = Office()
    office.world.apply(examples.JOB)
    office.world.temporal_away = True

    waits = [await office.visitor.visit(JOB) or 0 for _ in range(20)]

    assert waits[0] < 1
    assert all(15 <= wait <= 45 for wait in waits[8:])
    assert isinstance(office.world.get(*JOB), Resource)


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (ports.ConflictError("changed meanwhile"), "conflict"),
        (ports.ClusterUnavailableError("away"), "cluster"),
        (ports.TemporalUnavailableError("away"), "temporal"),
        (ValueError("a mistake of ours"), "fault"),
    ],
)
async def test_visit_that_fails_is_counted_by_its_cause(error: Exception, cause: str) -> None:
    office = Office()
    office.world.apply(examples.JOB)
    office.world.error = error

    await office.visitor.visit(JOB)
    await office.visitor.visit(JOB)

    told = scrape.read(generate_latest(office.registry).decode())
    errors = {
        labels["cause"]: count
        for labels, count in told["rpafabrik_reconcile_errors_total"]
        if labels["kind"] == "WorkerJob"
    }
    assert errors == {"conflict": 0, "cluster": 0, "temporal": 0, "fault": 0, cause: 1}
    looks = {
        labels["kind"]: count
        for labels, count in told["rpafabrik_reconcile_duration_seconds_count"]
    }
    assert looks == {"WorkerJob": 2, "JobRun": 0, "DigitalWorker": 0}


async def test_temporal_that_is_away_is_counted_though_the_visit_ends_well() -> None:
    office = Office()
    office.world.apply(examples.JOB)
    office.world.temporal_away = True

    await office.visitor.visit(JOB)

    told = scrape.read(generate_latest(office.registry).decode())
    assert ({"kind": "WorkerJob", "cause": "temporal"}, 1) in told[
        "rpafabrik_reconcile_errors_total"
    ]
