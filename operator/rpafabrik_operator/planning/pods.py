"""The objects of a pool of robot pods: a ServiceAccount without rights, and a Deployment.

The pods meet the restricted Pod Security Standard. They hold no Kubernetes token and no
database credentials: a robot reaches Temporal, and the systems that it works in.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rpafabrik_api import names
from rpafabrik_api.digitalworker import DigitalWorker, EnvironmentVariable, Resources, Volume
from rpafabrik_operator.planning import quantities

HEALTH_PORT, METRICS_PORT = 8080, 9090
GRACE_SECONDS = 10
"""What a pod gets beyond its drain time: the runtime ends whatever still runs 5 s after it."""

_ALIVE = {"httpGet": {"path": "/healthz", "port": "health"}, "timeoutSeconds": 5}
"""Two minutes to import what the robot needs, then one without an answer ends it."""

_REQUESTS, _LIMITS = {"cpu": "100m", "memory": "256Mi"}, {"memory": "512Mi"}
"""What a robot asks for and may use where nothing else is said."""

ROBOT_GROUP = 65532
"""The group that may write to robots' volumes: that of the base image's user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotSettings:
    """What the operator tells every robot."""

    temporal_address: str
    temporal_namespace: str = "default"
    temporal_secret: str | None = None
    """Secret in the worker's namespace whose keys are Temporal's variables (TEMPORAL_API_KEY …)."""


def names_of(worker: DigitalWorker) -> str:
    """Name of the worker's objects."""
    return f"robots-{worker.metadata.name}"


def objects(worker: DigitalWorker, settings: RobotSettings) -> tuple[dict[str, Any], ...]:
    """What the worker is to own, in the order it is to be made."""
    return _service_account(worker), _deployment(worker, settings)


def _service_account(worker: DigitalWorker) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": _metadata(worker),
        "automountServiceAccountToken": False,
    }


def _deployment(worker: DigitalWorker, settings: RobotSettings) -> dict[str, Any]:
    spec = worker.spec
    pod: dict[str, Any] = {
        "serviceAccountName": names_of(worker),
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": spec.drain_seconds + GRACE_SECONDS,
        "securityContext": _pod_security(spec.volumes),
        "containers": [_container(worker, settings)],
        "volumes": [{"name": "tmp", "emptyDir": {}}, *map(_volume, spec.volumes)],
    }
    if spec.image_pull_secrets:
        pod["imagePullSecrets"] = [secret.manifest() for secret in spec.image_pull_secrets]
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _metadata(worker),
        "spec": {
            "replicas": spec.replicas,
            "selector": {"matchLabels": {names.WORKER_LABEL: worker.metadata.name}},
            "template": {"metadata": {"labels": _labels(worker)}, "spec": pod},
        },
    }


def _container(worker: DigitalWorker, settings: RobotSettings) -> dict[str, Any]:
    spec = worker.spec
    container: dict[str, Any] = {
        "name": "robot",
        "image": spec.image,
        "imagePullPolicy": spec.image_pull_policy.value,
        "args": ["worker", *(f"--module={module}" for module in spec.modules)],
        "env": [
            *({"name": name, "value": value} for name, value in _told(worker, settings).items()),
            *(_variable(variable) for variable in spec.env),
        ],
        "ports": [
            {"name": "health", "containerPort": HEALTH_PORT},
            {"name": "metrics", "containerPort": METRICS_PORT},
        ],
        "startupProbe": {**_ALIVE, "periodSeconds": 2, "failureThreshold": 60},
        "livenessProbe": {**_ALIVE, "periodSeconds": 10, "failureThreshold": 6},
        "readinessProbe": {
            "httpGet": {"path": "/readyz", "port": "health"},
            "periodSeconds": 5,
            "timeoutSeconds": 5,
        },
        "resources": _resources(spec.resources),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 # the pod's own
            *map(_mount, spec.volumes),
        ],
    }
    if settings.temporal_secret:
        container["envFrom"] = [{"secretRef": {"name": settings.temporal_secret}}]
    return container


def _resources(given: Resources) -> dict[str, dict[str, str]]:
    """What is given; of the half that is not, our defaults as far as they agree with it.

    An empty half is left out, as the API server does.
    """
    requests = _REQUESTS if given.requests is None else given.requests.manifest()
    limits = _LIMITS if given.limits is None else given.limits.manifest()
    over = {
        name
        for name in requests.keys() & limits.keys()
        if quantities.thousandths(requests[name]) > quantities.thousandths(limits[name])
    }
    if given.requests is None:
        requests = {name: amount for name, amount in requests.items() if name not in over}
    elif given.limits is None:
        limits = {name: amount for name, amount in limits.items() if name not in over}
    halves = {"requests": requests, "limits": limits}
    return {half: amounts for half, amounts in halves.items() if amounts}


def _told(worker: DigitalWorker, settings: RobotSettings) -> dict[str, str]:
    """What the runtime reads from its environment."""
    spec = worker.spec
    return {
        "RPAFABRIK_WORKER": worker.metadata.name,
        "RPAFABRIK_NAMESPACE": worker.metadata.namespace,
        "RPAFABRIK_TEMPORAL_ADDRESS": settings.temporal_address,
        "RPAFABRIK_TEMPORAL_NAMESPACE": settings.temporal_namespace,
        "RPAFABRIK_CONCURRENCY": str(spec.concurrency),
        "RPAFABRIK_DRAIN_SECONDS": str(spec.drain_seconds),
        "RPAFABRIK_HOST": "0.0.0.0",  # noqa: S104 # the kubelet's probes come from outside the pod
        "RPAFABRIK_HEALTH_PORT": str(HEALTH_PORT),
        "RPAFABRIK_METRICS_PORT": str(METRICS_PORT),
        "RPAFABRIK_LOG_FORMAT": "json",
    }


def _variable(variable: EnvironmentVariable) -> dict[str, Any]:
    if variable.secret_key_ref is None:
        return {"name": variable.name, "value": variable.value or ""}
    return {
        "name": variable.name,
        "valueFrom": {"secretKeyRef": variable.secret_key_ref.manifest()},
    }


def _pod_security(volumes: Iterable[Volume]) -> dict[str, Any]:
    security = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    if any(volume.claim_ref for volume in volumes):
        # Else a robot, which is not root, could only read a new volume.
        return security | {"fsGroup": ROBOT_GROUP, "fsGroupChangePolicy": "OnRootMismatch"}
    return security


def _volume(volume: Volume) -> dict[str, Any]:
    if volume.config_map_ref:
        return {"name": volume.name, "configMap": {"name": volume.config_map_ref.name}}
    if volume.secret_ref:
        return {"name": volume.name, "secret": {"secretName": volume.secret_ref.name}}
    assert volume.claim_ref  # noqa: S101 # one of the three, says the type
    claim = {"claimName": volume.claim_ref.name}
    return {"name": volume.name, "persistentVolumeClaim": claim}


def _mount(volume: Volume) -> dict[str, Any]:
    mount: dict[str, Any] = {"name": volume.name, "mountPath": volume.mount_path}
    return mount if volume.claim_ref else mount | {"readOnly": True}


def _metadata(worker: DigitalWorker) -> dict[str, Any]:
    return {
        "name": names_of(worker),
        "namespace": worker.metadata.namespace,
        "labels": _labels(worker),
        "ownerReferences": [
            {
                "apiVersion": names.API_VERSION,
                "kind": worker.kind,
                "name": worker.metadata.name,
                "uid": worker.metadata.uid,
                "controller": True,
                "blockOwnerDeletion": True,
            }
        ],
    }


def _labels(worker: DigitalWorker) -> dict[str, str]:
    return {
        "app.kubernetes.io/name": "rpafabrik-robot",
        "app.kubernetes.io/instance": worker.metadata.name,
        "app.kubernetes.io/managed-by": "rpafabrik",
        names.WORKER_LABEL: worker.metadata.name,
    }
