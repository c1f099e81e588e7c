"""No write leaves the operator unless its guard lets it; nothing answers at these addresses."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from kubernetes.aio import client as api

from rpafabrik import connection
from rpafabrik_operator.gateways import cache, kubernetes, lease, owned, temporal
from rpafabrik_operator.gateways.temporal import TemporalGateway
from rpafabrik_operator.planning import mapping, world
from rpafabrik_operator.settings import Lease
from support import examples

NOWHERE = "127.0.0.1:1"
REQUEST = mapping.run_request(examples.run(), examples.job())

MANIFEST: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "robots-ekonomi", "namespace": "ekonomi"},
}


def desired() -> world.DesiredSchedule:
    schedule = mapping.desired_schedule(examples.job(), None)
    assert schedule is not None
    return schedule


class RefusedError(Exception):
    """The guard said no."""


def refuse() -> None:
    raise RefusedError


@pytest.mark.parametrize(
    "write",
    [
        lambda gateway: gateway.create_schedule(desired()),
        lambda gateway: gateway.update_schedule(desired()),
        lambda gateway: gateway.pause_schedule("id", "note"),
        lambda gateway: gateway.delete_schedule("id"),
        lambda gateway: gateway.start_run("id", REQUEST),
        lambda gateway: gateway.hold_run("id", "because"),
        lambda gateway: gateway.release_run("id"),
        lambda gateway: gateway.terminate_run("id", "because"),
    ],
)
async def test_nothing_is_written_to_temporal(
    write: Callable[[TemporalGateway], Awaitable[None]],
) -> None:
    client = await temporal.connect(connection.settings(address=NOWHERE))

    with pytest.raises(RefusedError):
        await write(TemporalGateway(client, "owner", refuse))


@pytest.fixture
async def client() -> AsyncIterator[api.ApiClient]:
    async with api.ApiClient(api.Configuration(host=f"http://{NOWHERE}")) as client:
        yield client


async def test_neither_status_nor_finalizer_nor_event_is_written(client: api.ApiClient) -> None:
    job = examples.job()
    seen = cache.Cache()
    seen.see(examples.changed(examples.JOB, metadata__resourceVersion="1"))
    cluster = kubernetes.KubernetesGateway(client, seen, refuse)

    for write in (
        cluster.apply_status(job, {}, "manager"),
        cluster.claim(job),
        cluster.publish_event(job, "CreateSchedule", "because"),
    ):
        with pytest.raises(RefusedError):
            await write


async def test_no_object_of_a_pool_is_written(client: api.ApiClient) -> None:
    objects = owned.OwnedObjects(client, refuse)
    metadata = {**MANIFEST["metadata"], "resourceVersion": "1"}
    objects.see({**MANIFEST, "metadata": metadata})

    with pytest.raises(RefusedError):
        await objects.apply_object(MANIFEST)


async def test_one_that_does_not_lead_ends_at_its_first_write(client: api.ApiClient) -> None:
    ended: list[str] = []
    candidate = lease.Lease(client, Lease("rpa"), "me", end=ended.append, clock=lambda: 100)

    candidate.check()

    assert ended == ["something was to be written 0.0 s after the last renewal"]
