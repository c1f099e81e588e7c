"""Tallies of closed runs: what makes a figure of a year cost no more than its runs."""

import functools
from collections.abc import Iterable

import sqlalchemy as sa

from rpafabrik_platform.ledger import figures, redone, schema

_runs = schema.runs.c
_RUN = "of_run"
"""The statement's parameter: a column's name would be its value."""


def concerned(connection: sa.Connection, run_id: str) -> list[str]:
    """The run, and those whose tallies another ending of it changes."""
    return [run_id, *connection.scalars(redone.sharing(run_id))]


def lock(connection: sa.Connection, run_ids: Iterable[str]) -> list[str]:
    """Have whoever else changes the runs wait; those of them that are closed.

    In one order, so that no two wait crosswise. By their ids alone: a run that another transaction
    is about to close is waited for, and is closed then.
    """
    closed: list[str] = []
    for run_id in sorted(set(run_ids)):
        found = sa.select(_runs.finished_at).where(_runs.run_id == run_id)
        if connection.scalar(found.with_for_update(key_share=True)) is not None:
            closed.append(run_id)
    return closed


def write(connection: sa.Connection, run_ids: Iterable[str]) -> None:
    """Count the items of each run that is closed, and forget what was counted before.

    A run that is reset and goes on is counted again when it closes again.
    """
    for run_id in lock(connection, run_ids):
        connection.execute(sa.delete(schema.tallies).where(schema.tallies.c.run_id == run_id))
        connection.execute(_counting(), {_RUN: run_id})


@functools.cache
def _counting() -> sa.Insert:
    """Made once: to make it takes longer than the database takes to run it."""
    columns = [column.name for column in schema.tallies.columns]
    counted = figures.tallies(sa.bindparam(_RUN, type_=sa.String))
    return sa.insert(schema.tallies).from_select(columns, counted)
