"""What the ledger takes and gives of human tasks. Values only."""

from dataclasses import dataclass, field
from datetime import datetime

from rpafabrik_api import contract


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What people are asked."""

    task_id: str
    workflow_id: str
    """The workflow that waits for the answer."""
    run_id: str
    reference: str
    step: str
    group: str
    outcomes: tuple[str, ...]
    """The words to choose among."""
    opened_at: datetime
    due_at: datetime
    instruction: str | None = field(default=None, repr=False)
    """What people read; None once the task is closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What somebody answered."""

    answer_id: str
    """The same for the same answer, however often it is sent."""
    outcome: str
    by: str
    """A role, or an id."""
    because: str
    seconds: int
    """What the person spent on it."""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A task as it stands."""

    task: Task
    namespace: str
    job: str
    purpose: contract.Purpose
    """That of its run."""
    closed_at: datetime | None = None
    answer: Answer | None = None
    """None of a task that is open, or was withdrawn."""

    @property
    def open(self) -> bool:
        """Whether it waits for people."""
        return self.closed_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which open tasks somebody asks for."""

    job_uid: str | None = None
    group: str | None = None
    limit: int | None = None
