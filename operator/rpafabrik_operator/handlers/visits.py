"""One visit to one resource: claim it, reconcile it, let it go; and when to come again.

Outcomes and errors become seconds here and nowhere else.
"""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from rpafabrik import tracing
from rpafabrik.logs import log
from rpafabrik_api import resource
from rpafabrik_api.jobrun import JobRun
from rpafabrik_api.reasons import ConditionType, Reason
from rpafabrik_api.resource import Resource
from rpafabrik_api.workerjob import WorkerJob
from rpafabrik_operator.figures.looks import Cause, Looks
from rpafabrik_operator.planning import jobrun, plan
from rpafabrik_operator.reconcile import ports
from rpafabrik_operator.reconcile.ports import Key
from rpafabrik_operator.reconcile.reconcile import Reconciler

FIRST_RETRY_SECONDS = 0.25
LONGEST_RETRY_SECONDS = 30.0
_APART = 0.1
"""Over which part of the resync's time looks are spread that are due at the same moment."""


class Claims(ports.Cluster, Protocol):
    """The cluster, where resources can be kept from going."""

    async def claim(self, resource: Resource) -> None:
        """Keep the resource from going before `release`."""
        ...

    async def release(self, resource: Resource) -> None:
        """Let the resource go."""
        ...


@dataclass(frozen=True, slots=True)
class Visitor:
    """Visits resources, and remembers only what spares it work."""

    reconciler: Reconciler
    cluster: Claims
    resync_seconds: float
    plan_visit: Callable[[Key], None]
    """Asks for a visit to another resource."""
    looks: Looks
    """Where visits are counted."""
    _failures: dict[Key, int] = field(default_factory=dict)
    _told: dict[Key, tuple[str | None, str]] = field(default_factory=dict)

    async def visit(self, key: Key) -> float | None:
        """Look at the resource; say in how many seconds to look again, if at all."""
        try:
            with (
                self.looks.timed(key[0]),
                tracing.tracer.start_as_current_span(f"Reconcile:{key[0]}", attributes=_named(key)),
            ):
                outcome = await self._attend(key)
        except ports.ConflictError:
            return self._again(key, Cause.CONFLICT)
        except (ports.ClusterUnavailableError, ports.TemporalUnavailableError) as error:
            log.warning("visit_postponed", **_named(key), error=str(error))
            temporal = isinstance(error, ports.TemporalUnavailableError)
            return self._again(key, Cause.TEMPORAL if temporal else Cause.CLUSTER)
        except Exception:  # noqa: BLE001 # one resource must not stop the others
            log.exception("visit_failed", **_named(key))
            return self._again(key, Cause.FAULT)
        return self._next(key, outcome)

    async def _attend(self, key: Key) -> plan.Outcome:
        found = self.cluster.get(*key)
        if found is not None and _has_temporal_state(found):
            await self.cluster.claim(found)
        outcome = await self.reconciler.reconcile(*key)
        # A deletion that was asked for meanwhile has had no plan yet.
        if found is not None and found.deleting and isinstance(outcome, plan.Done):
            await self.cluster.release(found)
        self._tell_runs(key, self.cluster.get(*key))
        return outcome

    def _tell_runs(self, key: Key, job: Resource | None) -> None:
        """Visit the runs that wait for a job, or must be held or released with it."""
        if key[0] != "WorkerJob":
            return
        told = _what_runs_see(job) if isinstance(job, WorkerJob) else None
        if self._told.get(key) == told:
            return
        if told is None:
            del self._told[key]
        else:
            self._told[key] = told
        for run in self.cluster.list("JobRun", key[1]):
            if isinstance(run, JobRun) and run.spec.job_ref.name == key[2] and not _finished(run):
                self.plan_visit(("JobRun", key[1], run.metadata.name))

    def _next(self, key: Key, outcome: plan.Outcome) -> float | None:
        if isinstance(outcome, plan.Waiting) and outcome.reason == Reason.TEMPORAL_UNAVAILABLE:
            return self._again(key, Cause.TEMPORAL)
        self._failures.pop(key, None)
        if isinstance(outcome, plan.Waiting):
            return _jittered(min(outcome.after_seconds, self.resync_seconds))
        found = self.cluster.get(*key)
        if found is None or _finished(found):
            return None
        return min(_jittered(self.resync_seconds), self._until(outcome))

    def _until(self, outcome: plan.Outcome) -> float:
        """Seconds until time alone may have changed something; apart, for many are due at once."""
        if not isinstance(outcome, plan.Done) or outcome.until is None:
            return math.inf
        left = (outcome.until - self.reconciler.clock()).total_seconds()
        return max(0.0, left) + random.random() * _APART * self.resync_seconds  # noqa: S311 # no secret

    def _again(self, key: Key, cause: Cause) -> float:
        self.looks.failed(key[0], cause)
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        return _jittered(min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** min(failures, 20)))


def _has_temporal_state(found: Resource) -> bool:
    """Whether something in Temporal must be seen to before the resource may go."""
    return isinstance(found, WorkerJob | JobRun) and not found.deleting and not _finished(found)


def _finished(found: Resource) -> bool:
    return isinstance(found, JobRun) and jobrun.finished(found) and not found.deleting


def _what_runs_see(job: WorkerJob) -> tuple[str | None, str]:
    ready = resource.condition(job.status.conditions, ConditionType.READY)
    return job.held, f"{ready.status} {ready.reason}" if ready else ""


def _jittered(seconds: float) -> float:
    """Between half the time and one and a half, so that resources keep apart."""
    return seconds * (0.5 + random.random())  # noqa: S311 # no secret


def _named(key: Key) -> dict[str, str]:
    kind, namespace, name = key
    return {"kind": kind, "namespace": namespace, "name": name}
