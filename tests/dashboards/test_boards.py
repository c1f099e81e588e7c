"""What the boards say, and whom they ask: every panel in words, every metric one that exists."""

import collections
import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder

from rpafabrik_api import telemetry
from rpafabrik_dashboards import alerts, every, queries, temporal_sdk

TREE = Path(__file__).parents[2]
BOARDS: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text("utf-8"))
    for path in sorted((TREE / "dashboards").glob("*.json"))
}
PROMETHEUS_OWN = {"ALERTS", "ALERTS_FOR_STATE"}
EACH = pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)


def panels(board: dict[str, Any]) -> list[dict[str, Any]]:
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def expressions(board: dict[str, Any]) -> Iterator[str]:
    for panel in panels(board):
        yield from (target["expr"] for target in panel["targets"])
    for variable in board["templating"]["list"]:
        yield from [variable["definition"]] if variable["type"] == "query" else []


def metrics(expression: str) -> set[str]:
    """The metrics that an expression names; what stands in quotes is no name."""
    bare = re.sub(r'"[^"]*"', "", expression)
    return set(re.findall(r"\b(?:rpafabrik_|temporal_|ALERTS|\w+:\w+:)\w*", bare))


def series(metric: telemetry.Metric) -> set[str]:
    """The names that a metric of ours has in Prometheus."""
    histogram = metric.type is telemetry.Type.HISTOGRAM
    return {
        f"{metric.name}{end}" for end in (("_bucket", "_count", "_sum") if histogram else ("",))
    }


def test_the_boards_are_what_python_makes_and_their_addresses_never_change() -> None:
    written = {board.uid: json.dumps(board.build(), cls=JSONEncoder) for board in every.BOARDS}
    made = {uid: json.loads(text) for uid, text in written.items()}

    assert made == BOARDS
    assert {uid: board["title"] for uid, board in made.items()} == {
        "rpafabrik-sparade-timmar": "RPA-fabriken: sparade timmar",
        "rpafabrik-robotarnas-halsa": "Robotarnas hälsa",
        "rpafabrik-plattformen": "Plattformen",
    }


@EACH
def test_boards_are_of_the_model_that_grafanas_sidecar_loads(board: dict[str, Any]) -> None:
    assert board["schemaVersion"] == 42
    assert "elements" not in board


@EACH
def test_every_panel_says_what_it_shows(board: dict[str, Any]) -> None:
    told = [(panel["title"], panel["description"]) for panel in panels(board)]

    assert [title for title, _ in told if len(title) < 5] == []
    assert [title for title, description in told if not description.endswith(".")] == []
    assert len({title for title, _ in told}) == len(told)


@EACH
def test_every_query_asks_for_metrics_that_exist(board: dict[str, Any]) -> None:
    ours = set().union(*map(series, telemetry.METRICS))
    known = ours | set(temporal_sdk.NAMES) | PROMETHEUS_OWN | {queries.WATCHED}

    asked = [metrics(expression) for expression in expressions(board)]

    assert [names for names in asked if not names] == []
    assert set().union(*asked) - known == set()


def test_every_metric_of_ours_but_the_totals_is_on_some_board() -> None:
    every_query = itertools.chain.from_iterable(map(expressions, BOARDS.values()))
    asked = set().union(*map(metrics, every_query))

    unseen = {one.name for one in telemetry.METRICS if not asked & series(one)}

    assert unseen == {telemetry.SAVED_SECONDS.name}


@EACH
def test_no_query_takes_a_rate_of_saved_time(board: dict[str, Any]) -> None:
    rated = [one for one in expressions(board) if re.search(r"\b(rate|increase|delta)\b", one)]

    assert [one for one in rated if "saved_seconds" in one] == []


@EACH
def test_every_query_goes_to_the_datasource_that_people_choose(board: dict[str, Any]) -> None:
    chosen = {"type": "prometheus", "uid": "${datasource}"}
    variables = [one for one in board["templating"]["list"] if one["type"] == "query"]

    asked = [target["datasource"] for panel in panels(board) for target in panel["targets"]]

    assert board["templating"]["list"][0]["type"] == "datasource"
    assert [one for one in (*asked, *(v["datasource"] for v in variables)) if one != chosen] == []


@EACH
def test_panels_fill_the_wall_without_holes(board: dict[str, Any]) -> None:
    places = [panel["gridPos"] for panel in board["panels"]]
    cells = [
        (x, y)
        for at in places
        for x in range(at["x"], at["x"] + at["w"])
        for y in range(at["y"], at["y"] + at["h"])
    ]

    rows = collections.Counter(y for _, y in cells)

    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    assert set(rows.values()) == {24}
    assert [panel["id"] for panel in board["panels"]] == list(range(1, len(places) + 1))
    assert all(one["y"] <= other["y"] for one, other in itertools.pairwise(places))


@EACH
def test_links_lead_to_runbooks_of_alerts_that_there_are(board: dict[str, Any]) -> None:
    pages = {f"${{runbooks}}/{alert.name}.md" for alert in alerts.ALERTS}

    linked = {link["url"] for panel in panels(board) for link in panel.get("links", [])}

    assert linked - pages == set()
    assert linked != set()
