"""What all jobs need, as far as it is known: what nobody could see is not called well."""

from dataclasses import replace

import pytest

from rpafabrik_cli.status import facts, systems, view
from rpafabrik_cli.status.view import Level

from . import factory
from .factory import HOUR, NOW, condition

LEASE = facts.Lease(
    namespace="rpafabrik", name="rpafabrik-operator", holder="pod-1", renewed=NOW - HOUR / 3600
)
AWAY = condition("Ready", "Unknown", "TemporalUnavailable")


def named(name: str, seen: facts.Facts) -> view.System:
    (row,) = (one for one in systems.views(seen) if one.name == name)
    return row


def names(seen: facts.Facts) -> list[tuple[str, str]]:
    return [(one.name, one.state) for one in systems.views(seen)]


def test_what_was_asked_and_answered_is_well() -> None:
    seen = factory.seen(
        factory.job(), temporal=factory.temporal(), ledger=facts.Ledger(), leases=(LEASE,)
    )

    assert names(seen) == [
        ("Temporal", "Answers"),
        ("Platform", "Answers"),
        ("Ledger", "Answers"),
        ("Operator rpafabrik/rpafabrik-operator", "Leads"),
    ]


def test_what_was_not_asked_is_known_from_what_the_operator_says() -> None:
    assert names(factory.seen(factory.job(), leases=())) == [
        ("Temporal", "Answers"),
        ("Operator", "Unknown"),
    ]


def test_of_an_empty_cluster_nothing_is_said_that_nobody_knows() -> None:
    assert names(factory.seen()) == [("Operator", "Unknown")]


def test_that_leases_may_not_be_seen_is_no_trouble() -> None:
    row = named("Operator", factory.seen(leases=None))

    assert (row.level, row.message) == (
        Level.WELL,
        "you may not list leases, so who leads is not told",
    )


def test_a_temporal_that_does_not_answer_is_unwell_and_says_why() -> None:
    away = factory.temporal(away="connection refused", polls={})
    row = named("Temporal", factory.seen(temporal=away))

    assert (row.level, row.troubles[0].message) == (
        Level.UNWELL,
        "temporal:7233 does not answer: connection refused",
    )


def test_a_temporal_that_does_not_answer_the_operator_is_unwell_since_then() -> None:
    row = named("Temporal", factory.seen(factory.job(AWAY), leases=(LEASE,)))

    (trouble,) = row.troubles
    assert (trouble.level, trouble.since) == (Level.UNWELL, NOW - 3 * HOUR)


@pytest.mark.parametrize("polls", [(), (NOW - HOUR,)])
def test_a_platform_that_asks_for_no_work_is_unwell(polls: tuple[object, ...]) -> None:
    silent = factory.temporal(polls={"rpafabrik-platform": polls})

    assert named("Platform", factory.seen(temporal=silent)).level == Level.UNWELL


def test_a_ledger_that_does_not_answer_is_unwell() -> None:
    row = named("Ledger", factory.seen(ledger=facts.Ledger(away="ledger db:5432/x: refused")))

    assert (row.level, row.troubles[0].message) == (Level.UNWELL, "ledger db:5432/x: refused")


@pytest.mark.parametrize(
    "lease",
    [
        replace(LEASE, holder=""),
        replace(LEASE, renewed=None),
        replace(LEASE, renewed=NOW - HOUR),
    ],
)
def test_without_a_leader_the_operator_is_unwell(lease: facts.Lease) -> None:
    row = named("Operator rpafabrik/rpafabrik-operator", factory.seen(leases=(lease,)))

    (trouble,) = row.troubles
    assert (trouble.level, trouble.reason, trouble.since) == (
        Level.UNWELL,
        "NoLeader",
        lease.renewed,
    )


def test_an_operator_that_is_gone_beside_another_that_leads_is_no_alarm() -> None:
    gone = replace(LEASE, namespace="annan", holder="")
    seen = factory.seen(leases=(LEASE, gone))

    assert named("Operator annan/rpafabrik-operator", seen).level == Level.ATTENTION


def test_a_resource_that_cannot_be_read_is_named() -> None:
    unread = facts.Unreadable(
        kind="WorkerJob", namespace="ekonomi", name="ny", because="spec.stage: must be Pilot"
    )
    seen = factory.seen(leases=(LEASE,))
    seen = replace(seen, resources=replace(seen.resources, unreadable=(unread,)))

    row = named("WorkerJob ekonomi/ny", seen)

    assert (row.level, row.troubles[0].message) == (Level.UNWELL, "spec.stage: must be Pilot")


def test_on_a_laptop_there_is_no_operator_and_what_has_ended_is_no_alarm() -> None:
    resting = replace(factory.LAPTOP, running=False)
    seen = factory.seen(factory.job(), laptop=resting, ledger=facts.Ledger())

    assert names(seen) == [("rpafabrik dev", "Stopped"), ("Ledger", "Answers")]
    assert named("rpafabrik dev", seen).level == Level.ATTENTION
