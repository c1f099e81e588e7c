"""A real Prometheus answers every query of every board, and two processes tell no figure twice."""

import time
from collections.abc import Iterator

import pytest
import yaml

from rpafabrik_dashboards import alerts, queries
from support import board_queries, monitoring, sample_factory
from support.monitoring import Monitoring
from support.prometheus_fixture import Watch

pytestmark = pytest.mark.server


@pytest.fixture
def watched(watch: Watch) -> Iterator[Monitoring]:
    with board_queries.watched_twice(watch, sample_factory.registry()) as server:
        yield server


def test_every_query_is_answered(watched: Monitoring) -> None:
    unanswered = {
        title: expression
        for title, expression in board_queries.every_query()
        if not board_queries.answered(watched, expression)
    }

    assert unanswered == {}


def test_two_processes_tell_no_figure_twice(watched: Monitoring) -> None:
    told = {
        title: board_queries.answered(watched, *board_queries.of(title))
        for title in (
            "Netto i år (timmar)",
            "Brutto i år (timmar)",
            "Planerat hittills i år (timmar)",
            "Realiserat i år (timmar)",
            "Robotar som inte är friska",
            "Missade körningar",
            "System som är borta",
        )
    }

    assert {title: round(value, 2) for title, ((_, value),) in told.items()} == {
        "Netto i år (timmar)": 3798.66,
        "Brutto i år (timmar)": 3956.94,
        "Planerat hittills i år (timmar)": 4005.0,
        "Realiserat i år (timmar)": 2280.0,
        "Robotar som inte är friska": 1,
        "Missade körningar": 1,
        "System som är borta": 1,
    }


def test_a_job_that_is_declared_no_more_goes_by_its_name(watched: Monitoring) -> None:
    gone = (
        'label_replace(label_replace(vector(7), "job", "gone", "", ""), "namespace", "a", "", "")'
    )

    told = board_queries.answered(watched, queries.titled(gone))

    assert told == [({"namespace": "a", "job": "gone", "title": "gone"}, 7)]


def test_the_list_of_what_is_unwell_says_what_and_why(watched: Monitoring) -> None:
    (expression,) = board_queries.of("Det här behöver någon ta hand om")
    expected = {
        ("RpafabrikRobotDead", "fastighet"),
        ("RpafabrikRunsFail", "lev-fakturor"),
        ("RpafabrikScheduleMissed", "lev-fakturor"),
        ("RpafabrikTargetSystemDown", "fakturaportal"),
        ("RpafabrikCredentialExpires", "temporal-client"),
    }

    named: dict[tuple[str, str], float] = {}
    for _ in range(60):
        found = watched.query(expression)
        named = {(labels["action"], labels["what"]): value for labels, value in found}
        if expected <= named.keys():
            break
        time.sleep(0.5)

    assert expected <= named.keys()
    assert [one for one, since in named.items() if not 0 < since / 1000 <= time.time()] == []


def test_the_board_has_words_for_every_alert_and_knows_what_is_recorded() -> None:
    read = [yaml.safe_load(path.read_text("utf-8")) for path in monitoring.RULES]
    rules = [rule for told in read for group in told["groups"] for rule in group["rules"]]
    records = {rule["record"]: rule["expr"] for rule in rules if "record" in rule}

    assert {one.name for one in alerts.ALERTS} == {one["alert"] for one in rules if "alert" in one}
    assert queries.WATCHED in records
    assert f"max by (namespace, job) ({queries.STANDING})" in records.values()
