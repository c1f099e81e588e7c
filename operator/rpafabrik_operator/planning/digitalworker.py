"""Plans for a DigitalWorker: its pods are there, as declared, and ours."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rpafabrik_api import names
from rpafabrik_api.digitalworker import DigitalWorker, DigitalWorkerStatus
from rpafabrik_api.reasons import ConditionType, Reason
from rpafabrik_api.resource import Condition, ConditionStatus
from rpafabrik_operator.planning import (
    actions,
    conditions,
    likeness,
    plan,
    pods,
    polling,
    world,
)
from rpafabrik_operator.planning.conditions import Wanted

_LATE = ("Progressing", "False")


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What there is of a DigitalWorker in Kubernetes."""

    settings: pods.RobotSettings
    service_account: dict[str, Any] | None = None
    """The live manifest; None when there is none."""
    deployment: dict[str, Any] | None = None
    queue: world.Queue | world.Unknown | None = None
    """Its task queue; None: Temporal was not asked about it yet."""


def make(worker: DigitalWorker, observed: Observed, now: datetime) -> plan.Plan:
    """Decide what to do about the worker. Its objects go with it, by their owner reference."""
    if worker.deleting:
        return plan.Plan(outcome=plan.Done())
    taken = [live for live in _live(observed) if not _is_ours(live, worker)]
    if taken:
        return _name_taken(worker, observed, taken[0], now)
    missing = tuple(_missing(worker, observed))
    told = conditions.standing(
        _ready(worker, observed.deployment), stalled=_is_late(worker, observed.deployment)
    )
    return plan.Plan(
        outcome=plan.Done(), actions=missing, status=_status(worker, observed, told, now)
    )


def _missing(worker: DigitalWorker, observed: Observed) -> Iterator[actions.ApplyObject]:
    """What is not there, or not as declared."""
    seen = {"ServiceAccount": observed.service_account, "Deployment": observed.deployment}
    for manifest in pods.objects(worker, observed.settings):
        live = seen[manifest["kind"]]
        if live is None:
            yield actions.ApplyObject(manifest, f"the {manifest['kind']} is not there")
        elif not likeness.covers(live, manifest):
            yield actions.ApplyObject(manifest, f"the {manifest['kind']} is not as declared")


def _live(observed: Observed) -> Iterator[dict[str, Any]]:
    yield from filter(None, (observed.service_account, observed.deployment))


def _is_ours(live: dict[str, Any], worker: DigitalWorker) -> bool:
    owners = live["metadata"].get("ownerReferences", ())
    return any(owner["uid"] == worker.metadata.uid for owner in owners)


def _name_taken(
    worker: DigitalWorker, observed: Observed, live: dict[str, Any], now: datetime
) -> plan.Plan:
    message = (
        f"the {live['kind']} {live['metadata']['name']!r} belongs to somebody else;"
        " it must go, or the DigitalWorker must have another name"
    )
    ready = Wanted(ConditionType.READY, ConditionStatus.FALSE, Reason.NAME_TAKEN, message)
    status = worker.status.model_copy(
        update={
            "observed_generation": worker.metadata.generation,
            "conditions": _settled(worker, observed, conditions.standing(ready, stalled=True), now),
        }
    )
    return plan.Plan(outcome=plan.Stalled(Reason.NAME_TAKEN), status=status)


def _ready(worker: DigitalWorker, deployment: dict[str, Any] | None) -> Wanted:
    wanted, ready = worker.spec.replicas, _ready_as_declared(deployment)
    if wanted == 0:
        message = "spec.replicas is 0: no robot takes work"
        return Wanted(ConditionType.READY, ConditionStatus.TRUE, Reason.SCALED_TO_ZERO, message)
    message = f"{ready} of {wanted} pods are ready"
    if ready < wanted or not _is_current(deployment):
        why = _why_not(deployment)
        look = f"; see the pods labelled {names.WORKER_LABEL}={worker.metadata.name}"
        told = f"{message}: {why}" if why else message + look
        return Wanted(ConditionType.READY, ConditionStatus.FALSE, Reason.PODS_NOT_READY, told)
    return Wanted(ConditionType.READY, ConditionStatus.TRUE, Reason.PODS_READY, message)


def _ready_as_declared(deployment: dict[str, Any] | None) -> int:
    """Ready pods at the least: those of the version before count as ready, and are none of it."""
    before = _count(deployment, "replicas") - _count(deployment, "updatedReplicas")
    return max(0, _count(deployment, "readyReplicas") - before)


def _is_current(deployment: dict[str, Any] | None) -> bool:
    """Whether the Deployment's status speaks of its newest spec."""
    if deployment is None:
        return False
    generation = deployment["metadata"].get("generation", 0)
    return bool(deployment.get("status", {}).get("observedGeneration", 0) >= generation)


def _why_not(deployment: dict[str, Any] | None) -> str:
    """What Kubernetes says of pods that cannot be made, or do not come up in time."""
    for told in (("ReplicaFailure", "True"), _LATE):
        if found := _says(deployment, told):
            return str(found.get("message", ""))
    return ""


def _is_late(worker: DigitalWorker, deployment: dict[str, Any] | None) -> bool:
    """Whether Kubernetes has given up waiting for the pods as they are declared now."""
    return worker.spec.replicas > 0 and _is_current(deployment) and bool(_says(deployment, _LATE))


def _says(deployment: dict[str, Any] | None, told: tuple[str, str]) -> dict[str, Any] | None:
    listed = (deployment or {}).get("status", {}).get("conditions", ())
    return next((one for one in listed if (one["type"], one["status"]) == told), None)


def _count(deployment: dict[str, Any] | None, name: str) -> int:
    return int((deployment or {}).get("status", {}).get(name, 0))


def _status(
    worker: DigitalWorker, observed: Observed, wanted: Iterable[Wanted], now: datetime
) -> DigitalWorkerStatus:
    return DigitalWorkerStatus(
        observed_generation=worker.metadata.generation,
        conditions=_settled(worker, observed, wanted, now),
        queue=names.worker_queue(worker.metadata.namespace, worker.metadata.name),
        replicas=_count(observed.deployment, "replicas"),
        ready_replicas=_count(observed.deployment, "readyReplicas"),
    )


def _settled(
    worker: DigitalWorker, observed: Observed, wanted: Iterable[Wanted], now: datetime
) -> tuple[Condition, ...]:
    before, generation = worker.status.conditions, worker.metadata.generation
    if observed.queue is not None:
        wanted = (*wanted, *polling.judged(worker, observed.queue, now))
    # What nobody has told since the operator began stays as its predecessor saw it.
    unknown = {*polling.TOLD} - {*polling.known(observed.queue)}
    told = (one for one in before if one.type in unknown)
    return (*conditions.settle(wanted, before, generation, now), *told)
