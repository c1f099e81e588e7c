"""Whether a digital worker's robots ask Temporal for work. Pure."""

from rpafabrik_api import resource
from rpafabrik_api.digitalworker import DigitalWorker
from rpafabrik_api.reasons import ConditionType, Reason
from rpafabrik_api.resource import ConditionStatus
from rpafabrik_operator.planning import world
from rpafabrik_operator.planning.conditions import Wanted


def condition(worker: DigitalWorker, queue: world.Queue | world.Unknown) -> Wanted:
    """The condition of a pool of robots, by what its queue looks like."""
    wanted = worker.spec.replicas
    match queue:
        case _ if wanted == 0:
            status, reason = ConditionStatus.TRUE, Reason.SCALED_TO_ZERO
            message = "spec.replicas is 0: no robot asks for work"
        case world.Unknown.UNAVAILABLE:
            status, reason = ConditionStatus.UNKNOWN, Reason.TEMPORAL_UNAVAILABLE
            message = "Temporal does not answer; it is tried again until it does"
        case world.Queue(robots) if robots < wanted:
            status, reason = ConditionStatus.FALSE, Reason.ROBOTS_MISSING
            message = f"{robots} of {wanted} robots ask Temporal for work; see the pods' logs"
        case _:
            status, reason = ConditionStatus.TRUE, Reason.ROBOTS_POLLING
            message = "every robot asks Temporal for work"
    return Wanted(ConditionType.POLLING, status, reason, message)


def healthy(worker: DigitalWorker | None, queue: world.Queue) -> bool:
    """Whether all robots are there that should be; without a DigitalWorker, any robot is."""
    if worker is None:
        return queue.robots > 0
    ready = resource.condition(worker.status.conditions, ConditionType.READY)
    has_pods = ready is not None and ready.status == ConditionStatus.TRUE
    return has_pods and queue.robots >= worker.spec.replicas
