"""The health of a factory, from what was seen of it. Pure: no call, no clock."""

from collections.abc import Iterable
from typing import TypeVar

from rpafabrik_cli.status import jobs, robots, runs, systems, view
from rpafabrik_cli.status.facts import Facts

_AnyRow = TypeVar("_AnyRow", bound=view.Row)


def of(facts: Facts) -> view.Health:
    """Judge everything."""
    return view.Health(
        now=facts.now,
        where=facts.where,
        systems=tuple(sorted(systems.views(facts), key=lambda row: row.level)),
        robots=_ordered(robots.views(facts)),
        jobs=_ordered(jobs.views(facts)),
        runs=_ordered(runs.views(facts)),
    )


def _ordered(rows: Iterable[_AnyRow]) -> tuple[_AnyRow, ...]:
    return tuple(sorted(rows, key=lambda row: (row.level, row.namespace, row.name)))
