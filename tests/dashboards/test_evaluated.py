"""A real Prometheus answers every query of every board, and two processes tell no figure twice."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import prometheus_client as prometheus
import pytest
import yaml

from rpafabrik_dashboards import alerts, queries
from support import monitoring, process, sample_factory
from support.monitoring import Monitoring
from support.prometheus_fixture import Watch

pytestmark = pytest.mark.server

TREE = Path(__file__).parents[2]
BOARDS = sorted((TREE / "dashboards").glob("*.json"))
CHOSEN = {"$department": ".*", "$job": ".*", "$__rate_interval": "5s", "[1d:5m]": "[5s:1s]"}
"""What Grafana puts in place of variables; and a day is short here."""


def every_query() -> Iterator[tuple[str, str]]:
    """Every query, by its panel's title."""
    for path in BOARDS:
        for panel in json.loads(path.read_text("utf-8"))["panels"]:
            for target in panel.get("targets", []):
                expression = target["expr"]
                for variable, value in CHOSEN.items():
                    expression = expression.replace(variable, value)
                yield panel["title"], expression


def of(title: str) -> str:
    (found,) = (expression for name, expression in every_query() if name == title)
    return found


@pytest.fixture
def watched(watch: Watch) -> Iterator[Monitoring]:
    """Prometheus over two processes that tell the same, as in a rollout."""
    ports = process.free_ports(2)
    with ExitStack() as stack:
        for port in ports:
            server, thread = prometheus.start_http_server(
                port, "127.0.0.1", sample_factory.registry()
            )
            stack.callback(thread.join)
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
        yield stack.enter_context(watch(dict(zip(("old", "new"), ports, strict=True))))


def answered(server: Monitoring, expression: str) -> list[tuple[dict[str, str], float]]:
    """What Prometheus says, once it says something."""
    for _ in range(60):
        if found := server.query(expression):
            return found
        time.sleep(0.5)
    return []


def test_every_query_is_answered(watched: Monitoring) -> None:
    unanswered = {
        title: expression
        for title, expression in every_query()
        if not answered(watched, expression)
    }

    assert unanswered == {}


def test_two_processes_tell_no_figure_twice(watched: Monitoring) -> None:
    told = {
        title: answered(watched, of(title))
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


def test_the_list_of_what_is_unwell_says_what_and_why(watched: Monitoring) -> None:
    expression = of("Det här behöver någon ta hand om")
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


def test_the_board_has_words_for_every_alert_and_knows_a_recorded_series() -> None:
    read = [yaml.safe_load(path.read_text("utf-8")) for path in monitoring.RULES]
    rules = [rule for told in read for group in told["groups"] for rule in group["rules"]]

    assert {one.name for one in alerts.ALERTS} == {one["alert"] for one in rules if "alert" in one}
    assert queries.WATCHED in {one.get("record") for one in rules}
