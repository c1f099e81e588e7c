"""How each digital worker is, and why. Pure."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from rpafabrik_api import names, resource
from rpafabrik_api.digitalworker import DigitalWorker
from rpafabrik_api.reasons import ConditionType, Reason
from rpafabrik_api.resource import ConditionStatus
from rpafabrik_api.workerjob import Stage, WorkerJob
from rpafabrik_cli.status import jobs, remedies, view
from rpafabrik_cli.status.facts import Facts
from rpafabrik_cli.status.view import Level, Trouble

POLLS_WITHIN = timedelta(seconds=90)
"""Who is not busy asks for work at least once a minute."""

_DECLARED = (Reason.SCALED_TO_ZERO, Reason.NAME_TAKEN, Reason.REJECTED)
"""What lies in the resource and not in its pods."""

_Key = tuple[str, str]


def views(facts: Facts) -> tuple[view.Robot, ...]:
    """A row for each digital worker that is declared, or that a job names."""
    declared = {(one.metadata.namespace, one.metadata.name): one for one in facts.resources.workers}
    asked: dict[_Key, list[WorkerJob]] = {key: [] for key in declared}
    for job in facts.resources.jobs:
        if job.spec.stage != Stage.RETIRED:
            key = (job.metadata.namespace, job.spec.worker_ref.name)
            asked.setdefault(key, []).append(job)
    return tuple(_view(key, declared.get(key), using, facts) for key, using in asked.items())


def queues(facts: Facts) -> tuple[str, ...]:
    """The task queues of all of them."""
    return tuple(names.worker_queue(one.namespace, one.name) for one in views(facts))


def _view(
    key: _Key, worker: DigitalWorker | None, using: Iterable[WorkerJob], facts: Facts
) -> view.Robot:
    polls = _polls(key, facts)
    answered, since = _answered(using)
    # Where pods are missing, that nobody asks for work is no news.
    trouble = (
        _pods(key, worker, facts)
        or _silence(key, polls, (answered, since), facts)
        or _missing(key, worker, polls, facts)
    )
    troubles = view.worst(trouble, *_unwell(key, worker, facts))
    on_cluster = worker if facts.laptop is None else None
    state = "Ready" if answered or polls or on_cluster else "Unknown"
    return view.Robot(
        name=key[1],
        namespace=key[0],
        state=troubles[0].reason if troubles else state,
        level=view.level(troubles),
        troubles=troubles,
        ready=on_cluster.status.ready_replicas if on_cluster else None,
        wanted=on_cluster.spec.replicas if on_cluster else None,
        polling=None if polls is None else len(_fresh(polls, facts)),
        answers=answered,
    )


def _pods(key: _Key, worker: DigitalWorker | None, facts: Facts) -> Trouble | None:
    if worker is None or facts.laptop:
        return None
    ready = resource.condition(worker.status.conditions, ConditionType.READY)
    made = worker.metadata.creation_timestamp
    if ready is None:
        late = made is not None and facts.now - made > jobs.GRACE
        return Trouble(
            level=Level.UNWELL if late else Level.ATTENTION,
            reason=Reason.RECONCILING,
            message="no operator has looked at the digital worker",
            since=made,
            remedy=remedies.PLATFORM,
        )
    scaled_down = ready.reason == Reason.SCALED_TO_ZERO
    if ready.status == ConditionStatus.TRUE and not scaled_down:
        return None
    stalled = resource.condition(worker.status.conditions, ConditionType.STALLED)
    passing = stalled is None and facts.now - ready.last_transition_time < jobs.GRACE
    return Trouble(
        level=Level.ATTENTION if scaled_down or passing else Level.UNWELL,
        reason=ready.reason,
        message=ready.message,
        since=ready.last_transition_time,
        remedy=f"kubectl describe dw/{key[1]} -n {key[0]}"
        if ready.reason in _DECLARED
        else remedies.pods(*key),
    )


def _silence(
    key: _Key,
    polls: tuple[datetime, ...] | None,
    answered: tuple[bool | None, datetime | None],
    facts: Facts,
) -> Trouble | None:
    """Nobody asks for work: seen in Temporal if that was asked, else told by the operator."""
    answers, since = answered
    if (polls and _fresh(polls, facts)) or (polls is None and answers is not False):
        return None
    if facts.laptop and not facts.laptop.running:
        return None
    busy = bool(polls) and answers is not False
    message = f"nobody asks for work on {names.worker_queue(*key)}"
    return Trouble(
        level=Level.ATTENTION if busy else Level.UNWELL,
        reason="Silent",
        message=f"{message} just now: the robots are busy, or gone" if busy else message,
        since=max(polls) if polls else since if answers is False else None,
        remedy=remedies.of_worker(*key, facts.laptop),
    )


def _missing(
    key: _Key, worker: DigitalWorker | None, polls: tuple[datetime, ...] | None, facts: Facts
) -> Trouble | None:
    """Fewer robots ask for work than there should be, says the operator; Temporal knows better."""
    if worker is None or (polls and len(_fresh(polls, facts)) >= worker.spec.replicas):
        return None
    told = resource.condition(worker.status.conditions, ConditionType.POLLING)
    if told is None or told.status != ConditionStatus.FALSE:
        return None
    passing = facts.now - told.last_transition_time < jobs.GRACE
    return Trouble(
        level=Level.ATTENTION if passing else Level.UNWELL,
        reason=told.reason,
        message=told.message,
        since=told.last_transition_time,
        remedy=remedies.of_worker(*key, facts.laptop),
    )


def _unwell(key: _Key, worker: DigitalWorker | None, facts: Facts) -> Iterator[Trouble]:
    """What the operator tells of robots that do not keep up, or soon may not go on."""
    for kind in (ConditionType.KEEPING_UP, ConditionType.CREDENTIAL_VALID):
        told = resource.condition(worker.status.conditions, kind) if worker else None
        if told is not None and told.status == ConditionStatus.FALSE:
            yield Trouble(
                level=Level.UNWELL,
                reason=told.reason,
                message=told.message,
                since=told.last_transition_time,
                remedy=remedies.of_worker(*key, facts.laptop),
            )


def _polls(key: _Key, facts: Facts) -> tuple[datetime, ...] | None:
    """When each robot asked for work last; None: Temporal did not say."""
    if facts.temporal is None or facts.temporal.away:
        return None
    return facts.temporal.polls.get(names.worker_queue(*key), ())


def _fresh(polls: Iterable[datetime], facts: Facts) -> tuple[datetime, ...]:
    return tuple(one for one in polls if facts.now - one <= POLLS_WITHIN)


def _answered(using: Iterable[WorkerJob]) -> tuple[bool | None, datetime | None]:
    """Whether it answered the operator the last time that this asked, and since when."""
    kind = ConditionType.WORKER_AVAILABLE
    told = [resource.condition(job.status.conditions, kind) for job in using]
    known = [one for one in told if one is not None]
    if not known:
        return None, None
    answers = any(one.status == ConditionStatus.TRUE for one in known)
    return answers, min(one.last_transition_time for one in known)
