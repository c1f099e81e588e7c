"""A Kubernetes and a Temporal in memory, for tests of planning and reconcile.

`FakeWorld` implements both ports. It counts what it is asked to write, and can be told to break
after a number of writes, as a process that is killed does.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from rpafabrik_api import contract, findings
from rpafabrik_api.resource import Resource
from rpafabrik_operator.planning import world
from rpafabrik_operator.reconcile import ports
from support import examples

CATALOGUE = contract.Catalogue(activities=("list_items", "fetch", "compare"), workflows=("Child",))


class KilledError(BaseException):
    """The process died here; no handler may catch it."""


@dataclass
class FakeWorld:
    """Everything outside the operator."""

    now: datetime = examples.NOW
    manifests: dict[tuple[str, str, str], dict[str, Any]] = field(default_factory=dict)
    schedules: dict[str, tuple[world.DesiredSchedule, bool, str]] = field(default_factory=dict)
    """By id: content, whether it is paused, and the note."""
    executions: dict[str, world.Execution] = field(default_factory=dict)
    scheduled: dict[str, list[str]] = field(default_factory=dict)
    """Workflow ids that each schedule started."""
    worker: contract.Catalogue | None = CATALOGUE
    objects: dict[tuple[str, str, str], dict[str, Any]] = field(default_factory=dict)
    """What DigitalWorkers own."""
    events: list[tuple[str, str]] = field(default_factory=list)
    """What people were told: reason and message."""
    temporal_away: bool = False
    writes: list[str] = field(default_factory=list)
    kill_after: int | None = None
    """Die once so many writes are done."""
    applied: dict[tuple[str, str, str], dict[str, dict[str, Any]]] = field(default_factory=dict)
    """Status fields by resource and field manager, as server-side apply keeps them."""
    _versions: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def clock(self) -> datetime:
        return self.now

    def apply(self, manifest: dict[str, Any]) -> None:
        """What `kubectl apply` does: status and the annotations of others stay."""
        key = (
            manifest["kind"],
            manifest["metadata"]["namespace"],
            manifest["metadata"]["name"],
        )
        before = self.manifests.get(key, {})
        merged = examples.changed(manifest)
        annotations = before.get("metadata", {}).get("annotations", {})
        merged["metadata"]["annotations"] = {
            **annotations,
            **merged["metadata"].get("annotations", {}),
        }
        if before:
            same = before["spec"] == merged["spec"]
            merged["metadata"]["generation"] = before["metadata"]["generation"] + (not same)
            merged["status"] = before.get("status", {})
        merged["metadata"]["resourceVersion"] = str(next(self._versions))
        self.manifests[key] = merged

    def start_scheduled(self, schedule_id: str) -> str:
        """What Temporal does when a schedule is due."""
        runs = self.scheduled.setdefault(schedule_id, [])
        workflow_id = f"{schedule_id}-{len(runs)}"
        runs.append(workflow_id)
        self.executions[workflow_id] = world.Execution(
            workflow_id=workflow_id, state=world.ExecutionState.RUNNING, started_at=self.now
        )
        return workflow_id

    def finish(self, workflow_id: str, result: contract.RunResult) -> None:
        """The run ends, and its own report is lost."""
        summary = contract.RunSummary(
            run_id=workflow_id, result=result, started_at=self.now, finished_at=self.now
        )
        self.executions[workflow_id] = replace(
            self.executions[workflow_id],
            state=world.ExecutionState.COMPLETED,
            closed_at=self.now,
            summary=summary,
        )

    # ports.Cluster

    def get(self, kind: str, namespace: str, name: str) -> Resource | None:
        body = self.manifests.get((kind, namespace, name))
        return findings.read(body) if body else None

    def list(self, kind: str, namespace: str | None = None) -> Sequence[Resource]:
        return [
            findings.read(body)
            for key, body in self.manifests.items()
            if key[0] == kind and namespace in {None, key[1]}
        ]

    def owned(self, kind: str, namespace: str, name: str) -> dict[str, Any] | None:
        return self.objects.get((kind, namespace, name))

    async def apply_object(self, manifest: dict[str, Any]) -> bool:
        self._write(f"ApplyObject:{manifest['kind']}")
        metadata = manifest["metadata"]
        self.objects[manifest["kind"], metadata["namespace"], metadata["name"]] = manifest
        return True

    async def apply_status(self, resource: Resource, status: dict[str, Any], manager: str) -> None:
        key = (resource.kind, resource.metadata.namespace, resource.metadata.name)
        body = self.manifests.get(key)
        if body is None:
            return
        self._write(f"ApplyStatus:{manager}")
        fields = self.applied.setdefault(key, {})
        for other, theirs in fields.items():
            if other != manager:
                fields[other] = _without(theirs, status)
        fields[manager] = status
        new: dict[str, Any] = {}
        for theirs in fields.values():
            conditions = new.get("conditions", []) + theirs.get("conditions", [])
            new |= theirs | ({"conditions": conditions} if conditions else {})
        version = {"resourceVersion": str(next(self._versions))}
        self.manifests[key] = {
            **body,
            "metadata": {**body["metadata"], **version},
            "status": new,
        }

    async def publish_event(
        self, resource: Resource, reason: str, message: str, *, warning: bool = False
    ) -> None:
        assert resource.kind
        self.events.append((f"Warning {reason}" if warning else reason, message))

    # ports.Temporal

    async def schedule(self, schedule_id: str) -> world.Schedule | None:
        self._reach()
        if schedule_id not in self.schedules:
            return None
        desired, paused, note = self.schedules[schedule_id]
        runs = self.scheduled.get(schedule_id, [])
        return world.Schedule(
            digest=desired.digest,
            paused=paused,
            note=note,
            next_run=self.now + timedelta(days=1),
            last_run_id=runs[-1] if runs else None,
            last_begun=self.executions[runs[-1]].started_at if runs else None,
            running_since=min(
                (one.started_at for one in self._under_way(schedule_id)), default=None
            ),
        )

    async def running(self, schedule_id: str) -> tuple[world.Execution, ...]:
        self._reach()
        return tuple(self._under_way(schedule_id))

    def _under_way(self, schedule_id: str) -> Iterator[world.Execution]:
        runs = (self.executions[run] for run in self.scheduled.get(schedule_id, []))
        return (run for run in runs if run.state == world.ExecutionState.RUNNING)

    async def execution(self, workflow_id: str) -> world.Execution | None:
        self._reach()
        return self.executions.get(workflow_id)

    async def catalogue(self, queue: str) -> contract.Catalogue | None:
        self._reach()
        assert queue
        return self.worker

    async def create_schedule(self, desired: world.DesiredSchedule) -> None:
        self._write("CreateSchedule")
        if desired.id not in self.schedules:
            self._put(desired)

    async def update_schedule(self, desired: world.DesiredSchedule) -> None:
        self._write("UpdateSchedule")
        self._put(desired)

    async def pause_schedule(self, schedule_id: str, note: str) -> None:
        self._write("PauseSchedule")
        if schedule_id in self.schedules:
            self.schedules[schedule_id] = (self.schedules[schedule_id][0], True, note)

    async def delete_schedule(self, schedule_id: str) -> None:
        self._write("DeleteSchedule")
        self.schedules.pop(schedule_id, None)

    async def start_run(self, workflow_id: str, request: contract.RunRequest) -> None:
        self._write("StartRun")
        assert request.purpose == contract.Purpose.ON_DEMAND
        self.executions.setdefault(
            workflow_id,
            world.Execution(
                workflow_id=workflow_id, state=world.ExecutionState.RUNNING, started_at=self.now
            ),
        )

    async def hold_run(self, workflow_id: str, reason: str) -> None:
        self._write("HoldRun")
        assert reason
        self._change(workflow_id, held=True)

    async def release_run(self, workflow_id: str) -> None:
        self._write("ReleaseRun")
        self._change(workflow_id, held=False)

    async def resume_run(self, workflow_id: str, because: str) -> None:
        self._write("ResumeRun")
        self._change(workflow_id, stopped="", resumed=because)

    async def terminate_run(self, workflow_id: str, reason: str) -> None:
        self._write("TerminateRun")
        assert reason
        self._change(workflow_id, state=world.ExecutionState.TERMINATED, closed_at=self.now)

    def _put(self, desired: world.DesiredSchedule) -> None:
        _, paused, note = self.schedules.get(desired.id, (desired, False, ""))
        self.schedules[desired.id] = (desired, *desired.state(paused=paused, note=note))

    def _change(self, workflow_id: str, **changes: Any) -> None:
        execution = self.executions.get(workflow_id)
        if execution is not None and execution.state == world.ExecutionState.RUNNING:
            self.executions[workflow_id] = replace(execution, **changes)

    def _reach(self) -> None:
        if self.temporal_away:
            raise ports.TemporalUnavailableError("Temporal is away")

    def _write(self, what: str) -> None:
        if not what.startswith("ApplyStatus"):
            self._reach()
        if self.kill_after is not None and len(self.writes) >= self.kill_after:
            raise KilledError
        self.writes.append(what)


def _without(theirs: dict[str, Any], taken: dict[str, Any]) -> dict[str, Any]:
    """What a manager still owns after another has applied `taken` by force."""
    types = {one["type"] for one in taken.get("conditions", [])}
    left = {name: value for name, value in theirs.items() if name not in taken}
    conditions = [one for one in theirs.get("conditions", []) if one["type"] not in types]
    return left | ({"conditions": conditions} if conditions else {})
