"""A plan: what to do, what to report, and what must happen next."""

from dataclasses import dataclass, field
from datetime import datetime

from rpafabrik_api.digitalworker import DigitalWorkerStatus
from rpafabrik_api.jobrun import JobRunStatus
from rpafabrik_api.reasons import Reason
from rpafabrik_api.workerjob import WorkerJobStatus
from rpafabrik_operator.planning.actions import Action


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing is left to do until something changes. A deleted resource may go."""

    until: datetime | None = field(default=None, compare=False)
    """When there may be something to report though nothing has changed: time has passed."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something else must come first; look again after so many seconds."""

    after_seconds: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Stalled:
    """The user must act."""

    reason: Reason


Outcome = Done | Waiting | Stalled


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one look at a resource decides."""

    outcome: Outcome
    actions: tuple[Action, ...] = ()
    status: WorkerJobStatus | JobRunStatus | DigitalWorkerStatus | None = None
    """The status that the operator owns; None leaves it alone."""
