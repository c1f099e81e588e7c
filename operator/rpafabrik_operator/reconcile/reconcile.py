"""The one entry, `reconcile(kind, namespace, name)`: all else is only a reason to call it."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakValueDictionary

from rpafabrik.logs import log
from rpafabrik_api import reports
from rpafabrik_api.digitalworker import DigitalWorker
from rpafabrik_api.jobrun import JobRun
from rpafabrik_api.reasons import ConditionType, Reason
from rpafabrik_api.resource import Resource
from rpafabrik_api.workerjob import WorkerJob
from rpafabrik_operator.planning import digitalworker, jobrun, plan, rejection, workerjob
from rpafabrik_operator.reconcile import observe, ports
from rpafabrik_operator.reconcile.execute import execute

FIELD_MANAGER = "rpafabrik-operator"
"""Owns, in server-side apply, the fields of status that planning decides."""
MAXIMUM_PASSES = 5
"""A plan leaves an empty next plan. One that does not by the last pass takes effect late, or never:
somebody else acts, or who is to act is away."""
UNSETTLED_SECONDS = 30
"""How soon to look again then."""

_OWNED = {
    "DigitalWorker": ("observedGeneration", "conditions", "queue", "replicas", "readyReplicas"),
    "WorkerJob": (
        "observedGeneration",
        "conditions",
        "scheduleId",
        "scheduledSince",
        "nextRunTime",
    ),
    "JobRun": ("observedGeneration", "conditions", "workflowId", "startTime", "completionTime"),
}


@dataclass(frozen=True, slots=True)
class Reconciler:
    """Looks at one resource at a time, one look at a resource at a time."""

    cluster: ports.Cluster
    temporal: ports.Temporal
    clock: ports.Clock
    pools: ports.Pools | None = None
    """None where robots are processes, as in `rpafabrik dev`: it has no DigitalWorker to visit."""
    # Weak: a lock lives as long as somebody holds it or waits for it.
    _locks: WeakValueDictionary[tuple[str, str, str], asyncio.Lock] = field(
        default_factory=WeakValueDictionary
    )

    async def reconcile(self, kind: str, namespace: str, name: str) -> plan.Outcome:
        """Bring the world closer to what the resource declares, and tell how it stands.

        Raises the errors of `ports`, all of which mean: look again.
        """
        lock = self._locks.setdefault((kind, namespace, name), asyncio.Lock())
        async with lock:
            told: set[tuple[str, str]] = set()
            for done in range(MAXIMUM_PASSES):
                resource = self.cluster.get(kind, namespace, name)
                if resource is None:
                    return plan.Done()
                decided = await self._decide(resource, presuming=not done)
                if not decided.actions:
                    await self._report(resource, decided)
                    return decided.outcome
                if done == MAXIMUM_PASSES - 1:
                    # People look for it in the status, whether or not it has taken effect.
                    await self._report(resource, decided)
                    break
                try:
                    await self._act(resource, decided, told)
                except ports.RejectedError as error:
                    return await self._rejected(resource, decided, str(error))
                except ports.TemporalUnavailableError:
                    if done:
                        raise
                    # What was presumed is looked at, which tells of Temporal's absence too.
            return plan.Waiting(UNSETTLED_SECONDS, Reason.RECONCILING)

    async def _decide(self, resource: Resource, *, presuming: bool) -> plan.Plan:
        now = self.clock()
        match resource:
            case WorkerJob():
                observed = await observe.worker_job(resource, self.temporal)
                return workerjob.make(resource, observed, now)
            case JobRun():
                seen = await observe.job_run(
                    resource, self.cluster, self.temporal, presuming=presuming
                )
                return jobrun.make(resource, seen, now)
            case DigitalWorker() if self.pools is not None:
                there = observe.digital_worker(resource, self.pools)
                return digitalworker.make(resource, there, now)
            case _:
                raise TypeError(f"no plans are made for {type(resource).__name__}")

    async def _act(
        self, resource: Resource, decided: plan.Plan, told: set[tuple[str, str]]
    ) -> None:
        """Carry out what is decided; tell of each kind of action, with its reason, once a look."""
        bound = log.bind(
            kind=resource.kind,
            namespace=resource.metadata.namespace,
            name=resource.metadata.name,
        )
        reach = ports.Reach(self.cluster, self.temporal, self.pools)
        for action in decided.actions:
            done = type(action).__name__
            if not await execute(action, resource, reach) or (done, action.because) in told:
                continue
            told.add((done, action.because))
            bound.info("executed", action=done, because=action.because)
            await self.cluster.publish_event(resource, done, action.because)

    async def _rejected(self, resource: Resource, decided: plan.Plan, words: str) -> plan.Outcome:
        assert isinstance(resource, DigitalWorker)  # noqa: S101 # nobody else has objects
        left = rejection.make(resource, decided, words, self.clock())
        await self._report(resource, left)
        return left.outcome

    async def _report(self, resource: Resource, decided: plan.Plan) -> None:
        if decided.status is None:
            return
        runs_own = reports.CONDITIONS.get(resource.kind, frozenset())
        before, after = (
            _without(status, runs_own)
            for status in (resource_status(resource), decided.status.manifest())
        )
        owned = _OWNED[resource.kind]
        wanted = {name: after[name] for name in owned if name in after}
        if wanted != {name: before[name] for name in owned if name in before}:
            await self.cluster.apply_status(resource, wanted, FIELD_MANAGER)
            # Somebody must act: told when it comes to that, or is for another reason.
            stalled = _stalled(after)
            if stalled and stalled != _stalled(before):
                await self.cluster.publish_event(resource, *stalled, warning=True)


def _without(status: dict[str, Any], runs_own: Collection[str]) -> dict[str, Any]:
    """The status without the conditions that runs set: those are not planned here."""
    conditions = status.get("conditions")
    if conditions is None:
        return status
    kept = [one for one in conditions if one["type"] not in runs_own]
    return {**status, "conditions": kept}


def resource_status(resource: Resource) -> dict[str, Any]:
    """The status of any kind, as it stands in a manifest."""
    status: dict[str, Any] = resource.manifest().get("status", {})
    return status


def _stalled(status: dict[str, Any]) -> tuple[str, str] | None:
    """Reason and message of a status that says that nothing more happens."""
    for one in status.get("conditions", ()):
        if one["type"] == ConditionType.STALLED:
            return one["reason"], one.get("message", "")
    return None
