"""The statements of a report, executed on one state of the ledger, and shown as they were."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from rpafabrik_platform.ledger import questions, schema
from rpafabrik_platform.ledger.lines import Dimension, Question
from rpafabrik_platform.ledger.scope import Scope

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the ledger says."""

    question: Question
    rows: Mapping[str, Sequence[Row]]
    """By the names of `questions.statements`."""
    sql: Mapping[str, str]
    """The same statements as text, values and all: to be run in psql or sqlite3."""


def answers(
    connection: sa.Connection, by: tuple[Dimension, ...], scope: Scope, today: date
) -> Answers:
    """Ask what a report needs; without a last day, until today."""
    first = scope.first or _beginning(connection) or today
    last = max(first, scope.last or today)
    question = Question(by=by, scope=scope, first=first, last=last)
    asked = questions.statements(question)
    return Answers(
        question=question,
        rows={
            name: [dict(row) for row in connection.execute(statement).mappings()]
            for name, statement in asked.items()
        },
        sql={name: _text(connection, statement) for name, statement in asked.items()},
    )


def _beginning(connection: sa.Connection) -> date | None:
    """The first day that the ledger knows of."""
    planned, ended = schema.plans.c.valid_from, schema.runs.c.completed_on
    days = [connection.scalar(sa.select(sa.func.min(day))) for day in (planned, ended)]
    return min((day for day in days if day is not None), default=None)


def _text(connection: sa.Connection, statement: questions.Statement) -> str:
    dialects = {"sqlite": sqlite.dialect, "postgresql": postgresql.dialect}
    # A driver's own placeholders would have every '%' written twice.
    dialect = dialects[connection.dialect.name](paramstyle="named")
    return str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
