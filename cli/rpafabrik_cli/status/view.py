"""The health of a factory, as it is shown: a row for each part of it. Values only."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum


class Level(IntEnum):
    """How a part is; the worst comes first."""

    UNWELL = 0
    ATTENTION = 1
    """Somebody wants it so, or it will pass: good to know, and no reason for alarm."""
    WELL = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why a part is not well."""

    level: Level
    reason: str
    """One word, a condition's where there is one."""
    message: str
    since: datetime | None
    remedy: str
    """What to do: a command, where there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One part of the factory."""

    name: str
    namespace: str = ""
    state: str
    """One word."""
    level: Level = Level.WELL
    troubles: tuple[Trouble, ...] = ()
    """The worst first."""

    @property
    def key(self) -> str:
        """How people call it."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class System(Row):
    """Something that all jobs need."""

    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Robot(Row):
    """A digital worker."""

    ready: int | None = None
    """Pods that are ready; None where robots are no pods."""
    wanted: int | None = None
    polling: int | None = None
    """How many ask for work now; None: Temporal was not asked."""
    answers: bool | None = None
    """Whether it answered the operator; None: nobody asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRun:
    """How a job's last run ended."""

    workflow_id: str
    result: str
    reason: str = ""
    message: str = ""
    started: datetime | None
    ended: datetime
    failed_items: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job(Row):
    """A job."""

    title: str
    worker: str
    last: LastRun | None
    next_run: datetime | None
    saved_seconds: int
    saved_hours: str
    """Net, as `kubectl get` shows them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run(Row):
    """A run under way; its name is the job's."""

    run: str
    """The JobRun; empty for a run of the schedule."""
    workflow_id: str
    started: datetime | None
    done: int | None
    """Items that have their outcome; None: not known."""
    listed: int | None
    exceptions: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The factory. Each kind of row has what is unwell first."""

    now: datetime
    where: str
    systems: tuple[System, ...]
    robots: tuple[Robot, ...]
    jobs: tuple[Job, ...]
    runs: tuple[Run, ...]

    @property
    def well(self) -> bool:
        """Whether nothing is unwell."""
        return all(row.level != Level.UNWELL for _, row in self.rows())

    def rows(self) -> Iterator[tuple[str, Row]]:
        """Everything, each with what it is."""
        for kind, rows in (
            ("system", self.systems),
            ("robot", self.robots),
            ("job", self.jobs),
            ("run", self.runs),
        ):
            for row in rows:
                yield kind, row


def worst(*troubles: Trouble | None) -> tuple[Trouble, ...]:
    """The troubles that there are, the worst first."""
    return tuple(sorted((one for one in troubles if one), key=lambda one: one.level))


def level(troubles: tuple[Trouble, ...]) -> Level:
    """How the part is that has these troubles, the worst first."""
    return troubles[0].level if troubles else Level.WELL
