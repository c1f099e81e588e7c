"""What is decided about a DigitalWorker."""

from typing import Any

import pytest

from rpafabrik_api import findings
from rpafabrik_operator.planning import digitalworker, likeness, plan, pods, world
from support import examples

SETTINGS = pods.RobotSettings(temporal_address="temporal:7233")


def as_the_api_server_keeps(manifest: dict[str, Any], **status: Any) -> dict[str, Any]:
    """The object with what the API server adds to it."""
    metadata = {**manifest["metadata"], "generation": 3, "uid": "live"}
    kept = {**manifest, "metadata": metadata, "status": {"observedGeneration": 3, **status}}
    if manifest["kind"] == "Deployment":
        kept["spec"] = {**manifest["spec"], "revisionHistoryLimit": 10}
    return kept


def live(replicas: int = 2, **changes: Any) -> dict[str, dict[str, Any]]:
    account, deployment = pods.objects(examples.worker(**changes), SETTINGS)
    counts = dict.fromkeys(("replicas", "readyReplicas", "updatedReplicas"), replicas)
    return {
        "service_account": as_the_api_server_keeps(account),
        "deployment": as_the_api_server_keeps(deployment, **counts),
    }


def decide(worker: dict[str, Any] | None = None, **seen: Any) -> plan.Plan:
    observed = digitalworker.Observed(settings=SETTINGS, **seen)
    return digitalworker.make(examples.worker(**(worker or {})), observed, examples.NOW)


def told(decided: plan.Plan) -> tuple[str, str, str]:
    assert decided.status is not None
    ready = decided.status.conditions[0]
    return ready.status.value, ready.reason, ready.message


SEE = "; see the pods labelled rpafabrik.dev/digital-worker=ekonomi"


def test_new_worker_gets_its_account_and_then_its_pods() -> None:
    decided = decide()

    assert [action.manifest["kind"] for action in decided.actions] == [  # type: ignore[union-attr] # only objects are applied here
        "ServiceAccount",
        "Deployment",
    ]
    assert told(decided) == ("False", "PodsNotReady", "0 of 2 pods are ready" + SEE)


def test_worker_whose_pods_are_there_is_left_alone() -> None:
    decided = decide(**live())

    assert decided.actions == ()
    assert told(decided) == ("True", "PodsReady", "2 of 2 pods are ready")


@pytest.mark.parametrize(
    "change",
    [
        {"spec__image": "registry.example.org/other:2"},
        {"spec__replicas": 5},
        {"spec__modules": ["robots.other"]},
        {"spec__env": [{"name": "A", "value": "b"}]},
        {"spec__resources": {"limits": {"memory": "1Gi"}}},
        {"spec__drainSeconds": 7},
        {"spec__volumes": [{"name": "in", "mountPath": "/in", "configMapRef": {"name": "in"}}]},
    ],
)
def test_every_change_of_the_declaration_changes_the_pods(change: dict[str, Any]) -> None:
    decided = decide(change, **live())

    assert [action.because for action in decided.actions] == ["the Deployment is not as declared"]


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ({}, {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "512Mi"}}),
        ({"requests": {"memory": "1Gi"}}, {"requests": {"memory": "1Gi"}}),
        (
            {"requests": {"memory": "512Mi"}},
            {"requests": {"memory": "512Mi"}, "limits": {"memory": "512Mi"}},
        ),
        (
            {"limits": {"memory": "128Mi"}},
            {"requests": {"cpu": "100m"}, "limits": {"memory": "128Mi"}},
        ),
        (
            {"limits": {"cpu": "0.05", "memory": "1Gi"}},
            {"requests": {"memory": "256Mi"}, "limits": {"cpu": "0.05", "memory": "1Gi"}},
        ),
        ({"limits": {}}, {"requests": {"cpu": "100m", "memory": "256Mi"}}),
        ({"requests": {}, "limits": {}}, {}),
        (
            {"requests": {"memory": "2Gi"}, "limits": {"memory": "1Gi"}},
            {"requests": {"memory": "2Gi"}, "limits": {"memory": "1Gi"}},
        ),
    ],
)
def test_defaults_give_way_to_what_is_said_of_resources(
    given: dict[str, Any], asked: dict[str, Any]
) -> None:
    _, deployment = pods.objects(examples.worker(spec__resources=given), SETTINGS)

    assert deployment["spec"]["template"]["spec"]["containers"][0]["resources"] == asked


def test_pool_that_is_gone_is_made_again() -> None:
    seen = live()
    del seen["deployment"]

    decided = decide(**seen)

    assert [action.because for action in decided.actions] == ["the Deployment is not there"]


@pytest.mark.parametrize(
    ("late", "type_", "message"),
    [
        ([], "Reconciling", "0 of 2 pods are ready" + SEE),
        (
            [{"type": "Progressing", "status": "False", "message": "it has timed out"}],
            "Stalled",
            "0 of 2 pods are ready: it has timed out",
        ),
    ],
)
def test_pods_of_the_version_before_make_no_new_one_ready(
    late: list[dict[str, Any]], type_: str, message: str
) -> None:
    seen = live()
    seen["deployment"]["status"] |= {"replicas": 3, "updatedReplicas": 1, "conditions": late}

    decided = decide(**seen)

    assert told(decided) == ("False", "PodsNotReady", message)
    assert decided.status is not None
    assert decided.status.conditions[1].type == type_


def test_pods_that_do_not_come_up_are_told_with_what_kubernetes_says() -> None:
    seen = live()
    seen["deployment"]["status"] = {
        "observedGeneration": 3,
        "readyReplicas": 1,
        "conditions": [
            {"type": "ReplicaFailure", "status": "True", "message": "exceeded quota"},
        ],
    }

    assert told(decide(**seen)) == (
        "False",
        "PodsNotReady",
        "1 of 2 pods are ready: exceeded quota",
    )


def test_pods_that_kubernetes_gave_up_on_wait_for_somebody() -> None:
    seen = live()
    late = {"type": "Progressing", "status": "False", "message": "timed out progressing"}
    seen["deployment"]["status"] |= {"readyReplicas": 1, "conditions": [late]}

    decided = decide(**seen)

    assert decided.status is not None
    assert [(one.type, one.status.value) for one in decided.status.conditions] == [
        ("Ready", "False"),
        ("Stalled", "True"),
    ]


def test_object_of_somebody_else_is_never_taken_over() -> None:
    seen = live()
    seen["deployment"]["metadata"]["ownerReferences"] = []

    decided = decide(**seen)

    assert decided.actions == ()
    assert decided.outcome == plan.Stalled(decided.outcome.reason)  # type: ignore[union-attr] # stalled has one
    assert told(decided)[1] == "NameTaken"


def test_no_replicas_is_a_choice_and_not_a_fault() -> None:
    change = {"spec__replicas": 0}

    assert told(decide(change, **live(replicas=0, **change)))[:2] == ("True", "ScaledToZero")


def test_robots_hold_no_token_and_meet_the_restricted_standard() -> None:
    account, deployment = pods.objects(examples.worker(), SETTINGS)
    pod = deployment["spec"]["template"]["spec"]

    assert account["automountServiceAccountToken"] is False
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["containers"][0]["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_robots_log_in_to_temporal_with_the_secret_that_the_operator_names() -> None:
    settings = pods.RobotSettings(temporal_address="temporal:7233", temporal_secret="temporal")

    _, deployment = pods.objects(examples.worker(), settings)

    container = deployment["spec"]["template"]["spec"]["containers"][0]
    assert container["envFrom"] == [{"secretRef": {"name": "temporal"}}]


def test_no_variable_that_robots_are_told_can_be_declared_once_more() -> None:
    _, deployment = pods.objects(examples.worker(), SETTINGS)
    told = deployment["spec"]["template"]["spec"]["containers"][0]["env"]

    for variable in told:
        with pytest.raises(findings.InvalidManifestError, match="name must not begin with"):
            examples.worker(spec__env=[variable])


def test_robots_may_log_more() -> None:
    level = {"name": "RPAFABRIK_LOG_LEVEL", "value": "DEBUG"}

    _, deployment = pods.objects(examples.worker(spec__env=[level]), SETTINGS)

    assert level in deployment["spec"]["template"]["spec"]["containers"][0]["env"]


def test_volumes_are_mounted_and_only_claims_can_be_written_to() -> None:
    volumes = [
        {"name": "in", "mountPath": "/data/in", "configMapRef": {"name": "files"}},
        {"name": "keys", "mountPath": "/data/keys", "secretRef": {"name": "certificate"}},
        {"name": "out", "mountPath": "/data/out", "claimRef": {"name": "share"}},
    ]

    _, deployment = pods.objects(examples.worker(spec__volumes=volumes), SETTINGS)

    pod = deployment["spec"]["template"]["spec"]
    assert pod["volumes"][1:] == [
        {"name": "in", "configMap": {"name": "files"}},
        {"name": "keys", "secret": {"secretName": "certificate"}},
        {"name": "out", "persistentVolumeClaim": {"claimName": "share"}},
    ]
    assert pod["containers"][0]["volumeMounts"][1:] == [
        {"name": "in", "mountPath": "/data/in", "readOnly": True},
        {"name": "keys", "mountPath": "/data/keys", "readOnly": True},
        {"name": "out", "mountPath": "/data/out"},
    ]
    assert pod["securityContext"]["fsGroup"] == 65532


def test_robots_without_a_share_ask_for_no_group() -> None:
    _, deployment = pods.objects(examples.worker(), SETTINGS)

    assert "fsGroup" not in deployment["spec"]["template"]["spec"]["securityContext"]


def test_robot_has_two_minutes_to_begin_and_then_one_without_an_answer() -> None:
    _, deployment = pods.objects(examples.worker(), SETTINGS)
    robot = deployment["spec"]["template"]["spec"]["containers"][0]

    asked = {
        kind: robot[kind]["periodSeconds"] * robot[kind]["failureThreshold"]
        for kind in ("startupProbe", "livenessProbe")
    }

    assert asked == {"startupProbe": 120, "livenessProbe": 60}


def test_drain_time_ends_before_the_pod_is_killed() -> None:
    _, deployment = pods.objects(examples.worker(spec__drainSeconds=100), SETTINGS)

    assert deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] > 105


@pytest.mark.parametrize(
    ("there", "wanted", "same"),
    [
        ({"cpu": "500m"}, {"cpu": "0.5"}, True),
        ({"cpu": "1"}, {"cpu": "1000m"}, True),
        ({"memory": "1Gi"}, {"memory": "1024Mi"}, True),
        ({"memory": "1Gi"}, {"memory": "1G"}, False),
        ({"memory": "1Pi"}, {"memory": "1024Ti"}, True),
        ({"memory": "2k"}, {"memory": "2000"}, True),
        ({"cpu": "1m"}, {"cpu": "0.0005"}, True),
        ({"cpu": "1001m"}, {"cpu": "1.0001"}, True),
        ({"memory": "107374183m"}, {"memory": "0.0001Gi"}, True),
        ({"cpu": "2m"}, {"cpu": "0.001"}, False),
        ({}, {"cpu": "1"}, False),
        ({"a": 1, "b": 2}, {"a": 1}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": [1, 2]}, {"a": [1]}, False),
        ({}, {"a": ""}, True),
        ({"a": None}, {"a": "x"}, False),
        ({"hostPath": {"path": "/"}}, {"emptyDir": {}}, False),
    ],
)
def test_likeness_knows_defaults_and_quantities(
    there: dict[str, Any], wanted: dict[str, Any], *, same: bool
) -> None:
    assert likeness.covers(there, wanted) == same


def test_pool_says_whether_its_robots_ask_for_work() -> None:
    decided = decide(**live(), queue=world.Queue(robots=1, backlog=0, backlog_seconds=0.0))

    assert decided.status is not None
    assert [(one.type, one.status.value, one.reason) for one in decided.status.conditions] == [
        ("Ready", "True", "PodsReady"),
        ("Polling", "False", "RobotsMissing"),
        ("KeepingUp", "True", "KeepsUp"),
    ]


def test_what_was_seen_of_robots_stays_until_it_is_seen_anew() -> None:
    then = {"status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}
    before = [
        {"type": "Polling", "reason": "RobotsPolling", **then},
        {"type": "KeepingUp", "reason": "KeepsUp", **then},
        {"type": "CredentialValid", "reason": "CredentialValid", **then},
    ]

    decided = decide({"status__conditions": before}, **live())

    assert decided.status is not None
    kept = decided.status.conditions[1:]
    assert [(one.type, one.reason) for one in kept] == [
        ("Polling", "RobotsPolling"),
        ("KeepingUp", "KeepsUp"),
        ("CredentialValid", "CredentialValid"),
    ]


def test_certificate_that_no_robot_has_told_of_yet_stays_as_it_was() -> None:
    credential = {
        "type": "CredentialValid",
        "status": "False",
        "reason": "CredentialExpires",
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    }

    decided = decide(
        {"status__conditions": [credential]},
        **live(),
        queue=world.Queue(robots=2, backlog=0, backlog_seconds=0.0),
    )

    assert decided.status is not None
    assert [(one.type, one.reason) for one in decided.status.conditions] == [
        ("Ready", "PodsReady"),
        ("Polling", "RobotsPolling"),
        ("KeepingUp", "KeepsUp"),
        ("CredentialValid", "CredentialExpires"),
    ]
