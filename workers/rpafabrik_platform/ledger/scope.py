"""Which part of the ledger a figure is of, as conditions on its tables."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from rpafabrik_platform.ledger import schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Nothing given: all of it."""

    run_id: str | sa.BindParameter[str] | None = None
    job_uid: str | sa.BindParameter[str] | None = None
    """A parameter makes a statement that is made once, and asked of one after the other."""
    namespaces: tuple[str, ...] = ()
    jobs: tuple[str, ...] = ()
    """Each NAME, or NAMESPACE/NAME."""
    departments: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None
    """The last day that belongs to it."""
    open_runs: bool = False
    """Of items, only those whose run is under way."""

    def of_runs(self, columns: Any) -> Iterator[sa.ColumnElement[bool]]:
        """On `runs`, or what has its columns."""
        yield from self.by_id(columns)
        yield from self.of_jobs(columns)

    def of_jobs(self, columns: Any) -> Iterator[sa.ColumnElement[bool]]:
        """On a table that says namespace, job and department."""
        for column, wanted in (
            (columns.namespace, self.namespaces),
            (columns.department, self.departments),
        ):
            if wanted:
                yield column.in_(wanted)
        if self.jobs:
            yield sa.or_(*(_is_job(columns, job) for job in self.jobs))

    def of_items(self, columns: Any) -> Iterator[sa.ColumnElement[bool]]:
        """On a table of items, without a join: an index finds what belongs to a run or a job."""
        if self.open_runs:
            # By the run alone, for a job has few that are open, and as many rows as it likes.
            under_way = schema.runs.c.finished_at.is_(None)
            yield columns.run_id.in_(self._runs(under_way, *self.of_runs(schema.runs.c)))
            return
        yield from self.by_id(columns)
        if wanted := list(self.of_jobs(schema.runs.c)):
            yield columns.run_id.in_(self._runs(*wanted))

    def of_tallies(self, columns: Any) -> Iterator[sa.ColumnElement[bool]]:
        """On a table that says no more than its run."""
        if wanted := list(self.of_runs(schema.runs.c)):
            yield columns.run_id.in_(self._runs(*wanted))

    def by_id(self, columns: Any) -> Iterator[sa.ColumnElement[bool]]:
        """On a table that says run and job by their ids."""
        if self.run_id is not None:
            yield columns.run_id == self.run_id
        if self.job_uid is not None:
            yield columns.job_uid == self.job_uid

    @staticmethod
    def _runs(*wanted: sa.ColumnElement[bool]) -> sa.Select[str]:
        return sa.select(schema.runs.c.run_id).where(*wanted)

    def of_days(self, column: Any) -> Iterator[sa.ColumnElement[bool]]:
        """On the day that something counts at."""
        if self.first is not None:
            yield column >= self.first
        if self.last is not None:
            yield column <= self.last


def _is_job(columns: Any, job: str) -> sa.ColumnElement[bool]:
    *namespace, name = job.rsplit("/", 1)
    return sa.and_(columns.job == name, *(columns.namespace == one for one in namespace))
