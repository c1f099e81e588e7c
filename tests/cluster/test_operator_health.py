"""How jobs and robots are, told on a real cluster, by conditions whose truth has changed."""

import itertools
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from kubernetes.aio import client as api

from rpafabrik import connection
from rpafabrik_api import names
from rpafabrik_operator.gateways import kubernetes, owned, temporal
from rpafabrik_operator.gateways.cache import Cache
from rpafabrik_operator.planning import pods
from rpafabrik_operator.planning.world import Credential, Queue
from rpafabrik_operator.reconcile import ports
from rpafabrik_operator.reconcile.reconcile import Reconciler
from support import operator_world, rights
from support.operator_world import Home, World

pytestmark = pytest.mark.server

UNREADABLE = {"items": "inte ett tal"}
"""Input that no source can list by: the run fails."""
_days = itertools.count(1)


def told(world: World, name: str, kind: str, of: str = "wj") -> dict[str, Any]:
    """A condition of a job or a digital worker, as it stands."""
    conditions = world.get(f"{of}/{name}")["status"]["conditions"]
    return next(one for one in conditions if one["type"] == kind)


def run(world: World, job: str, reason: str, given: dict[str, Any]) -> None:
    """Run the job on items that it has not seen, to an end for that reason."""
    day = next(_days)
    name = f"{job}-{day}"
    given = {"day": f"2026-04-{day:02}", **given}
    world.apply(world.jobrun(name, job, spec__input=given))
    world.wait(f"jr/{name}", "Succeeded", reason)


async def test_job_whose_runs_fail_says_so_once_until_one_succeeds(world: World) -> None:
    world.apply(world.job("trasig"))
    world.wait("wj/trasig", "RunsSucceeding", "NoRunYet")

    run(world, "trasig", "SourceFailed", UNREADABLE)
    world.wait("wj/trasig", "RunsSucceeding", "RunsSucceed")
    run(world, "trasig", "SourceFailed", UNREADABLE)
    world.wait("wj/trasig", "RunsSucceeding", "FailingInARow")
    failing = told(world, "trasig", "RunsSucceeding")
    run(world, "trasig", "SourceFailed", UNREADABLE)
    job_tells(world, "trasig", failures=3)
    again = told(world, "trasig", "RunsSucceeding")
    run(world, "trasig", "Completed", {"items": 1})
    world.wait("wj/trasig", "RunsSucceeding", "RunsSucceed")

    assert (failing["status"], failing["message"]) == ("False", "no run has succeeded")
    assert again == failing
    status = world.get("wj/trasig")["status"]
    assert status["recentRuns"] == {"succeeded": 1, "failed": 3, "failedInARow": 0}
    assert status["lastSuccessfulTime"] == status["lastRun"]["completionTime"]


def job_tells(world: World, name: str, *, failures: int) -> None:
    """Wait for the facts of a run that has ended: they come right after its own."""
    path = f"--for=jsonpath={{.status.recentRuns.failedInARow}}={failures}"
    done = world.kubectl("wait", f"wj/{name}", path, "--timeout=20s")
    assert done.returncode == 0, done.stderr


async def test_volume_keeps_its_time_while_it_stays_as_it_is(world: World) -> None:
    world.apply(world.job("fil", spec__items__expected={"min": 2}))
    world.wait("wj/fil", "Ready", "Reconciled")

    run(world, "fil", "Completed", {"items": 1})
    world.wait("wj/fil", "VolumeAsExpected", "FewerItemsThanExpected")
    few = told(world, "fil", "VolumeAsExpected")
    run(world, "fil", "Completed", {"items": 0})
    message = "the source listed 0 items, and at least 2 are expected"
    path = '--for=jsonpath={.status.conditions[?(@.type=="VolumeAsExpected")].message}='
    waited = world.kubectl("wait", "wj/fil", f"{path}{message}", "--timeout=20s")
    fewer = told(world, "fil", "VolumeAsExpected")
    run(world, "fil", "Completed", {"items": 2})
    world.wait("wj/fil", "VolumeAsExpected", "VolumeAsExpected")

    assert waited.returncode == 0, waited.stderr
    assert fewer == few | {"message": message}


@pytest.fixture
async def client(lonely_home: Home) -> AsyncIterator[api.ApiClient]:
    """The operator's own way to a cluster that nobody serves, in this process."""
    config = await kubernetes.configuration(lonely_home.kubeconfig(rights.OPERATOR))
    async with api.ApiClient(config) as client:
        yield client


@pytest.fixture
async def gateways(
    lonely_home: Home, client: api.ApiClient
) -> tuple[World, Cache, kubernetes.KubernetesGateway, temporal.TemporalGateway]:
    """The operator's gateways to it, and what one sees of it."""
    settings = connection.settings(address=lonely_home.temporal, namespace=lonely_home.namespace)
    cache = Cache()
    cluster = kubernetes.KubernetesGateway(client, cache)
    gateway = temporal.TemporalGateway(await temporal.connect(settings), owner="test")
    return await operator_world.connected(lonely_home), cache, cluster, gateway


async def test_run_that_does_not_begin_is_told_when_it_is_missed_and_then_no_more(
    gateways: tuple[World, Cache, kubernetes.KubernetesGateway, temporal.TemporalGateway],
) -> None:
    world, cache, cluster, gateway = gateways
    clock = datetime.now(UTC)
    reconciler = Reconciler(cluster, gateway, lambda: clock)
    # Due in twelve hours, so that Temporal starts nothing while the clock here is let run ahead.
    hour = (clock + timedelta(hours=12)).hour
    world.apply(world.job("missad", spec__schedule={"cron": f"0 {hour} * * *", "timeZone": "UTC"}))

    async def look(ahead: timedelta) -> dict[str, Any]:
        nonlocal clock
        clock = datetime.now(UTC) + ahead
        cache.see(world.get("wj/missad"))
        await reconciler.reconcile("WorkerJob", world.home.namespace, "missad")
        return told(world, "missad", "OnSchedule")

    at_first = await look(timedelta())
    late = await look(timedelta(hours=14))
    version = world.get("wj/missad")["metadata"]["resourceVersion"]
    later = await look(timedelta(hours=15))

    assert (at_first["status"], at_first["reason"]) == ("True", "OnSchedule")
    assert (late["status"], late["reason"]) == ("False", "RunMissed")
    assert late["message"].startswith("a run was due at ")
    assert later == late
    assert world.get("wj/missad")["metadata"]["resourceVersion"] == version
    await gateway.delete_schedule(
        names.schedule_id(world.home.namespace, "missad", world.uid("wj/missad"))
    )


async def test_robots_that_do_not_keep_up_or_soon_may_not_go_on_are_told_until_it_is_over(
    gateways: tuple[World, Cache, kubernetes.KubernetesGateway, temporal.TemporalGateway],
    client: api.ApiClient,
) -> None:
    world, cache, cluster, gateway = gateways
    clock = datetime.now(UTC)
    seen = Queue(robots=1, backlog=0, backlog_seconds=0)
    settings = pods.RobotSettings(temporal_address=world.home.temporal)
    pools = ports.Pools(owned.OwnedObjects(client), settings, lambda *_: seen)
    reconciler = Reconciler(cluster, gateway, lambda: clock, pools)
    world.apply(world.digital_worker("seg", spec__replicas=1))

    async def look(seconds: float, valid: timedelta) -> list[tuple[str, str]]:
        nonlocal seen
        credential = Credential(expires=clock + valid)
        waiting = 3 if seconds else 0
        seen = Queue(robots=1, backlog=waiting, backlog_seconds=seconds, credential=credential)
        cache.see(world.get("dw/seg"))
        await reconciler.reconcile("DigitalWorker", world.home.namespace, "seg")
        found = (told(world, "seg", kind, "dw") for kind in ("KeepingUp", "CredentialValid"))
        return [(one["status"], one["reason"]) for one in found]

    well = [("True", "KeepsUp"), ("True", "CredentialValid")]
    assert await look(0, timedelta(days=15)) == well
    assert await look(901, timedelta(days=13)) == [
        ("False", "BacklogOld"),
        ("False", "CredentialExpires"),
    ]
    assert await look(12, timedelta(days=365)) == well
