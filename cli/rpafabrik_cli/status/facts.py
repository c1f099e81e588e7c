"""What was seen of a factory, and when. Values only: what it means is said elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from rpafabrik_api import contract
from rpafabrik_api.digitalworker import DigitalWorker
from rpafabrik_api.jobrun import JobRun
from rpafabrik_api.workerjob import WorkerJob


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """A run under way, as Temporal knows it."""

    workflow_id: str
    started_at: datetime
    progress: contract.Progress | None = None
    """None: nobody could tell just now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Temporal:
    """What Temporal said when it was asked."""

    address: str
    away: str = ""
    """Why it did not answer; empty when it did."""
    polls: Mapping[str, tuple[datetime, ...]] = field(default_factory=dict)
    """When each who asks for work on a task queue asked last; Temporal forgets in 5 minutes."""
    running: tuple[Execution, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What the ledger said when it was asked."""

    away: str = ""
    """Why it did not answer; empty when it did."""
    saved: Mapping[str, contract.Saved] = field(default_factory=dict)
    """By uid of a job, where it was asked for that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """An operator's lease."""

    namespace: str
    name: str
    holder: str
    """Empty when it was given up."""
    renewed: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Laptop:
    """The `rpafabrik dev` that a factory is."""

    state: str
    """Its folder."""
    running: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A resource that this version cannot read."""

    kind: str
    namespace: str
    name: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """The resources of the factory."""

    jobs: tuple[WorkerJob, ...] = ()
    runs: tuple[JobRun, ...] = ()
    workers: tuple[DigitalWorker, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything. What is None was not asked, or could not be seen."""

    now: datetime
    """In the time zone of who looks."""
    where: str
    """Which factory, in words."""
    resources: Resources
    temporal: Temporal | None = None
    ledger: Ledger | None = None
    leases: tuple[Lease, ...] | None = None
    laptop: Laptop | None = None
    """None: a cluster."""
