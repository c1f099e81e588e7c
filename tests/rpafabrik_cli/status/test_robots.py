"""How a digital worker is judged: its pods, and whether anybody asks for work on its queue."""

from typing import Any

import pytest

from rpafabrik_cli.status import robots, view
from rpafabrik_cli.status.view import Level
from support import examples

from . import factory
from .factory import HOUR, NOW, condition

QUEUE = "rpafabrik-worker/ekonomi/ekonomi"
PODS = "kubectl get pods -n ekonomi -l rpafabrik.dev/digital-worker=ekonomi"
ALL_READY = condition("Ready", "True", "PodsReady", "2 of 2 pods are ready")


def worker(*conditions: dict[str, Any], ready: int = 2, **changes: Any) -> Any:
    status = {"conditions": [*conditions], "replicas": 2, "readyReplicas": ready}
    return examples.worker(status=status, **changes)


def judged(*jobs: Any, workers: tuple[Any, ...] = (), **changes: Any) -> view.Robot:
    (row,) = robots.views(factory.seen(*jobs, workers=workers, **changes))
    return row


def test_a_worker_that_is_well_tells_its_pods_and_how_many_ask_for_work() -> None:
    row = judged(factory.job(), workers=(worker(ALL_READY),), temporal=factory.temporal())

    assert row == view.Robot(
        name="ekonomi",
        namespace="ekonomi",
        state="Ready",
        ready=2,
        wanted=2,
        polling=2,
        answers=True,
    )


def test_without_temporal_the_operators_word_is_taken() -> None:
    row = judged(factory.job(), workers=(worker(ALL_READY),))

    assert (row.state, row.polling, row.answers) == ("Ready", None, True)


def test_of_a_worker_that_no_job_names_only_the_pods_are_known_without_temporal() -> None:
    row = judged(workers=(worker(ALL_READY),))

    assert (row.state, row.ready, row.polling, row.answers) == ("Ready", 2, None, None)


MISSING = condition("Polling", "False", "RobotsMissing", "1 of 2 robots ask Temporal for work")


def test_robots_that_the_operator_misses_are_told() -> None:
    row = judged(factory.job(), workers=(worker(ALL_READY, MISSING),))

    (trouble,) = row.troubles
    assert (trouble.level, trouble.reason) == (Level.UNWELL, "RobotsMissing")
    assert (trouble.since, trouble.remedy) == (NOW - 3 * HOUR, PODS)


def test_robots_that_have_come_back_are_seen_in_temporal_first() -> None:
    row = judged(factory.job(), workers=(worker(ALL_READY, MISSING),), temporal=factory.temporal())

    assert row.level == Level.WELL


BEHIND = condition("KeepingUp", "False", "BacklogOld", "work has waited for a robot")
EXPIRES = condition("CredentialValid", "False", "CredentialExpires", "renew it")


@pytest.mark.parametrize("told", [BEHIND, EXPIRES], ids=lambda told: told["type"])
def test_robots_that_do_not_keep_up_or_soon_may_not_go_on_are_told(told: dict[str, Any]) -> None:
    row = judged(factory.job(), workers=(worker(ALL_READY, told),), temporal=factory.temporal())

    (trouble,) = row.troubles
    assert (row.level, row.state) == (Level.UNWELL, told["reason"])
    assert (trouble.message, trouble.since) == (told["message"], NOW - 3 * HOUR)
    assert trouble.remedy == PODS


def test_a_worker_whose_pods_do_not_come_up_is_unwell() -> None:
    told = condition("Ready", "False", "PodsNotReady", "1 of 2 pods are ready: no room")
    row = judged(factory.job(), workers=(worker(told, ready=1),))

    (trouble,) = row.troubles
    assert (trouble.level, trouble.message) == (Level.UNWELL, "1 of 2 pods are ready: no room")
    assert (trouble.since, trouble.remedy) == (NOW - 3 * HOUR, PODS)


def test_pods_that_have_just_been_asked_for_are_no_alarm() -> None:
    told = condition("Ready", "False", "PodsNotReady")
    told["lastTransitionTime"] = (NOW - HOUR / 60).isoformat()

    assert judged(workers=(worker(told, ready=0),)).level == Level.ATTENTION


def test_a_worker_without_replicas_is_told_and_its_silence_is_not() -> None:
    told = condition("Ready", "True", "ScaledToZero", "spec.replicas is 0")
    row = judged(
        factory.job(factory.SILENT),
        workers=(worker(told, ready=0, spec__replicas=0),),
        temporal=factory.temporal(polls={}),
    )

    assert [(one.level, one.reason) for one in row.troubles] == [(Level.ATTENTION, "ScaledToZero")]


def test_a_queue_that_nobody_asks_is_unwell_however_many_pods_are_ready() -> None:
    row = judged(
        factory.job(), workers=(worker(ALL_READY),), temporal=factory.temporal(polls={QUEUE: ()})
    )

    (trouble,) = row.troubles
    assert (trouble.level, trouble.reason) == (Level.UNWELL, "Silent")
    assert trouble.message == f"nobody asks for work on {QUEUE}"


@pytest.mark.parametrize(
    ("answered", "level"), [(factory.ANSWERS, Level.ATTENTION), (factory.SILENT, Level.UNWELL)]
)
def test_robots_that_have_not_asked_for_a_while_may_be_busy_unless_they_did_not_answer(
    answered: dict[str, Any], level: Level
) -> None:
    asked = NOW - HOUR / 15
    row = judged(factory.job(answered), temporal=factory.temporal(polls={QUEUE: (asked,)}))

    (trouble,) = row.troubles
    assert (trouble.level, trouble.since, row.polling) == (level, asked, 0)


def test_a_worker_that_did_not_answer_the_operator_is_unwell_without_temporal() -> None:
    row = judged(factory.job(factory.SILENT))

    (trouble,) = row.troubles
    assert (trouble.level, trouble.since, trouble.remedy) == (Level.UNWELL, NOW - 3 * HOUR, PODS)


def test_a_worker_that_asks_again_is_well_before_the_operator_has_noticed() -> None:
    row = judged(factory.job(factory.SILENT), temporal=factory.temporal())

    assert row.level == Level.WELL


def test_when_temporal_is_away_the_robots_are_as_the_operator_said() -> None:
    row = judged(factory.job(), temporal=factory.temporal(away="refused", polls={}))

    assert (row.level, row.polling) == (Level.WELL, None)


def test_a_worker_of_retired_jobs_alone_is_not_missed() -> None:
    assert robots.views(factory.seen(factory.job(spec__stage="Retired"))) == ()


def test_of_a_worker_on_a_laptop_that_has_not_answered_yet_nothing_is_known() -> None:
    row = judged(workers=(worker(),), laptop=factory.LAPTOP)

    assert (row.state, row.level) == ("Unknown", Level.WELL)


def test_on_a_laptop_robots_have_no_pods_and_their_log_tells_more() -> None:
    row = judged(
        factory.job(),
        workers=(worker(),),
        temporal=factory.temporal(polls={QUEUE: ()}),
        laptop=factory.LAPTOP,
    )

    (trouble,) = row.troubles
    assert (row.ready, row.wanted) == (None, None)
    assert trouble.remedy == "see .rpafabrik/dev/logs/worker-ekonomi-ekonomi.log"
