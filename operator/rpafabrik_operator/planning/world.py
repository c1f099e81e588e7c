"""What there is in Temporal, as planning sees it, and what there should be.

`Schedule` and `Execution` are observed; `DesiredSchedule` is wanted. Gateways make the first two
and carry out the third; no Temporal type passes.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, StrEnum, auto

from pydantic import TypeAdapter

from rpafabrik_api import contract
from rpafabrik_api.workerjob import OverlapPolicy

NOTE_PREFIX = "rpafabrik: "
"""Begins the note of every pause that is ours; any other pause is somebody's in Temporal."""


class Unknown(Enum):
    """What could not be seen, because Temporal did not answer."""

    UNAVAILABLE = auto()


UNAVAILABLE = Unknown.UNAVAILABLE


class ExecutionState(StrEnum):
    """Where a workflow execution stands."""

    RUNNING = "Running"
    COMPLETED = "Completed"
    FAILED = "Failed"
    CANCELLED = "Cancelled"
    TERMINATED = "Terminated"
    TIMED_OUT = "TimedOut"


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """A run in Temporal."""

    workflow_id: str
    state: ExecutionState
    started_at: datetime
    held: bool = False
    stopped: str = ""
    """Why it waits to be resumed, when it does."""
    resumed: str = ""
    """What it was resumed with last."""
    closed_at: datetime | None = None
    summary: contract.RunSummary | None = None
    """Its result, once completed."""
    failure: str = ""
    """Why it failed, when it did."""

    def resumes(self, resume: str | None) -> bool:
        """Whether somebody who says so means this run, which has stopped and not heard it yet."""
        return bool(self.stopped) and resume not in (None, self.resumed)


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredSchedule:
    """A schedule as it should be. `digest` speaks of everything but the pause."""

    id: str
    cron: str
    time_zone: str
    overlap_policy: OverlapPolicy
    catchup_window_seconds: int
    orphan: bool
    """Whether the schedule outlives its resource; the sweep leaves it alone then."""
    request: contract.RunRequest
    pause: str | None = None
    """Why it is paused: the note's text after `NOTE_PREFIX`."""

    @property
    def digest(self) -> str:
        """Digest of the content, kept in the schedule's memo and compared instead of fields."""
        content = _CONTENT.dump_json(replace(self, pause=None))
        return hashlib.sha256(content).hexdigest()[:32]

    def state(self, *, paused: bool = False, note: str = "") -> tuple[bool, str]:
        """Whether it is to be paused, and the note, given how it stands now.

        A pause made in Temporal itself is somebody's emergency: told in status, never undone.
        """
        if paused and not note.startswith(NOTE_PREFIX):
            return True, note
        return (True, NOTE_PREFIX + self.pause) if self.pause else (False, "")


_CONTENT: TypeAdapter[DesiredSchedule] = TypeAdapter(DesiredSchedule)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A schedule as it is."""

    digest: str
    paused: bool
    note: str
    next_run: datetime | None
    last_run_id: str | None = None
    """Workflow id of the run that it started last."""
    last_begun: datetime | None = None
    """When that was."""
    running_since: datetime | None = None
    """When the run began that is under way, as far as the schedule knows."""
    since: datetime | None = None
    """When it was made, or its content changed last."""

    @property
    def pause(self) -> str | None:
        """Why it is paused, when the pause is ours."""
        ours = self.paused and self.note.startswith(NOTE_PREFIX)
        return self.note.removeprefix(NOTE_PREFIX) if ours else None

    @property
    def paused_by_others(self) -> bool:
        """Whether somebody paused it in Temporal itself."""
        return self.paused and self.pause is None


@dataclass(frozen=True, slots=True)
class Robots:
    """The robots of a queue, by their heartbeats."""

    alive: int = 0
    lost: int = 0
    """Those that fell silent without a word, not long ago."""
    losses: int = 0
    """All that did since the operator began to look."""


@dataclass(frozen=True, slots=True)
class Credential:
    """What robots log in to Temporal with."""

    expires: datetime | None
    """When the certificate runs out; None where they show none."""


@dataclass(frozen=True, slots=True)
class Queue:
    """A digital worker's task queue as it is."""

    robots: int
    """Those that ask for work on it."""
    backlog: int
    """Activities that wait for one of them."""
    backlog_seconds: float
    """For how long the oldest has waited."""
    lost: int = 0
    """Robots that fell silent without a word, not long ago."""
    losses: int = 0
    """All that did since the operator began to look."""
    credential: Credential | None = None
    """None: no robot has told."""
