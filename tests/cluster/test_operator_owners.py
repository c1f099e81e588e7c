"""Several hands on one resource: Git's tool, people, other programs. Each keeps what is theirs."""

import asyncio
import json
from typing import Any

import pytest

from support.operator_world import World, until

pytestmark = pytest.mark.server

GIT = ("--server-side", "--force-conflicts", "--field-manager=argocd-controller")


async def test_git_that_applies_with_force_takes_nothing_of_ours(world: World) -> None:
    world.apply(world.job("git"))
    world.wait("wj/git", "Ready", "Reconciled")
    world.kubectl("annotate", "wj/git", "rpafabrik.dev/hold=driften: väntar")
    world.wait("wj/git", "Suspended", "Held")
    before = world.get("wj/git")

    by(world, GIT, world.job("git", spec__title="Ny titel"))
    world.wait("wj/git", "Suspended", "Held")

    after = world.get("wj/git")
    assert after["spec"]["title"] == "Ny titel"
    assert after["metadata"]["finalizers"] == before["metadata"]["finalizers"]
    assert after["metadata"]["annotations"]["rpafabrik.dev/hold"] == "driften: väntar"
    assert after["status"]["scheduleId"] == before["status"]["scheduleId"]
    assert await until(lambda: world.observed("wj/git", 2))


async def test_git_never_owns_what_the_operator_writes(world: World) -> None:
    """So a tool that compares what it owns sees no drift, and prunes none of it."""
    by(world, GIT, world.job("agd"))
    world.wait("wj/agd", "Ready", "Reconciled")

    managed = world.get("wj/agd")["metadata"]["managedFields"]
    owners = {one["manager"]: set(one["fieldsV1"]) for one in managed}

    assert owners["argocd-controller"] == {"f:spec"}
    assert owners["rpafabrik-operator"] <= {"f:status", "f:metadata"}


async def test_status_and_finalizer_that_others_took_are_taken_back(world: World) -> None:
    world.apply(world.job("tagen"))
    world.wait("wj/tagen", "Ready", "Reconciled")
    schedule = world.schedule_id("tagen")
    theirs = {
        "apiVersion": "rpafabrik.dev/v1alpha1",
        "kind": "WorkerJob",
        "metadata": {"name": "tagen"},
        "status": {"scheduleId": "nothing"},
    }
    thief = ("--server-side", "--force-conflicts", "--field-manager=thief")

    by(world, (*thief, "--subresource=status"), theirs)
    free = ("--type=merge", "-p", '{"metadata": {"finalizers": null}}')
    world.kubectl("patch", "wj/tagen", *free)

    async def taken_back() -> bool:
        job = world.get("wj/tagen")
        return (job["status"]["scheduleId"], job["metadata"].get("finalizers")) == (
            schedule,
            ["rpafabrik.dev/temporal"],
        )

    await until(taken_back)
    refused = world.kubectl(
        *("apply", "--server-side", "--field-manager=thief", "--subresource=status", "-f", "-"),
        stdin=json.dumps(theirs),
    )
    assert 'conflict with "rpafabrik-operator" with subresource "status"' in refused.stderr


async def test_what_others_add_to_our_objects_stays(world: World) -> None:
    """Istio's annotations, an administrator's labels: we own what we declare and no more."""
    world.apply(world.digital_worker("prydd"))
    world.wait("dw/prydd", "Ready", "PodsNotReady")
    world.kubectl("label", "deployment/robots-prydd", "team=ekonomi")
    world.kubectl("set", "image", "deployment/robots-prydd", "robot=example.org/other:1")

    async def put_back() -> bool:
        template = world.get("deployment/robots-prydd")["spec"]["template"]
        return bool(template["spec"]["containers"][0]["image"] == "registry.example.org/robots:1")

    await until(put_back)
    assert world.get("deployment/robots-prydd")["metadata"]["labels"]["team"] == "ekonomi"


async def test_events_tell_what_was_done_and_why_once_each(world: World) -> None:
    world.apply(world.job("handelse"), world.digital_worker("handelse"))
    world.wait("wj/handelse", "Ready", "Reconciled")
    world.wait("dw/handelse", "Ready", "PodsNotReady")
    world.apply(world.job("handelse", spec__schedule__cron="0 25 * * *"))
    world.wait("wj/handelse", "Ready", "InvalidCron")

    await asyncio.sleep(3 * world.home.resync_seconds)

    assert events(world, "WorkerJob", "handelse") == [
        ("Normal", "CreateSchedule", "the job asks for a schedule", 1),
        ("Normal", "PauseSchedule", "the job cannot run as it is declared", 1),
        ("Warning", "InvalidCron", told(world, "wj/handelse"), 1),
    ]
    assert events(world, "DigitalWorker", "handelse") == [
        ("Normal", "ApplyObject", "the Deployment is not there", 1),
        ("Normal", "ApplyObject", "the ServiceAccount is not there", 1),
    ]


def by(world: World, how: tuple[str, ...], manifest: dict[str, Any]) -> None:
    done = world.kubectl("apply", *how, "-f", "-", stdin=json.dumps(manifest))
    assert done.returncode == 0, done.stderr


def told(world: World, what: str) -> str:
    return world.condition(what, "Stalled")[2]


def events(world: World, kind: str, name: str) -> list[tuple[str, str, str, int]]:
    """Type, reason, note of a resource's events, and how many there are of each."""
    listed = json.loads(world.kubectl("get", "events.events.k8s.io", "-o", "json").stdout)["items"]
    of_it = [
        (one["type"], one["reason"], one["note"])
        for one in listed
        if (one["regarding"]["kind"], one["regarding"]["name"]) == (kind, name)
    ]
    return sorted((*one, of_it.count(one)) for one in set(of_it))
