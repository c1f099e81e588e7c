"""DigitalWorker: a pool of robot pods that listen on one queue."""

from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from rpafabrik_api import fields, model, resource

_KEY = r"^[-._a-zA-Z0-9]+$"
_FOLDER = r"^(/[^/:\s]+)+$"
_NUMBER = r"^([0-9]+\.?[0-9]*|\.[0-9]+)"


class ImagePullPolicy(StrEnum):
    """When the node fetches the image."""

    ALWAYS = "Always"
    IF_NOT_PRESENT = "IfNotPresent"
    NEVER = "Never"


class LocalRef(model.Model):
    """Something in the same namespace."""

    name: fields.ObjectName
    """Its name."""


class SecretKeyRef(model.Model):
    """A value in a Secret of the same namespace."""

    name: fields.ObjectName
    """The Secret's name."""
    key: Annotated[str, Field(min_length=1, max_length=253, pattern=_KEY)]
    """The key in it."""


class EnvironmentVariable(model.Model):
    """An environment variable of the robots."""

    rules: ClassVar[tuple[model.Rule, ...]] = (
        model.Rule(
            "has(self.value) != has(self.secretKeyRef)",
            "exactly one of value, secretKeyRef must be given",
        ),
        model.Rule(
            "!self.name.startsWith('RPAFABRIK_') || self.name == 'RPAFABRIK_LOG_LEVEL'",
            "name must not begin with RPAFABRIK_, save for RPAFABRIK_LOG_LEVEL:"
            " the operator sets the others",
        ),
    )

    name: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
    """Its name."""
    value: Annotated[str | None, Field(max_length=4_000)] = None
    """Its value; nothing secret."""
    secret_key_ref: SecretKeyRef | None = None
    """Where its value comes from: credentials of target systems."""


class Volume(model.Model):
    """A folder of files that the robots find, and what it holds."""

    rules: ClassVar[tuple[model.Rule, ...]] = (
        model.Rule(
            "(has(self.configMapRef) ? 1 : 0) + (has(self.secretRef) ? 1 : 0)"
            " + (has(self.claimRef) ? 1 : 0) == 1",
            "exactly one of configMapRef, secretRef, claimRef must be given",
        ),
    )

    name: fields.ResourceName
    """Its name, unique in the DigitalWorker."""
    mount_path: Annotated[str, Field(min_length=2, max_length=200, pattern=_FOLDER)]
    """The folder, as an absolute path; /tmp is there already, and lost with its pod."""
    config_map_ref: LocalRef | None = None
    """A ConfigMap, whose keys become files that can only be read."""
    secret_ref: LocalRef | None = None
    """A Secret, whose keys become files that can only be read: certificates, keys."""
    claim_ref: LocalRef | None = None
    """A PersistentVolumeClaim: a file share. All pods mount it, so where they run on several nodes
    its access mode must be ReadWriteMany."""


class Quantities(model.Model):
    """Amounts of processor and memory, as Kubernetes writes them."""

    cpu: Annotated[str | None, Field(min_length=1, max_length=20, pattern=_NUMBER + "m?$")] = None
    """Processors: 500m is half of one."""
    memory: Annotated[
        str | None,
        Field(min_length=1, max_length=20, pattern=_NUMBER + "(k|[MGT]|[KMGT]i)?$"),
    ] = None
    """Memory: 256Mi, 1Gi."""


class Resources(model.Model):
    """What one pod asks for, and what it may use at most."""

    requests: Quantities | None = None
    """What the scheduler sets aside: cpu 100m and memory 256Mi where it is not given, as far as
    limits allow that."""
    limits: Quantities | None = None
    """What the pod may not pass: memory 512Mi where it is not given, unless requests ask for
    more."""


class DigitalWorkerSpec(model.Model):
    """What is wanted."""

    rules: ClassVar[tuple[model.Rule, ...]] = (
        model.Rule(
            "self.volumes.all(one, one.name != 'tmp' && one.mountPath != '/tmp')",
            "volumes must not be named tmp or stand at /tmp: every robot has one there",
        ),
        model.Rule(
            "self.volumes.all(one, self.volumes.exists_one(other,"
            " other.mountPath == one.mountPath))",
            "volumes must each have a mountPath of their own",
        ),
    )

    title: fields.Text
    """What people call the digital worker."""
    image: Annotated[str, Field(min_length=1, max_length=500, pattern=r"^\S+$")]
    """The developers' image, built on the robot base."""
    image_pull_policy: ImagePullPolicy = ImagePullPolicy.IF_NOT_PRESENT
    """When the node fetches the image."""
    image_pull_secrets: Annotated[
        tuple[LocalRef, ...], Field(max_length=10, json_schema_extra=model.listed_by("name"))
    ] = ()
    """Secrets that the registry asks for."""
    modules: Annotated[tuple[fields.ModuleName, ...], Field(min_length=1, max_length=20)]
    """Python modules or packages that hold its activities and workflows."""
    replicas: Annotated[int, Field(ge=0, le=500, json_schema_extra={"format": "int32"})] = 1
    """How many pods."""
    concurrency: Annotated[int, Field(ge=1, le=1_000, json_schema_extra={"format": "int32"})] = 20
    """Activities that one pod does at the same time."""
    env: Annotated[
        tuple[EnvironmentVariable, ...],
        Field(max_length=100, json_schema_extra=model.listed_by("name")),
    ] = ()
    """Environment variables of the robots; Secrets by reference only."""
    volumes: Annotated[
        tuple[Volume, ...], Field(max_length=20, json_schema_extra=model.listed_by("name"))
    ] = ()
    """Files that the robots read and write beside what their image holds."""
    resources: Resources = Resources()
    """What one pod asks for, and what it may use at most."""
    drain_seconds: fields.Seconds = 60
    """How long activities under way may go on when a pod is told to stop."""


class DigitalWorkerStatus(model.Model):
    """What is."""

    observed_generation: fields.Amount = 0
    """The metadata.generation that this status speaks of."""
    conditions: resource.Conditions = ()
    queue: Annotated[str, Field(max_length=200)] = ""
    """Its task queue in Temporal."""
    replicas: fields.Count = 0
    """Pods that there are."""
    ready_replicas: fields.Count = 0
    """Pods that are ready."""


class DigitalWorker(resource.Resource):
    """A pool of robot pods: the image, the modules, how many, and with which credentials."""

    definition: ClassVar[resource.Definition] = resource.Definition(
        kind="DigitalWorker",
        plural="digitalworkers",
        short_names=("dw",),
        columns=(
            resource.Column("Ready", '.status.conditions[?(@.type=="Ready")].status'),
            resource.Column("Reason", '.status.conditions[?(@.type=="Ready")].reason'),
            resource.Column("Pods", ".spec.replicas", "integer"),
            resource.Column("Ready Pods", ".status.readyReplicas", "integer"),
            resource.Column("Polling", '.status.conditions[?(@.type=="Polling")].status'),
            resource.Column("Keeping Up", '.status.conditions[?(@.type=="KeepingUp")].status'),
            resource.Column("Image", ".spec.image", wide=True),
            resource.Column("Queue", ".status.queue", wide=True),
            resource.Column("Age", ".metadata.creationTimestamp", "date"),
        ),
    )

    kind: Literal["DigitalWorker"] = "DigitalWorker"
    spec: DigitalWorkerSpec
    status: DigitalWorkerStatus = DigitalWorkerStatus()
