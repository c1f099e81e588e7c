"""How Flux and Argo CD see our resources, by their own code, in every state that lasts."""

from typing import Any

import pytest
import yaml

from support import demo, judges, operator_world
from support.operator_world import World

# The first of these tests to come builds the judges, which takes a minute or two.
pytestmark = [pytest.mark.server, pytest.mark.timeout(900)]

HEALTH = demo.REPOSITORY / "gitops" / "argocd-cm.yaml"
CHECKS: dict[str, str] = yaml.safe_load(HEALTH.read_text())["data"]
SLOW = {"items": 20, "seconds": 0.5, "day": "2026-01-07"}


async def test_nobody_takes_for_done_what_no_operator_has_looked_at(
    lonely_home: operator_world.Home,
) -> None:
    world = await operator_world.connected(lonely_home)
    world.apply(world.job("ny"), world.jobrun("ny", "ny"), world.digital_worker("ny"))

    for kind in ("wj", "jr", "dw"):
        assert seen(world, f"{kind}/ny") == ("InProgress", "Progressing")


@pytest.mark.parametrize(
    ("name", "changes", "reason", "expected"),
    [
        ("frisk", {}, "Reconciled", ("Current", "Healthy")),
        ("vilar", {"spec__suspend": True}, "Reconciled", ("Current", "Suspended")),
        (
            "trasigt",
            {"spec__schedule__cron": "0 25 * * *"},
            "InvalidCron",
            ("Failed", "Degraded"),
        ),
        (
            "vantar",
            {"spec__workerRef__name": "ingen"},
            "WorkerUnavailable",
            ("InProgress", "Progressing"),
        ),
    ],
)
async def test_job(
    world: World, name: str, changes: dict[str, Any], reason: str, expected: tuple[str, str]
) -> None:
    world.apply(world.job(f"git-{name}", **changes))
    world.wait(f"wj/git-{name}", "Ready", reason)

    assert seen(world, f"wj/git-{name}") == expected


async def test_held_job_and_its_run_stand_still_by_somebodys_will(world: World) -> None:
    world.apply(world.job("git-hallen", spec__input=SLOW), world.jobrun("git-hallen", "git-hallen"))
    world.wait("jr/git-hallen", "Succeeded", "Running")
    running = seen(world, "jr/git-hallen")
    world.kubectl("annotate", "wj/git-hallen", "rpafabrik.dev/hold=driften: stopp")
    world.wait("wj/git-hallen", "Suspended", "Held")
    world.wait("jr/git-hallen", "Succeeded", "Held")

    assert running == ("InProgress", "Progressing")
    assert seen(world, "jr/git-hallen") == ("InProgress", "Suspended")
    assert seen(world, "wj/git-hallen") == ("Current", "Suspended")
    assert message(world, "wj/git-hallen") == "held: driften: stopp"


async def test_run_is_current_once_it_has_succeeded_and_stays_so(world: World) -> None:
    world.apply(world.job("git-klar"), world.jobrun("git-klar", "git-klar"))
    world.wait("jr/git-klar", "Succeeded", "Completed")
    before = seen(world, "jr/git-klar")

    world.apply(world.jobrun("git-klar", "git-klar", spec__deletionPolicy="Orphan"))
    world.kubectl("wait", "jr/git-klar", "--for=jsonpath={.status.observedGeneration}=2")

    assert before == ("Current", "Healthy")
    assert seen(world, "jr/git-klar") == before


async def test_run_that_failed_will_not_become_better_by_waiting(world: World) -> None:
    doubled = world.job("git-fel", spec__input={**SLOW, "seconds": 0})
    doubled["spec"]["items"]["reference"] = '"samma"'
    world.apply(doubled, world.jobrun("git-fel", "git-fel"))
    world.wait("jr/git-fel", "Succeeded", "InvalidReference")

    assert seen(world, "jr/git-fel") == ("Failed", "Degraded")


async def test_worker_whose_pods_come_and_one_whose_name_is_taken(world: World) -> None:
    world.kubectl("create", "deployment", "robots-git-upptagen", "--image=example.org/theirs:1")
    world.apply(world.digital_worker("git-kommer"), world.digital_worker("git-upptagen"))
    world.wait("dw/git-kommer", "Ready", "PodsNotReady")
    world.wait("dw/git-upptagen", "Stalled", "NameTaken")
    coming, taken = seen(world, "dw/git-kommer"), seen(world, "dw/git-upptagen")

    world.apply(world.digital_worker("git-kommer", spec__replicas=0))
    world.wait("dw/git-kommer", "Ready", "ScaledToZero")

    assert coming == ("InProgress", "Progressing")
    assert taken == ("Failed", "Degraded")
    assert seen(world, "dw/git-kommer") == ("Current", "Healthy")


async def test_job_that_drains_is_on_its_way_out(world: World) -> None:
    world.apply(world.job("git-ut", spec__input=SLOW))
    world.wait("wj/git-ut", "Ready", "Reconciled")
    await world.client.get_schedule_handle(world.schedule_id("git-ut")).trigger()
    world.kubectl("delete", "wj/git-ut", "--wait=false")
    world.wait("wj/git-ut", "Ready", "Draining")

    assert seen(world, "wj/git-ut") == ("Terminating", "Progressing")


def seen(world: World, what: str) -> tuple[str, str]:
    """Return what Flux and what Argo CD say."""
    resource = world.get(what)
    return judges.flux(resource), judges.argocd(check(resource), resource)[0]


def message(world: World, what: str) -> str:
    resource = world.get(what)
    return judges.argocd(check(resource), resource)[1]


def check(resource: dict[str, Any]) -> str:
    """Return the script that Argo CD finds for the kind."""
    return CHECKS[f"resource.customizations.health.rpafabrik.dev_{resource['kind']}"]
