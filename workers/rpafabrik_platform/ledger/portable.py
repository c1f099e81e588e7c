"""SQL that SQLite and PostgreSQL say in different words. Each word has the same value in both."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class month_of(FunctionElement[str]):  # noqa: N801 # it reads as an SQL function
    """The month of a date: 2026-03."""

    type = sa.String(7)
    inherit_cache = True


class day_number(FunctionElement[int]):  # noqa: N801 # see above
    """The date as a number of days, `date.toordinal` of Python."""

    type = sa.Integer()
    inherit_cache = True


class seconds_between(FunctionElement[int]):  # noqa: N801 # see above
    """Whole seconds from the first point in time to the second."""

    type = sa.BigInteger()
    inherit_cache = True


@compiles(month_of, "sqlite")
def _(element: Any, compiler: Any, **more: Any) -> str:
    return f"substr({compiler.process(element.clauses, **more)}, 1, 7)"


@compiles(month_of, "postgresql")
def _(element: Any, compiler: Any, **more: Any) -> str:
    return f"to_char({compiler.process(element.clauses, **more)}, 'YYYY-MM')"


@compiles(day_number, "sqlite")
def _(element: Any, compiler: Any, **more: Any) -> str:
    # The Julian day begins at noon, and that of 1 January of the year 1 is 1721426.
    return f"CAST(julianday({compiler.process(element.clauses, **more)}) - 1721424.5 AS INTEGER)"


@compiles(day_number, "postgresql")
def _(element: Any, compiler: Any, **more: Any) -> str:
    return f"({compiler.process(element.clauses, **more)} - DATE '0001-01-01' + 1)"


@compiles(seconds_between, "sqlite")
def _(element: Any, compiler: Any, **more: Any) -> str:
    first, second = (compiler.process(one, **more) for one in element.clauses)
    return f"(CAST(strftime('%s', {second}) AS INTEGER) - CAST(strftime('%s', {first}) AS INTEGER))"


@compiles(seconds_between, "postgresql")
def _(element: Any, compiler: Any, **more: Any) -> str:
    first, second = (compiler.process(one, **more) for one in element.clauses)
    return (
        f"CAST(floor(extract(epoch FROM {second})) - floor(extract(epoch FROM {first})) AS BIGINT)"
    )
