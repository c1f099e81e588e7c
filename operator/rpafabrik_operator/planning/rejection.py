"""What becomes of a plan when the API server refuses an object of it: somebody must act."""

from datetime import datetime

from rpafabrik_api.digitalworker import DigitalWorker
from rpafabrik_api.reasons import ConditionType, Reason
from rpafabrik_api.resource import ConditionStatus
from rpafabrik_operator.planning import conditions, plan
from rpafabrik_operator.planning.conditions import Wanted

_SUMMARY = (ConditionType.READY, ConditionType.RECONCILING, ConditionType.STALLED)


def make(worker: DigitalWorker, decided: plan.Plan, words: str, now: datetime) -> plan.Plan:
    """Tell what the API server said; all else that was decided to be told stands."""
    assert decided.status is not None  # noqa: S101 # whoever is to have objects is told of
    ready = Wanted(ConditionType.READY, ConditionStatus.FALSE, Reason.REJECTED, words)
    told = conditions.settle(
        conditions.standing(ready, stalled=True),
        worker.status.conditions,
        worker.metadata.generation,
        now,
    )
    others = (one for one in decided.status.conditions if one.type not in _SUMMARY)
    status = decided.status.model_copy(update={"conditions": (*told, *others)})
    return plan.Plan(outcome=plan.Stalled(Reason.REJECTED), status=status)
