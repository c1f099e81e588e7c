"""The gateway to the ledger: small methods, each one transaction, each safe to repeat.

They block, and belong in threads. Only a `LedgerError` leaves them.
"""

import functools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from rpafabrik_api import contract
from rpafabrik_platform import benefit
from rpafabrik_platform.ledger import (
    answers,
    claims,
    database,
    dead_letters,
    entries,
    errors,
    exported,
    figures,
    human_tasks,
    lines,
    lookup,
    migrations,
    readership,
    realised,
    rows,
    schema,
    standing,
    tallies,
    task_entries,
)
from rpafabrik_platform.ledger.scope import Scope

_REFERENCES_PER_STATEMENT = 1000
"""Below the number of parameters that any supported database takes."""


def open_ledger(address: str) -> "Ledger":
    """The ledger at the URL; a SQLite file is made and migrated, PostgreSQL must be current."""
    with _first_transaction(address) as connection:
        if connection.dialect.name == "sqlite":
            migrations.upgrade(connection)
        else:
            migrations.check(connection)
    return Ledger(database.engine(address))


def migrate(address: str) -> None:
    """Bring the database at the URL to the current schema; the same for one that has it."""
    with _first_transaction(address) as connection:
        migrations.upgrade(connection)


@contextmanager
def _first_transaction(address: str) -> Iterator[sa.Connection]:
    engine = database.engine(address)
    try:
        with (
            errors.translated(database.place(engine.url), opening=True),
            database.writing(engine).begin() as connection,
        ):
            yield connection
    finally:
        engine.dispose()


class Ledger:
    """Runs and the final rows of their items, in a database that has the current schema."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._place = database.place(engine.url)
        self._insert = sqlite.insert if engine.dialect.name == "sqlite" else postgresql.insert

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    def open_run(self, run: entries.Run) -> None:
        """Write that a run begins, and its plan; what is written already stays as it is."""
        statement = self._insert(schema.runs).on_conflict_do_nothing()
        with self._transaction() as connection:
            connection.execute(statement, [rows.run(run)])
            if run.plan is not None:
                self._write_plan(connection, run.plan)

    def close_run(self, end: entries.RunEnd) -> None:
        """Write how a run ended. A run that is reset and ends anew has ended as it did last."""
        ended = rows.run_end(end)
        statement = sa.update(schema.runs).where(schema.runs.c.run_id == end.run_id).values(ended)
        with self._writing() as connection:
            self._write_baselines(connection, [end.claim])
            concerned = tallies.concerned(connection, end.run_id)
            tallies.lock(connection, concerned)
            found = connection.execute(statement).rowcount
            tallies.write(connection, concerned)
            human_tasks.withdraw_of_run(connection, end.run_id, end.finished_at)
        if not found:
            raise errors.LedgerRefused(f"run {end.run_id} must be opened before it is closed")

    def seen(self, job_uid: str, references: Iterable[str]) -> set[str]:
        """Which of the references the job has done, in any real run."""
        wanted = list(references)
        for reference in wanted:
            rows.checked(schema.items, {"reference": reference})
        with self._transaction() as connection:
            return set(_standing(connection, _REAL, job_uid, wanted))

    def claim(self, asked: entries.Claiming) -> dict[str, entries.Taken]:
        """Take the references for a page of a run; those that it cannot have, and why."""
        for reference in asked.references:
            rows.checked(schema.claims, {"reference": reference})
        with self._writing() as connection:
            return claims.take(connection, self._insert, asked)

    def release_claims(self, job_uid: str, run_id: str) -> None:
        """Let go of what a run has claimed and not done: it is over."""
        with self._writing() as connection:
            claims.release(connection, job_uid, run_id)

    def note_skips(self, run_id: str, done_in: Mapping[str, str]) -> None:
        """Keep what the run skips, by reference the run that did it; as many as are kept."""
        with self._writing() as connection:
            claims.note_skips(connection, self._insert, run_id, done_in)

    def record(self, item: entries.Item) -> entries.Recorded:
        """Write the final row of an item, unless it has one; what stands then."""
        return self.record_many([item])[0]

    def record_many(self, items: Sequence[entries.Item]) -> list[entries.Recorded]:
        """`record` of each, in one transaction: all are written or none is."""
        recorded: dict[tuple[str, str], entries.Recorded] = {}
        with self._transaction() as connection:
            items = [human_tasks.settled(connection, i) if i.asked else i for i in items]
            self._write_baselines(connection, [item.claim for item in items])
            for book in (_REAL, _TRIAL):
                mine = [item for item in items if item.trial == book.trial]
                recorded |= self._write_items(connection, book, mine)
            real = [item for item in items if not item.trial]
            recorded |= dead_letters.settle(connection, self._insert, real, recorded)
        owners = (item.run_id if item.trial else item.job_uid for item in items)
        keys = zip(owners, (item.reference for item in items), strict=True)
        return [recorded[key] for key in keys]

    def requeue(self, asked: entries.Requeue) -> entries.Requeued:
        """Let dead letters be done again by the next run, and keep who wanted it and why."""
        with self._writing() as connection:
            return dead_letters.requeue(connection, self._insert, asked)

    def waiting(self, job_uid: str, after: str = "", most: int = 1000) -> entries.Waiting:
        """Re-queued items of the job that no run has ended yet, after a reference."""
        with self._transaction() as connection:
            return dead_letters.waiting(connection, job_uid, after, most)

    def jobs(self, name: str | None = None) -> list[entries.KnownJob]:
        """The jobs that have had a run, or those of that name."""
        with self._transaction() as connection:
            return lookup.jobs(connection, name)

    def items(self, asked: entries.Filter) -> list[entries.Found]:
        """The items of a job that are asked for, by the time of their ending."""
        with self._transaction() as connection:
            return list(lookup.items(connection, asked))

    def item(self, job_uid: str, reference: str) -> entries.History:
        """Everything that is known of one item."""
        with self._transaction() as connection:
            return lookup.item(connection, job_uid, reference)

    def saved_by_run(self, run_id: str) -> contract.Saved:
        """What the run saved; all but single items count once the run is closed as succeeded."""
        return self._saved(_savings_of_run(), run_id)

    def saved_by_job(self, job_uid: str) -> contract.Saved:
        """What all runs of the job have saved so far."""
        return self._saved(_savings_of_job(), job_uid)

    def standing(self, job_uid: str) -> contract.Standing:
        """How the job stands by its runs."""
        with self._transaction() as connection:
            return standing.read(connection, job_uid)

    def counts_by_run(self, run_id: str) -> contract.Counts:
        """The run's items by outcome; the skipped ones once the run is closed."""
        with self._transaction() as connection:
            by_outcome: Counter[str] = Counter()
            for outcome, count in connection.execute(figures.outcomes(run_id)):
                by_outcome[outcome] += count
        return contract.Counts(
            completed=by_outcome.get(contract.Outcome.COMPLETED, 0),
            reviewed=by_outcome.get(contract.Outcome.REVIEWED, 0),
            business_exceptions=by_outcome.get(contract.Outcome.BUSINESS_EXCEPTION, 0),
            application_exceptions=by_outcome.get(contract.Outcome.APPLICATION_EXCEPTION, 0),
            skipped=by_outcome.get(contract.Outcome.SKIPPED, 0),
            abandoned=by_outcome.get(contract.Outcome.ABANDONED, 0),
        )

    def open_task(self, task: task_entries.Task) -> task_entries.Found:
        """Write that people are asked; what stands then."""
        with self._writing() as connection:
            human_tasks.open_task(connection, self._insert, task)
            return human_tasks.found(connection, task.task_id)

    def answer_task(self, task_id: str, told: task_entries.Answer) -> task_entries.Found:
        """Write what somebody answered; what stands then. Any answer but the first is refused."""
        with self._writing() as connection:
            return human_tasks.answer(connection, task_id, told)

    def withdraw_task(self, task_id: str, at: datetime) -> None:
        """Close a task that nobody waits for any more, unless it is closed."""
        with self._writing() as connection:
            human_tasks.withdraw(connection, task_id, at)

    def task(self, task_id: str) -> task_entries.Found:
        """One task, open or closed."""
        with self._transaction() as connection:
            return human_tasks.found(connection, task_id)

    def open_tasks(self, wanted: task_entries.Wanted) -> Sequence[task_entries.Found]:
        """The tasks that wait for people, in the order of when they are due."""
        with self._transaction() as connection:
            return human_tasks.listed(connection, wanted)

    def realise(self, told: entries.Realising) -> entries.Realised:
        """Write what somebody says came true; an entry that is written already stays as it is."""
        with self._writing() as connection:
            job = realised.job_of(connection, told)
            statement = self._insert(schema.realised).on_conflict_do_nothing()
            connection.execute(statement, [rows.realised(told, job)])
            return realised.entry(connection, told.entry_id)

    def answers(
        self, by: tuple[lines.Dimension, ...], scope: Scope, today: date
    ) -> answers.Answers:
        """What a report says, all of it of one moment."""
        with errors.translated(self._place), self._snapshot() as connection:
            return answers.answers(connection, by, scope, today)

    def export(self, today: date) -> exported.Exported:
        """What Prometheus is told, all of it of one moment."""
        with errors.translated(self._place), self._snapshot() as connection:
            return exported.read(connection, today)

    def reader(self) -> readership.Readership:
        """What decides which of several platforms reads for all."""
        return readership.Readership(self._engine)

    def _saved(self, statement: sa.Select[Any], one: str) -> contract.Saved:
        with self._transaction() as connection:
            found = connection.execute(statement, {_ONE.key: one}).all()
        groups = [
            benefit.Group(manual_seconds=manual_seconds, per=per, units=units)
            for manual_seconds, per, units, _ in found
            if manual_seconds is not None and per is not None
        ]
        return benefit.saved(groups, sum(person_seconds for *_, person_seconds in found))

    def _write_items(
        self, connection: sa.Connection, book: "_Book", items: Sequence[entries.Item]
    ) -> dict[tuple[str, str], entries.Recorded]:
        """Write what is not written; what stands, by owner and reference."""
        # In the order of their key, so that two writers of the same items never wait crosswise.
        new = sorted((rows.item(item) for item in items), key=book.key)
        if not new:
            return {}
        insert = self._insert(book.table).on_conflict_do_nothing()
        if connection.execute(insert, new).rowcount == len(new):  # none was written before
            return {book.key(row): _recorded(row["run_id"], row["outcome"]) for row in new}
        references: dict[str, list[str]] = {}
        for row in new:
            owner, reference = book.key(row)
            references.setdefault(owner, []).append(reference)
        return {
            (owner, reference): recorded
            for owner, wanted in references.items()
            for reference, recorded in _standing(connection, book, owner, wanted).items()
        }

    def _write_baselines(
        self, connection: sa.Connection, claims: Iterable[benefit.Claim | None]
    ) -> None:
        """Write the baselines that are claimed, before what refers to them."""
        new = {claim.baseline.key: claim.baseline for claim in claims if claim is not None}
        ordered = [rows.baseline(new[key]) for key in sorted(new)]
        if ordered:
            statement = self._insert(schema.baselines).on_conflict_do_nothing()
            connection.execute(statement, ordered)

    def _write_plan(self, connection: sa.Connection, plan: entries.Plan) -> None:
        """Write the plan, if it says another thing than the job's plan of that day.

        A job that was deleted and applied again has another uid, and goes on with its plan.
        """
        columns = schema.plans.c
        row = rows.plan(plan)
        of_job = columns.namespace == plan.namespace, columns.job == plan.job
        query = (
            sa.select(schema.plans)
            .where(*of_job, columns.valid_from <= plan.valid_from)
            .order_by(columns.valid_from.desc(), columns.job_uid.desc())
            .limit(1)
        )
        known = connection.execute(query).mappings().first()
        if known is None:
            same = plan.hours_per_year is None
        else:
            same = {**known, "job_uid": plan.job_uid, "valid_from": plan.valid_from} == row
        if not same:
            of_day = columns.valid_from == plan.valid_from
            connection.execute(sa.delete(schema.plans).where(*of_job, of_day))
            statement = self._insert(schema.plans)
            key = [columns.job_uid, columns.valid_from]
            connection.execute(statement.on_conflict_do_update(index_elements=key, set_=row), [row])

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        with errors.translated(self._place), self._engine.begin() as connection:
            yield connection

    def _snapshot(self) -> AbstractContextManager[sa.Connection]:
        if self._engine.dialect.name == "sqlite":  # a transaction of its sees one state anyhow
            return self._engine.begin()
        return self._engine.execution_options(isolation_level="REPEATABLE READ").begin()

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        with errors.translated(self._place), database.writing(self._engine).begin() as connection:
            yield connection


_ONE = sa.bindparam("one", type_=sa.String)


@functools.cache
def _savings_of_run() -> sa.Select[Any]:
    """Made once: to make it takes longer than the database takes to run it."""
    return figures.savings(Scope(run_id=_ONE))


@functools.cache
def _savings_of_job() -> sa.Select[Any]:
    """Made once, as that of a run."""
    return figures.savings(Scope(job_uid=_ONE))


@dataclass(frozen=True, slots=True)
class _Book:
    """A table of items, and whose references they are."""

    table: sa.Table
    owner: str
    trial: bool

    def key(self, row: dict[str, object]) -> tuple[str, str]:
        """The row's primary key."""
        return str(row[self.owner]), str(row["reference"])


_REAL = _Book(schema.items, "job_uid", trial=False)
_TRIAL = _Book(schema.trial_items, "run_id", trial=True)


def _standing(
    connection: sa.Connection, book: _Book, owner: str, references: Sequence[str]
) -> dict[str, entries.Recorded]:
    """What is written of the references of a job, or of a trial."""
    columns = book.table.c
    found: dict[str, entries.Recorded] = {}
    for start in range(0, len(references), _REFERENCES_PER_STATEMENT):
        chunk = references[start : start + _REFERENCES_PER_STATEMENT]
        query = sa.select(columns.reference, columns.run_id, columns.outcome).where(
            columns[book.owner] == owner, claims.among(connection, columns.reference, chunk)
        )
        for reference, run_id, outcome in connection.execute(query):
            found[reference] = _recorded(run_id, outcome)
    return found


def _recorded(run_id: object, outcome: object) -> entries.Recorded:
    return entries.Recorded(run_id=str(run_id), outcome=contract.Outcome(str(outcome)))
