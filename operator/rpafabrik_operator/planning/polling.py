"""Whether a digital worker's robots ask Temporal for work, keep up with it, and may go on. Pure."""

from collections.abc import Iterator
from datetime import datetime

from rpafabrik_api import health, resource
from rpafabrik_api.digitalworker import DigitalWorker
from rpafabrik_api.reasons import ConditionType, Reason
from rpafabrik_api.resource import ConditionStatus
from rpafabrik_operator.planning import world
from rpafabrik_operator.planning.conditions import Wanted, timestamp

TOLD = (ConditionType.POLLING, ConditionType.KEEPING_UP, ConditionType.CREDENTIAL_VALID)
"""The conditions that are judged here."""
_AWAY = "Temporal does not answer; it is tried again until it does"


def judged(
    worker: DigitalWorker, queue: world.Queue | world.Unknown, now: datetime
) -> Iterator[Wanted]:
    """The conditions of a pool of robots, by what its queue looks like."""
    yield _polling(worker, queue)
    yield _keeping_up(queue)
    if isinstance(queue, world.Queue) and queue.credential and queue.credential.expires:
        yield _credential(queue.credential.expires, now)


def known(queue: world.Queue | world.Unknown | None) -> tuple[ConditionType, ...]:
    """The conditions that such a queue tells of; others stay as they were told before."""
    match queue:
        case None:
            return ()
        case world.Queue(credential=world.Credential()):
            return TOLD
        case _:
            return ConditionType.POLLING, ConditionType.KEEPING_UP


def depends_on(queue: world.Queue) -> tuple[int, bool, bool, world.Credential | None]:
    """What of a queue the conditions depend on: they are written when it is another."""
    return queue.robots, queue.lost > 0, _is_old(queue), queue.credential


def _polling(worker: DigitalWorker, queue: world.Queue | world.Unknown) -> Wanted:
    wanted = worker.spec.replicas
    match queue:
        case _ if wanted == 0:
            status, reason = ConditionStatus.TRUE, Reason.SCALED_TO_ZERO
            message = "spec.replicas is 0: no robot asks for work"
        case world.Unknown.UNAVAILABLE:
            status, reason = ConditionStatus.UNKNOWN, Reason.TEMPORAL_UNAVAILABLE
            message = _AWAY
        case world.Queue(robots) if robots < wanted and queue.lost:
            status, reason = ConditionStatus.FALSE, Reason.HEARTBEAT_LOST
            message = (
                f"{robots} of {wanted} robots ask Temporal for work; others fell silent within the"
                " hour and without a word: see why their pods ended"
            )
        case world.Queue(robots) if robots < wanted:
            status, reason = ConditionStatus.FALSE, Reason.ROBOTS_MISSING
            message = f"{robots} of {wanted} robots ask Temporal for work; see the pods' logs"
        case _:
            status, reason = ConditionStatus.TRUE, Reason.ROBOTS_POLLING
            message = "every robot asks Temporal for work"
    return Wanted(ConditionType.POLLING, status, reason, message)


def _keeping_up(queue: world.Queue | world.Unknown) -> Wanted:
    kind = ConditionType.KEEPING_UP
    if isinstance(queue, world.Unknown):
        return Wanted(kind, ConditionStatus.UNKNOWN, Reason.TEMPORAL_UNAVAILABLE, _AWAY)
    if not _is_old(queue):
        return Wanted(kind, ConditionStatus.TRUE, Reason.KEEPS_UP)
    message = (
        f"work has waited for a robot for {health.BACKLOG_AT_MOST.seconds} seconds or more:"
        " the robots are stuck, or too few"
    )
    return Wanted(kind, ConditionStatus.FALSE, Reason.BACKLOG_OLD, message)


def _credential(expires: datetime, now: datetime) -> Wanted:
    kind, until = ConditionType.CREDENTIAL_VALID, timestamp(expires)
    if now < expires - health.EXPIRES_WITHIN:
        return Wanted(
            kind, ConditionStatus.TRUE, Reason.CREDENTIAL_VALID, f"it is valid until {until}"
        )
    message = f"the certificate is valid until {until}: renew it, restart the pods"
    return Wanted(kind, ConditionStatus.FALSE, Reason.CREDENTIAL_EXPIRES, message)


def _is_old(queue: world.Queue) -> bool:
    return queue.backlog_seconds > health.BACKLOG_AT_MOST.total_seconds()


def healthy(worker: DigitalWorker | None, queue: world.Queue) -> bool:
    """Whether all robots are there that should be; without a DigitalWorker, any robot is."""
    if worker is None:
        return queue.robots > 0
    ready = resource.condition(worker.status.conditions, ConditionType.READY)
    has_pods = ready is not None and ready.status == ConditionStatus.TRUE
    return has_pods and queue.robots >= worker.spec.replicas
