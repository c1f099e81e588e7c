"""The lines of a report as columns of SQL: what tells them apart, and how a figure is rounded."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from rpafabrik_platform.ledger.scope import Scope


class Dimension(StrEnum):
    """What a report has a line for each of."""

    DEPARTMENT = "department"
    JOB = "job"
    MONTH = "month"
    CLASS = "class"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a report is of."""

    by: tuple[Dimension, ...]
    scope: Scope
    first: date
    """Plans count from here; the ledger begins here, or the report."""
    last: date


def by(question: Question, columns: Any, month: Any) -> list[sa.Label[Any]]:
    """The columns that tell a report's lines apart."""
    told = {
        Dimension.DEPARTMENT: [columns.department.label("department")],
        Dimension.JOB: [columns.namespace.label("namespace"), columns.job.label("job")],
        Dimension.MONTH: [month.label("month")],
        Dimension.CLASS: [columns.benefit_class.label("class")],
    }
    return [column for dimension in question.by for column in told[dimension]]


def in_all(column: sa.ColumnElement[Any], lines: list[sa.Label[Any]]) -> sa.ColumnElement[Any]:
    """The sum over all rows of a report's line."""
    return sa.func.sum(column).over(partition_by=[label.element for label in lines])


def hours(seconds: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Hours with one decimal."""
    return sa.func.round(numeric(seconds / 3600), 1)


def numeric(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """PostgreSQL rounds a numeric to so many decimals, and no other number."""
    return sa.cast(column, sa.Numeric)
