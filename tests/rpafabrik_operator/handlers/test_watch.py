"""Watch events: what makes the operator look, and what does not."""

from typing import Any

import pytest

from rpafabrik_api import names
from rpafabrik_operator.gateways.cache import Cache
from rpafabrik_operator.handlers.watch import Watch, cause
from rpafabrik_operator.reconcile.ports import Key
from support import examples

KEY = ("WorkerJob", "ekonomi", "avstamning")
HOLD = {names.HOLD_ANNOTATION: "driften: stopp"}
RAN = {"workflowId": "workerjob/1", "completionTime": "2026-01-07T06:00:00Z"}


class Listener:
    """A watch, and what it asks for."""

    def __init__(self) -> None:
        self.planned: list[Key] = []
        self.dropped: list[Key] = []
        self.cache = Cache()
        self.watch = Watch(self.cache, self.planned.append, self.dropped.append)

    def hear(self, kind: str | None, body: dict[str, Any]) -> None:
        self.watch.notice({"type": kind, "object": body})


@pytest.mark.parametrize("kind", [None, "ADDED"])
def test_object_that_is_new_to_the_operator_is_looked_at(kind: str | None) -> None:
    listener = Listener()

    listener.hear(kind, body(1))

    assert listener.planned == [KEY]


@pytest.mark.parametrize(
    "change",
    [
        {"metadata__generation": 2},
        {"metadata__annotations": HOLD},
        {"metadata__deletionTimestamp": "2026-01-07T06:00:00Z"},
        {"metadata__uid": "made-again"},
        {"status": {"lastRun": RAN}},
    ],
)
def test_change_that_matters_is_looked_at(change: dict[str, Any]) -> None:
    listener = Listener()
    listener.hear("ADDED", body(1))

    listener.hear("MODIFIED", body(2, **change))

    assert listener.planned == [KEY, KEY]


@pytest.mark.parametrize(
    "change",
    [
        {"metadata__finalizers": [names.FINALIZER]},
        {"metadata__labels": {"team": "ekonomi"}},
        {"metadata__annotations": {"example.org/note": "x"}},
        {"status": {"nextRunTime": "2026-01-08T06:00:00Z"}},
        {"status": {"lastRun": {"workflowId": "workerjob/1"}}},
    ],
)
def test_change_that_nobody_decided_is_only_remembered(change: dict[str, Any]) -> None:
    listener = Listener()
    listener.hear("ADDED", body(1))

    listener.hear("MODIFIED", body(2, **change))

    assert listener.planned == [KEY]
    seen = listener.cache.get(KEY)
    assert seen is not None
    assert seen.version == 2


def test_object_that_is_gone_is_forgotten() -> None:
    listener = Listener()
    listener.hear("ADDED", body(1))

    listener.hear("DELETED", body(2))

    assert listener.dropped == [KEY]
    assert listener.cache.get(KEY) is None


def test_end_of_a_predecessor_takes_nothing_from_its_successor() -> None:
    listener = Listener()
    listener.hear("ADDED", body(1))
    listener.hear("ADDED", body(5, metadata__uid="made-again"))

    listener.hear("DELETED", body(4))

    assert listener.dropped == []
    seen = listener.cache.get(KEY)
    assert seen is not None
    assert seen.uid == "made-again"


def body(version: int, **changes: Any) -> dict[str, Any]:
    made = examples.changed(examples.JOB, **changes)
    made["metadata"]["resourceVersion"] = str(version)
    return made


def test_the_cause_of_an_end_is_told_in_one_line() -> None:
    group = ExceptionGroup("tasks", [ExceptionGroup("more", [OSError("address in use")])])

    assert cause(group) == "nothing can be watched any more: OSError: address in use"
