"""What was planned and what came true, by department, job and month: statements of a report."""

import calendar
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from rpafabrik_platform.ledger import lines, portable, schema
from rpafabrik_platform.ledger.figures import total

_FOR_EVER = date.max.toordinal()


def planned(question: lines.Question) -> sa.Select[Any]:
    """The hours per year of each plan, by the days that it was in force."""
    plans = schema.plans.c
    begins = portable.day_number(plans.valid_from)
    # By the name: a job that was deleted and applied again has another uid, and is promised once.
    following = sa.func.lead(begins).over(
        partition_by=(plans.namespace, plans.job), order_by=(plans.valid_from, plans.job_uid)
    )
    plan = sa.select(
        schema.plans,
        begins.label("begins"),
        sa.func.coalesce(following, _FOR_EVER).label("ends"),
    ).cte("plan")
    month = _months(question)
    by = lines.by(question, plan.c, month.c.month)
    from_day = sa.case((plan.c.begins > month.c.begins, plan.c.begins), else_=month.c.begins)
    to_day = sa.case((plan.c.ends < month.c.ends, plan.c.ends), else_=month.c.ends)
    rests_on = plan.c.hours_per_year, month.c.days_in_year
    days = total(to_day - from_day)
    hours = lines.in_all(1.0 * days * plan.c.hours_per_year / month.c.days_in_year, by)
    return (
        sa.select(
            *by,
            *rests_on,
            days.label("days"),
            sa.func.round(lines.numeric(hours), 1).label("planned_hours"),
        )
        .select_from(
            plan.join(month, (plan.c.begins < month.c.ends) & (plan.c.ends > month.c.begins))
        )
        .where(plan.c.hours_per_year.is_not(None), *question.scope.of_jobs(plan.c))
        .group_by(*by, *rests_on)
    )


def _months(question: lines.Question) -> sa.CTE:
    """The months of the report: first day, the day after the last, and the days of the year."""
    columns = (
        sa.column("month", sa.String),
        sa.column("begins", sa.Integer),
        sa.column("ends", sa.Integer),
        sa.column("days_in_year", sa.Integer),
    )
    return sa.values(*columns, name="months").data(list(_month_rows(question))).cte("months")


def _month_rows(question: lines.Question) -> Iterator[tuple[str, int, int, int]]:
    day, after = question.first, question.last + timedelta(days=1)
    while True:
        following = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        ends = min(following, after)
        days_in_year = 366 if calendar.isleap(day.year) else 365
        yield f"{day:%Y-%m}", day.toordinal(), ends.toordinal(), days_in_year
        if following >= after:
            return
        day = following


def realised(question: lines.Question) -> sa.Select[Any]:
    """What people entered, by the month that they entered it for."""
    columns, scope = schema.realised.c, question.scope
    by = lines.by(question, columns, portable.month_of(columns.month))
    seconds = total(columns.seconds)
    return (
        sa.select(
            *by,
            sa.func.count().label("entries"),
            seconds.label("seconds"),
            lines.hours(1.0 * seconds).label("realised_hours"),
        )
        .where(*scope.of_jobs(columns), *scope.of_days(columns.month))
        .group_by(*by)
    )
