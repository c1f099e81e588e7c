"""What sums a resource up, and what it tells those who wait for it."""

import pytest

from rpafabrik_api.reasons import ConditionType, Reason
from rpafabrik_api.resource import ConditionStatus
from rpafabrik_operator.planning import conditions
from rpafabrik_operator.planning.conditions import Wanted


@pytest.mark.parametrize("status", [ConditionStatus.FALSE, ConditionStatus.UNKNOWN])
def test_resource_that_is_not_there_yet_says_that_more_will_come(status: ConditionStatus) -> None:
    main = Wanted(ConditionType.READY, status, Reason.PODS_NOT_READY, "0 of 2")

    told = conditions.standing(main)

    more = Wanted(ConditionType.RECONCILING, ConditionStatus.TRUE, Reason.PODS_NOT_READY, "0 of 2")
    assert told == (main, more)


def test_resource_that_waits_for_somebody_says_so() -> None:
    main = Wanted(ConditionType.READY, ConditionStatus.FALSE, Reason.NAME_TAKEN, "taken")

    told = conditions.standing(main, stalled=True)

    stands = Wanted(ConditionType.STALLED, ConditionStatus.TRUE, Reason.NAME_TAKEN, "taken")
    assert told == (main, stands)


def test_resource_that_is_as_declared_says_no_more() -> None:
    main = Wanted(ConditionType.READY, ConditionStatus.TRUE, Reason.PODS_READY)

    assert conditions.standing(main) == (main,)
