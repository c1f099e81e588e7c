"""What reconcile needs of the world; the gateways and the fakes of the tests implement it.

The cluster port is what `rpafabrik dev` replaces by files; nothing else knows the difference.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from rpafabrik_api import contract
from rpafabrik_api.resource import Resource
from rpafabrik_operator.planning import pods, world

Key = tuple[str, str, str]
"""Which resource: kind, namespace, name."""


Guard = Callable[[], None]
"""Asked right before each write; does not return where this process may not write."""


def unguarded() -> None:
    """Let every write pass, where there is but one writer."""


class TemporalUnavailableError(Exception):
    """Temporal did not answer, or refused for a passing reason: look again later."""


class ClusterUnavailableError(Exception):
    """The Kubernetes API did not answer: look again later."""


class ClusterRefusedError(ClusterUnavailableError):
    """The Kubernetes API says no: a right is lacking, or the namespace is going. Look later."""


class RejectedError(Exception):
    """The Kubernetes API refuses an object as it is; the message is its own. Somebody must act."""


class ConflictError(Exception):
    """The resource is not as it was when it was observed: look again at once."""


class Clock(Protocol):
    """The time."""

    def __call__(self) -> datetime:
        """Now, with a time zone."""
        ...


class Cluster(Protocol):
    """Resources: read from what was seen last, written through server-side apply."""

    def get(self, kind: str, namespace: str, name: str) -> Resource | None:
        """The resource as it was seen last; None when there is none, or it is being replaced."""
        ...

    def list(self, kind: str, namespace: str | None = None) -> Sequence[Resource]:
        """The resources of a kind, as they were seen last."""
        ...

    async def apply_status(self, resource: Resource, status: dict[str, Any], manager: str) -> None:
        """Apply the fields of `status` as `manager`, and see the result.

        Raises `ConflictError` when the resource has changed since it was seen, and is no error
        when it is gone.
        """
        ...

    async def publish_event(
        self, resource: Resource, reason: str, message: str, *, warning: bool = False
    ) -> None:
        """Tell people what was done, or what they must do. Never fails: it is a courtesy."""
        ...


class Objects(Protocol):
    """What DigitalWorkers own in Kubernetes."""

    def owned(self, kind: str, namespace: str, name: str) -> dict[str, Any] | None:
        """The live manifest of a Deployment or ServiceAccount; None when there is none."""
        ...

    async def apply_object(self, manifest: dict[str, Any]) -> bool:
        """Make the object be as its manifest says, and see the result; tell whether it was written.

        One of that name that was not seen before is only looked at: it may be somebody else's.
        Raises `RejectedError`.
        """
        ...


class Temporal(Protocol):
    """Schedules and runs. Every method raises `TemporalUnavailableError` when there is no answer.

    Every write is success when what it wants is so already.
    """

    async def schedule(self, schedule_id: str) -> world.Schedule | None:
        """The schedule; None when there is none."""
        ...

    async def running(self, schedule_id: str) -> tuple[world.Execution, ...]:
        """The schedule's runs that are under way."""
        ...

    async def execution(self, workflow_id: str) -> world.Execution | None:
        """The run, with its result once it has one; None when there is none."""
        ...

    async def catalogue(self, queue: str) -> contract.Catalogue | None:
        """What the digital worker on the queue can do; None when none answers in time."""
        ...

    async def create_schedule(self, desired: world.DesiredSchedule) -> None:
        """Make the schedule."""
        ...

    async def update_schedule(self, desired: world.DesiredSchedule) -> None:
        """Write content and pause in one atomic update, with the conflict token."""
        ...

    async def pause_schedule(self, schedule_id: str, note: str) -> None:
        """Pause it, with a note, and leave its content."""
        ...

    async def delete_schedule(self, schedule_id: str) -> None:
        """Delete it."""
        ...

    async def start_run(self, workflow_id: str, request: contract.RunRequest) -> None:
        """Start the run, unless it was started before."""
        ...

    async def hold_run(self, workflow_id: str, reason: str) -> None:
        """Signal the run to start no more items."""
        ...

    async def release_run(self, workflow_id: str) -> None:
        """Signal the run to go on."""
        ...

    async def resume_run(self, workflow_id: str, because: str) -> None:
        """Signal the run to go on after it stopped on failures."""
        ...

    async def terminate_run(self, workflow_id: str, reason: str) -> None:
        """End the run at once."""
        ...


@dataclass(frozen=True, slots=True)
class Pools:
    """Where robots are pods: their objects, and what the pods are told."""

    objects: Objects
    robots: pods.RobotSettings
    queue: Callable[[str, str], world.Queue | world.Unknown | None]
    """What was seen last of the task queue of a worker, by namespace and name; None: nothing."""


@dataclass(frozen=True, slots=True)
class Reach:
    """All that actions act on."""

    cluster: Cluster
    temporal: Temporal
    pools: Pools | None
    """None where robots are processes, as in `rpafabrik dev`."""
