"""Draws the boards without Grafana: real answers of Prometheus, in Grafana's published components.

`make dashboards-preview` writes a page for each board to `.rpafabrik/preview`, and pictures of it
where Chromium is there. What is drawn is `sample_factory`, for a day that ends now.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import prometheus_client as prometheus
from prometheus_client.metrics_core import Metric as Family

from support import monitoring, process, sample_factory
from support.monitoring import Monitoring, Programs

_TREE = Path(__file__).parents[2]
_SOURCES = _TREE / "dashboards" / "preview"
_PAGES = _TREE / ".rpafabrik" / "preview"
_STEP = 300
_CHOSEN = {"$department": ".*", "$job": ".*", "$__rate_interval": f"{4 * _STEP}s"}
_WIDTHS = {"wall": 1920, "phone": 390}
_HEADING, _ROW = 70, 38
"""Heights on the page, as main.tsx has them."""
_PAGE = """<!doctype html><html lang="sv"><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="preview.css">
<body><div id="board"></div>
<script>const PREVIEW = {data};</script><script src="preview.js"></script></body></html>
"""


def main() -> None:
    """Draw every board."""
    _PAGES.mkdir(parents=True, exist_ok=True)
    _bundle()
    now = time.time()
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        programs, folder = monitoring.programs(), Path(name)
        _remember(programs, folder, now)
        (port,) = process.free_ports(1)
        server, _ = prometheus.start_http_server(port, "127.0.0.1", sample_factory.registry())
        stack.callback(server.shutdown)
        asked = stack.enter_context(monitoring.running(programs, folder, {"factory": port}))
        _wait_for_alerts(asked)
        for path in sorted((_TREE / "dashboards").glob("*.json")):
            board = json.loads(path.read_text("utf-8"))
            _draw(board, _answers(asked, board))


def _bundle() -> None:
    npm = process.find("npm")
    options = ("--no-audit", "--no-fund", "--ignore-scripts", "--silent")
    if not (_SOURCES / "node_modules").exists():
        subprocess.run([npm, "ci", *options], cwd=_SOURCES, check=True)
    built = f"--outfile={_PAGES / 'preview.js'}"
    subprocess.run([npm, "run", "--silent", "build", "--", built], cwd=_SOURCES, check=True)


def _remember(programs: Programs, folder: Path, now: float) -> None:
    """Give Prometheus a day of history, in which something broke three quarters of an hour ago."""
    broke = now - 45 * 60
    lines = defaultdict(list)
    for at in range(int(now - sample_factory.DAY), int(now) - _STEP, _STEP):
        factory = sample_factory.Factory(partial(float, at), unwell=broke)
        for family in factory.collect():
            for name, line in _lines(family):
                lines[name].append(f"{line} {at}")
    history = folder / "history.txt"
    told = "\n".join(chain.from_iterable(lines.values()))
    history.write_text(f"{told}\n# EOF\n", "utf-8")
    command = ("tsdb", "create-blocks-from", "openmetrics", str(history), str(folder / "series"))
    subprocess.run([programs.promtool, *command], check=True, stdout=subprocess.DEVNULL)


def _lines(family: Family) -> Iterator[tuple[str, str]]:
    for one in family.samples:
        labels = ",".join(f'{label}="{value}"' for label, value in one.labels.items())
        yield one.name, f"{one.name}{{{labels}}} {float(one.value)}"


def _wait_for_alerts(asked: Monitoring) -> None:
    for _ in range(120):
        if len(asked.query('ALERTS{alertstate="firing"}')) >= 5:
            return
        time.sleep(0.5)
    raise SystemExit("the sample factory's alerts must fire, and do not")


def _answers(asked: Monitoring, board: dict[str, Any]) -> dict[int, list[dict[str, Any]]]:
    """Ask for every panel what Grafana would ask, all at one moment, by the panels' ids."""
    now = time.time()
    return {
        panel["id"]: [_answer(asked, target, now) for target in panel.get("targets", [])]
        for panel in board["panels"]
    }


def _answer(asked: Monitoring, target: dict[str, Any], now: float) -> dict[str, Any]:
    expression = target["expr"]
    for variable, value in _CHOSEN.items():
        expression = expression.replace(variable, value)
    day = {"start": now - sample_factory.DAY, "end": now - _STEP, "step": _STEP}
    kind, when = ("query", {"time": now}) if target["instant"] else ("query_range", day)
    given = urllib.parse.urlencode({"query": expression, **when})
    with urllib.request.urlopen(f"{asked.prometheus}/api/v1/{kind}?{given}", timeout=30) as answer:
        result = json.load(answer)["data"]["result"]
    return {
        "refId": target["refId"],
        "legend": target["legendFormat"],
        "table": target["format"] == "table",
        "result": result,
    }


def _draw(board: dict[str, Any], answers: dict[int, list[dict[str, Any]]]) -> None:
    data = json.dumps({"board": board, "now": time.time(), "answers": answers}, ensure_ascii=False)
    page = _PAGES / f"{board['uid']}.html"
    text = _PAGE.format(title=board["title"], data=data.replace("</", "<\\/"))
    page.write_text(text, "utf-8")
    sys.stdout.write(f"{page}\n")
    places = [panel["gridPos"] for panel in board["panels"]]
    rows = {
        "wall": max(at["y"] + at["h"] for at in places),
        "phone": sum(at["h"] for at in places),
    }
    chromium = shutil.which("chromium") or shutil.which("chromium-headless-shell")
    for name, width in _WIDTHS.items() if chromium else ():
        command = (
            f"--screenshot={page.with_suffix('')}-{name}.png",
            f"--window-size={width},{_HEADING + rows[name] * _ROW}",
            "--virtual-time-budget=20000",
            *("--headless", "--no-sandbox", "--hide-scrollbars"),
            f"{page.as_uri()}#{width}",
        )
        subprocess.run([str(chromium), *command], check=True, capture_output=True)


if __name__ == "__main__":
    main()
