"""The operator on a real API server: a DigitalWorker becomes a Deployment, and stays it.

No node is here, so the test plays the kubelet and the controllers: it writes the Deployment's
status. `test_node` is where pods run.
"""

import json
from typing import Any

import pytest

from support.operator_world import World, until

pytestmark = pytest.mark.server

VOLUME = {"name": "files", "mountPath": "/data", "configMapRef": {"name": "files"}}


async def test_applied_worker_has_an_account_without_rights_and_pods_as_declared(
    world: World,
) -> None:
    world.apply(world.digital_worker("ny", spec__env=[{"name": "STAD", "value": "Lund"}]))

    world.wait("dw/ny", "Ready", "PodsNotReady")

    account = world.get("serviceaccount/robots-ny")
    assert account["automountServiceAccountToken"] is False
    deployment = world.get("deployment/robots-ny")
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    assert container["args"] == ["worker", "--module=robots.kassaavstamning"]
    assert {"name": "STAD", "value": "Lund"} in container["env"]
    assert deployment["metadata"]["ownerReferences"][0]["uid"] == world.uid("dw/ny")
    assert world.get("dw/ny")["status"]["queue"] == f"rpafabrik-worker/{world.home.namespace}/ny"


async def test_pods_that_are_ready_make_the_worker_ready(world: World) -> None:
    world.apply(world.digital_worker("beredd"))
    world.wait("dw/beredd", "Ready", "PodsNotReady")

    pods_become_ready(world, "robots-beredd", 2)

    world.wait("dw/beredd", "Ready", "PodsReady")
    assert "PodsReady   2      2" in world.kubectl("get", "dw/beredd").stdout


async def test_changed_worker_changes_its_pods(world: World) -> None:
    world.apply(world.digital_worker("andras", spec__env=[{"name": "A", "value": "b"}]))
    world.wait("dw/andras", "Ready", "PodsNotReady")

    world.apply(world.digital_worker("andras", spec__replicas=5, spec__image="example.org/r:2"))

    async def changed() -> bool:
        spec = world.get("deployment/robots-andras")["spec"]
        container = spec["template"]["spec"]["containers"][0]
        names = [variable["name"] for variable in container["env"]]
        return (spec["replicas"], container["image"], "A" in names) == (5, "example.org/r:2", False)

    await until(changed)


async def test_pool_that_is_gone_or_edited_is_noticed_and_put_back(world: World) -> None:
    world.apply(world.digital_worker("borta"))
    world.wait("dw/borta", "Ready", "PodsNotReady")
    before = world.uid("deployment/robots-borta")

    world.kubectl("delete", "deployment/robots-borta")

    async def back() -> bool:
        listed = json.loads(world.kubectl("get", "deployment", "-o", "json").stdout)["items"]
        return any(
            one["metadata"]["name"] == "robots-borta" and one["metadata"]["uid"] != before
            for one in listed
        )

    await until(back)
    world.kubectl("scale", "deployment/robots-borta", "--replicas=0")

    async def scaled() -> bool:
        return bool(world.get("deployment/robots-borta")["spec"]["replicas"] == 2)

    await until(scaled)


async def test_deployment_of_somebody_else_is_left_alone(world: World) -> None:
    world.kubectl("create", "deployment", "robots-upptagen", "--image=example.org/theirs:1")

    world.apply(world.digital_worker("upptagen"))
    world.wait("dw/upptagen", "Stalled", "NameTaken")

    theirs = world.get("deployment/robots-upptagen")
    assert theirs["spec"]["template"]["spec"]["containers"][0]["image"] == "example.org/theirs:1"
    told = world.kubectl("get", "events", "--field-selector=involvedObject.name=upptagen").stdout
    assert "the Deployment is not there" not in told

    # Nobody tells the operator of it: it is seen at a look that comes by itself.
    world.kubectl("delete", "deployment", "robots-upptagen")
    world.wait("dw/upptagen", "Ready", "PodsNotReady")


@pytest.mark.parametrize(
    ("name", "given", "asked"),
    [
        ("stor", {"requests": {"memory": "1Gi"}}, {"requests": {"memory": "1Gi"}}),
        (
            "liten",
            {"limits": {"memory": "128Mi"}},
            {"requests": {"cpu": "100m"}, "limits": {"memory": "128Mi"}},
        ),
    ],
)
async def test_pool_may_ask_for_more_or_less_than_the_defaults(
    world: World, name: str, given: dict[str, Any], asked: dict[str, Any]
) -> None:
    world.apply(world.digital_worker(name, spec__resources=given))

    world.wait(f"dw/{name}", "Ready", "PodsNotReady")

    pod = world.get(f"deployment/robots-{name}")["spec"]["template"]["spec"]
    assert pod["containers"][0]["resources"] == asked


async def test_pool_that_the_api_server_refuses_tells_so_and_is_made_once_it_is_mended(
    world: World,
) -> None:
    too_much = {"requests": {"memory": "2Gi"}, "limits": {"memory": "1Gi"}}

    world.apply(world.digital_worker("nekad", spec__resources=too_much))

    world.wait("dw/nekad", "Stalled", "Rejected")
    told = world.condition("dw/nekad", "Ready")
    assert told[:2] == ("False", "Rejected")
    assert "must be less than or equal to memory limit of 1Gi" in told[2]
    world.apply(world.digital_worker("nekad"))
    world.wait("dw/nekad", "Ready", "PodsNotReady")
    assert "robots-nekad" in world.kubectl("get", "deployments").stdout


async def test_worker_in_steady_state_is_not_written(world: World) -> None:
    # The API server writes these amounts its own way, and leaves the empty half out.
    odd = {"requests": {"cpu": "0.0005", "memory": "0.0001Gi"}, "limits": {}}
    world.apply(world.digital_worker("lugn", spec__resources=odd))
    world.wait("dw/lugn", "Ready", "PodsNotReady")
    pods_become_ready(world, "robots-lugn", 2)
    world.wait("dw/lugn", "Ready", "PodsReady")
    world.wait("dw/lugn", "Polling", "RobotsMissing")
    since, generation = world.version(), generation_of(world, "deployment/robots-lugn")

    # Two resyncs of two seconds, each of which would write what it thinks is missing.
    written = [
        kind for _ in range(5) for kind in world.writes("digitalworkers", "lugn", since=since)
    ]

    assert written == []
    assert generation_of(world, "deployment/robots-lugn") == generation
    told = world.kubectl("get", "events", "--field-selector=involvedObject.name=lugn").stdout
    assert "the Deployment is not there" in told
    assert "the Deployment is not as declared" not in told


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"spec__env": [{"name": "A", "value": "b", "secretKeyRef": {"name": "s", "key": "k"}}]},
            "exactly one of value, secretKeyRef must be given",
        ),
        (
            {"spec__env": [{"name": "RPAFABRIK_CONCURRENCY", "value": "5"}]},
            "name must not begin with RPAFABRIK_",
        ),
        (
            {"spec__volumes": [VOLUME | {"secretRef": {"name": "s"}}]},
            "exactly one of configMapRef, secretRef, claimRef must be given",
        ),
        (
            {"spec__volumes": [VOLUME, VOLUME | {"name": "other"}]},
            "volumes must each have a mountPath of their own",
        ),
        ({"spec__volumes": [VOLUME | {"mountPath": "/tmp"}]}, "volumes must not be named tmp"),
        ({"spec__volumes": [VOLUME | {"mountPath": "data"}]}, "spec.volumes[0].mountPath"),
        ({"spec__modules": []}, "spec.modules"),
        ({"spec__modules": ["inte en modul"]}, "spec.modules[0]"),
        ({"spec__image": ""}, "spec.image"),
        ({"spec__replicas": -1}, "spec.replicas"),
        ({"spec__resources": {"requests": {"cpu": "1.2.3"}}}, "spec.resources.requests.cpu"),
    ],
)
async def test_wrong_worker_is_refused_by_the_api_server(
    world: World, change: dict[str, Any], message: str
) -> None:
    assert message in world.try_apply(world.digital_worker("fel", **change))


def generation_of(world: World, what: str) -> int:
    return int(world.get(what)["metadata"]["generation"])


def pods_become_ready(world: World, deployment: str, pods: int) -> None:
    """What the deployment controller says once its pods are up."""
    generation = generation_of(world, f"deployment/{deployment}")
    status = {
        "replicas": pods,
        "readyReplicas": pods,
        "availableReplicas": pods,
        "updatedReplicas": pods,
        "observedGeneration": generation,
    }
    done = world.kubectl(
        "patch",
        f"deployment/{deployment}",
        "--subresource=status",
        "--type=merge",
        "-p",
        json.dumps({"status": status}),
    )
    assert done.returncode == 0, done.stderr
