"""Conditions as the API conventions ask: a transition time moves only with the status."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

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
