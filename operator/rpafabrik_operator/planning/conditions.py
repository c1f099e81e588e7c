"""Conditions as the API conventions ask: a transition time moves only with the status.

And as tools ask that wait for kinds they know nothing of (Flux, by the rules of kstatus): a
resource that is not as declared yet says `Reconciling`, or else `Stalled`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from rpafabrik_api import resource
from rpafabrik_api.reasons import ConditionType, Reason
from rpafabrik_api.resource import Condition, ConditionStatus

_MAXIMUM_MESSAGE = 2_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """A condition without its bookkeeping."""

    type: ConditionType
    status: ConditionStatus
    reason: Reason
    message: str = ""


def timestamp(moment: datetime) -> str:
    """A point in time, as Kubernetes writes it."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def standing(main: Wanted, *, stalled: bool = False) -> tuple[Wanted, ...]:
    """The condition that sums up the resource, and whether more will come of it by itself."""
    if stalled:
        return main, replace(main, type=ConditionType.STALLED, status=ConditionStatus.TRUE)
    if main.status != ConditionStatus.TRUE:
        return main, replace(main, type=ConditionType.RECONCILING, status=ConditionStatus.TRUE)
    return (main,)


def settle(
    wanted: Iterable[Wanted], before: Iterable[Condition], generation: int, now: datetime
) -> tuple[Condition, ...]:
    """The conditions to report; one that keeps its status keeps its transition time."""
    before = tuple(before)
    settled = []
    for one in wanted:
        old = resource.condition(before, one.type)
        kept = old is not None and old.status == one.status
        settled.append(
            Condition(
                type=one.type,
                status=one.status,
                observed_generation=generation,
                last_transition_time=old.last_transition_time if old and kept else now,
                reason=one.reason,
                message=one.message[:_MAXIMUM_MESSAGE],
            )
        )
    return tuple(settled)
