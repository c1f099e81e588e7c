"""Reconcile of a DigitalWorker on a world in memory: its pods, and what is said of them."""

from dataclasses import dataclass
from typing import Any

from rpafabrik_api.digitalworker import DigitalWorker
from rpafabrik_api.reasons import Reason
from rpafabrik_operator.planning import plan
from rpafabrik_operator.reconcile import ports
from support import examples
from support.fake_world import FakeWorld

from .test_reconcile import a_world, look


async def test_digital_worker_gets_its_pods_once_and_gets_them_back() -> None:
    fake = a_world(examples.WORKER)

    await look(fake, "DigitalWorker", "ekonomi")
    await look(fake, "DigitalWorker", "ekonomi")
    del fake.objects["Deployment", "ekonomi", "robots-ekonomi"]
    await look(fake, "DigitalWorker", "ekonomi")

    assert fake.writes == [
        "ApplyObject:ServiceAccount",
        "ApplyObject:Deployment",
        "ApplyStatus:rpafabrik-operator",
        "ApplyObject:Deployment",
    ]


REFUSED = 'Deployment.apps "robots-ekonomi" is invalid: …'


@dataclass
class StrictWorld(FakeWorld):
    """A world whose API server refuses Deployments."""

    strict: bool = True

    async def apply_object(self, manifest: dict[str, Any]) -> bool:
        if self.strict and manifest["kind"] == "Deployment":
            raise ports.RejectedError(REFUSED)
        return await super().apply_object(manifest)


def pool_of(fake: FakeWorld) -> list[tuple[str, str, str, str]]:
    worker = fake.get("DigitalWorker", "ekonomi", "ekonomi")
    assert isinstance(worker, DigitalWorker)
    return [
        (one.type, one.status.value, one.reason, one.message) for one in worker.status.conditions
    ]


async def test_pool_that_the_api_server_refuses_waits_for_somebody_and_says_why() -> None:
    fake = StrictWorld()
    fake.apply(examples.WORKER)

    outcome = await look(fake, "DigitalWorker", "ekonomi")
    written = list(fake.writes)
    await look(fake, "DigitalWorker", "ekonomi")

    assert outcome == plan.Stalled(Reason.REJECTED)
    assert pool_of(fake) == [
        ("Ready", "False", "Rejected", REFUSED),
        ("Stalled", "True", "Rejected", REFUSED),
    ]
    assert (
        fake.writes == written == ["ApplyObject:ServiceAccount", "ApplyStatus:rpafabrik-operator"]
    )
    assert fake.events == [
        ("ApplyObject", "the ServiceAccount is not there"),
        ("Warning Rejected", REFUSED),
    ]


async def test_pool_that_was_refused_is_made_once_it_is_mended() -> None:
    fake = StrictWorld()
    fake.apply(examples.WORKER)
    await look(fake, "DigitalWorker", "ekonomi")

    fake.strict = False
    await look(fake, "DigitalWorker", "ekonomi")

    assert ("Deployment", "ekonomi", "robots-ekonomi") in fake.objects
    assert [one[:3] for one in pool_of(fake)] == [
        ("Ready", "False", "PodsNotReady"),
        ("Reconciling", "True", "PodsNotReady"),
    ]


async def test_what_is_known_of_robots_stands_while_their_change_is_refused() -> None:
    fake = StrictWorld()
    fake.strict = False
    polling = {
        "type": "Polling",
        "status": "True",
        "reason": "RobotsPolling",
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    }
    fake.apply(examples.changed(examples.WORKER, status__conditions=[polling]))
    await look(fake, "DigitalWorker", "ekonomi")
    fake.strict = True

    fake.apply(examples.changed(examples.WORKER, spec__image="registry.example.org/robots:2"))
    await look(fake, "DigitalWorker", "ekonomi")

    assert [one[:3] for one in pool_of(fake)] == [
        ("Ready", "False", "Rejected"),
        ("Stalled", "True", "Rejected"),
        ("Polling", "True", "RobotsPolling"),
    ]
