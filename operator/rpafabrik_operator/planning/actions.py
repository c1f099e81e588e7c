"""What can be done in the world. Each action is safe to repeat, after a crash at any point.

`because` ends in the event and in the log.
"""

from dataclasses import dataclass
from typing import Any

from rpafabrik_api import contract
from rpafabrik_operator.planning.world import DesiredSchedule


@dataclass(frozen=True, slots=True)
class CreateSchedule:
    """Make the schedule; that it is there already is success."""

    desired: DesiredSchedule
    because: str


@dataclass(frozen=True, slots=True)
class UpdateSchedule:
    """Write content and pause in one atomic update."""

    desired: DesiredSchedule
    because: str


@dataclass(frozen=True, slots=True)
class PauseSchedule:
    """Pause it and leave its content alone; `note` says why."""

    id: str
    note: str
    because: str


@dataclass(frozen=True, slots=True)
class DeleteSchedule:
    """Delete it; that it is gone already is success."""

    id: str
    because: str


@dataclass(frozen=True, slots=True)
class StartRun:
    """Start the run; that it was started already is success."""

    workflow_id: str
    request: contract.RunRequest
    because: str


@dataclass(frozen=True, slots=True)
class HoldRun:
    """Let the run start no more items."""

    workflow_id: str
    because: str


@dataclass(frozen=True, slots=True)
class ReleaseRun:
    """Let the run go on."""

    workflow_id: str
    because: str


@dataclass(frozen=True, slots=True)
class ResumeRun:
    """Let a run that stopped on failures go on."""

    workflow_id: str
    because: str


@dataclass(frozen=True, slots=True)
class TerminateRun:
    """End the run at once; that it has ended already is success."""

    workflow_id: str
    because: str


@dataclass(frozen=True, slots=True)
class ReportRun:
    """Write what a finished run gave into the status, where the platform's push was lost."""

    summary: contract.RunSummary
    because: str


@dataclass(frozen=True, slots=True)
class ApplyObject:
    """Make an object in Kubernetes be as its manifest says, through server-side apply."""

    manifest: dict[str, Any]
    because: str


Action = (
    CreateSchedule
    | UpdateSchedule
    | PauseSchedule
    | DeleteSchedule
    | StartRun
    | HoldRun
    | ReleaseRun
    | ResumeRun
    | TerminateRun
    | ReportRun
    | ApplyObject
)
