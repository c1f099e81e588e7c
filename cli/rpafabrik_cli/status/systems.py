"""How what all jobs need is, as far as it is known. Pure."""

from collections.abc import Iterator
from datetime import timedelta

from rpafabrik_api import names, resource
from rpafabrik_api.reasons import ConditionType, Reason
from rpafabrik_cli.status import remedies, robots
from rpafabrik_cli.status.facts import Facts, Lease, Temporal
from rpafabrik_cli.status.view import Level, System, Trouble

LEASE_HOLDS = timedelta(seconds=60)
"""A leader renews every 2 s, and clocks need not agree."""


def views(facts: Facts) -> tuple[System, ...]:
    """A row for each of them."""
    return (
        *_laptop(facts),
        *(_asked(facts.temporal, facts) if facts.temporal else _heard_of(facts)),
        *_ledger(facts),
        *_operators(facts),
        *_unreadable(facts),
    )


def _laptop(facts: Facts) -> Iterator[System]:
    if facts.laptop is None:
        return
    if facts.laptop.running:
        yield System(name="rpafabrik dev", state="Running", message=facts.laptop.state)
        return
    trouble = Trouble(
        level=Level.ATTENTION,
        reason="Stopped",
        message="it does not run; everything is told as it was when it ended",
        since=None,
        remedy=remedies.restart(facts.laptop),
    )
    yield _troubled("rpafabrik dev", trouble)


def _asked(temporal: Temporal, facts: Facts) -> Iterator[System]:
    log = f"see {facts.laptop.state}/logs" if facts.laptop else ""
    if temporal.away:
        message = f"{temporal.address} does not answer: {temporal.away}"
        remedy = log or "see that Temporal runs, and that --temporal-address leads to it"
        yield _troubled("Temporal", _unwell("Unavailable", message, remedy))
        return
    yield System(name="Temporal", state="Answers", message=temporal.address)
    polls = temporal.polls.get(names.PLATFORM_QUEUE, ())
    working = [one for one in polls if facts.now - one <= robots.POLLS_WITHIN]
    if working:
        yield System(name="Platform", state="Answers", message=f"asking for work: {len(working)}")
        return
    message = f"nobody asks for work on {names.PLATFORM_QUEUE}: runs stand still"
    yield _troubled("Platform", _unwell("Silent", message, log or remedies.PLATFORM))


def _heard_of(facts: Facts) -> Iterator[System]:
    """Temporal as the operator sees it, by what it says of the resources."""
    ready = [
        resource.condition(job.status.conditions, ConditionType.READY)
        for job in facts.resources.jobs
    ]
    known = [one for one in ready if one is not None]
    away = [one for one in known if one.reason == Reason.TEMPORAL_UNAVAILABLE]
    if away:
        trouble = Trouble(
            level=Level.UNWELL,
            reason="Unavailable",
            message="Temporal does not answer the operator",
            since=min(one.last_transition_time for one in away),
            remedy=remedies.PLATFORM,
        )
        yield _troubled("Temporal", trouble)
    elif known and facts.laptop is None:
        yield System(name="Temporal", state="Answers", message="as the operator says")


def _ledger(facts: Facts) -> Iterator[System]:
    if facts.ledger is None:
        return
    if facts.ledger.away:
        remedy = "see that its database runs, and that --ledger leads to it"
        yield _troubled("Ledger", _unwell("Unavailable", facts.ledger.away, remedy))
        return
    yield System(name="Ledger", state="Answers")


def _operators(facts: Facts) -> Iterator[System]:
    if facts.laptop:
        return
    if not facts.leases:
        why = "no lease was found" if facts.leases is not None else "you may not list leases"
        yield System(name="Operator", state="Unknown", message=f"{why}, so who leads is not told")
    leading = any(_leads(lease, facts) for lease in facts.leases or ())
    for lease in facts.leases or ():
        yield _operator(lease, facts, another=leading)


def _operator(lease: Lease, facts: Facts, *, another: bool) -> System:
    name = f"Operator {lease.namespace}/{lease.name}"
    if _leads(lease, facts):
        return System(name=name, state="Leads", message=lease.holder)
    trouble = Trouble(
        # Of several operators, each with namespaces of its own, one may be gone for good.
        level=Level.ATTENTION if another else Level.UNWELL,
        reason="NoLeader",
        message="no operator leads: what is applied has no effect",
        since=lease.renewed,
        remedy=f"kubectl get pods -n {lease.namespace} -l app.kubernetes.io/component=operator",
    )
    return _troubled(name, trouble)


def _leads(lease: Lease, facts: Facts) -> bool:
    renewed = lease.renewed
    return bool(lease.holder) and renewed is not None and facts.now - renewed <= LEASE_HOLDS


def _unreadable(facts: Facts) -> Iterator[System]:
    for one in facts.resources.unreadable:
        name = f"{one.kind} {one.namespace}/{one.name}"
        yield _troubled(
            name, _unwell("Unreadable", one.because, "use the rpafabrik that runs here")
        )


def _unwell(reason: str, message: str, remedy: str) -> Trouble:
    return Trouble(level=Level.UNWELL, reason=reason, message=message, since=None, remedy=remedy)


def _troubled(name: str, trouble: Trouble) -> System:
    return System(name=name, state=trouble.reason, level=trouble.level, troubles=(trouble,))
