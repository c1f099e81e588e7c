"""The queries of the boards as Grafana sends them, and processes that tell Prometheus the same."""

import contextlib
import json
import time
from collections.abc import Iterator
from pathlib import Path

import prometheus_client as prometheus

from support import process
from support.monitoring import Monitoring
from support.prometheus_fixture import Watch

Answer = list[tuple[dict[str, str], float]]
_BOARDS = sorted((Path(__file__).parents[2] / "dashboards").glob("*.json"))
_CHOSEN = {"$department": ".*", "$job": ".*", "$__rate_interval": "5s", "[1d:5m]": "[5s:1s]"}
"""What Grafana puts in place of variables; and a day is short here."""


def every_query() -> Iterator[tuple[str, str]]:
    """Return every query, by its panel's title."""
    for path in _BOARDS:
        for panel in json.loads(path.read_text("utf-8"))["panels"]:
            for target in panel.get("targets", []):
                expression = target["expr"]
                for variable, value in _CHOSEN.items():
                    expression = expression.replace(variable, value)
                yield panel["title"], expression


def of(title: str) -> list[str]:
    """Return the queries of a panel."""
    return [expression for name, expression in every_query() if name == title]


def answered(server: Monitoring, expression: str) -> Answer:
    """Return what Prometheus says, once it says something, or after half a minute nothing."""
    for _ in range(60):
        if found := server.query(expression):
            return found
        time.sleep(0.5)
    return []


@contextlib.contextmanager
def watched_twice(watch: Watch, told: prometheus.CollectorRegistry) -> Iterator[Monitoring]:
    """Have Prometheus watch two processes that tell the same, as in a rollout."""
    ports = process.free_ports(2)
    with contextlib.ExitStack() as stack:
        for port in ports:
            server, thread = prometheus.start_http_server(port, "127.0.0.1", told)
            stack.callback(thread.join)
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
        yield stack.enter_context(watch(dict(zip(("old", "new"), ports, strict=True))))
