"""A real Prometheus with the rules of this tree, and a real Alertmanager that it tells.

Both are Debian's (2.42 and 0.25), unpacked and not installed: 30 MB in half a minute without root,
where Prometheus takes minutes to build, and its oldest version that the rules are meant for.
Elsewhere they must be on PATH. Knows no process of ours: who is scraped is told.
"""

import contextlib
import json
import os
import shutil
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from support import debian, process

RULES = tuple(sorted((Path(__file__).parents[2] / "rules").glob("*.yaml")))
_PACKAGES = ("prometheus", "prometheus-alertmanager")
_PLAIN = ("prometheus", "promtool", "amtool")


@dataclass(frozen=True, slots=True)
class Programs:
    """Where the programs are."""

    prometheus: str
    promtool: str
    amtool: str
    alertmanager: tuple[str, ...]
    """The command that runs it."""


@dataclass(frozen=True, slots=True)
class Monitoring:
    """The two servers, and what they say."""

    prometheus: str
    alertmanager: str

    def query(self, expression: str) -> list[tuple[dict[str, str], float]]:
        """Labels and value of each series that the expression gives now."""
        given = urllib.parse.urlencode({"query": expression})
        found = _get(f"{self.prometheus}/api/v1/query?{given}")["data"]["result"]
        return [(one["metric"], float(one["value"][1])) for one in found]

    def value(self, expression: str) -> float | None:
        """The value, where there is one."""
        found = self.query(expression)
        assert len(found) <= 1, found
        return found[0][1] if found else None

    def rules(self) -> list[dict[str, Any]]:
        """Every rule, with how its last evaluation went."""
        groups = _get(f"{self.prometheus}/api/v1/rules")["data"]["groups"]
        return [rule for group in groups for rule in group["rules"]]

    def told(self, alert: str) -> list[dict[str, Any]]:
        """What the Alertmanager has been told of the alert, and holds for true now."""
        given = urllib.parse.urlencode({"filter": f'alertname="{alert}"'})
        found: list[dict[str, Any]] = _get(f"{self.alertmanager}/api/v2/alerts?{given}")
        return found


def programs() -> Programs:
    """Find the programs, and unpack them first where Debian has them."""
    if not shutil.which("apt-get"):
        prometheus, promtool, amtool = map(process.find, _PLAIN)
        return Programs(prometheus, promtool, amtool, (process.find("alertmanager"),))
    files = debian.unpacked(*_PACKAGES)
    prometheus, promtool, amtool = (f"{files}/usr/bin/{name}" for name in _PLAIN)
    return Programs(prometheus, promtool, amtool, _at_home(files))


def tested(found: Programs, path: Path) -> subprocess.CompletedProcess[str]:
    """Have promtool hold a file of tests."""
    return run(found.promtool, "test", "rules", path)


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run one of the programs to its end."""
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)


def _at_home(files: Path) -> tuple[str, ...]:
    """Debian's reads its templates from /usr/share: it alone finds the package's there."""
    mount = 'mount --bind "$0" /usr/share && exec "$@"'
    may = () if os.geteuid() == 0 else ("--map-root-user",)
    program = f"{files}/usr/bin/prometheus-alertmanager"
    return ("unshare", *may, "--mount", "sh", "-c", mount, f"{files}/usr/share", program)


@contextlib.contextmanager
def running(found: Programs, folder: Path, targets: Mapping[str, int]) -> Iterator[Monitoring]:
    """Scrape the ports of this machine by the pods' names, twice a second, while the block lasts.

    Alerts wait half a second where they would wait for minutes, before they begin and before they
    end; they are otherwise as they are.
    """
    ports = process.free_ports(2)
    commands = {
        "prometheus": [found.prometheus, f"--storage.tsdb.path={folder}/series"],
        "alertmanager": [
            *found.alertmanager,
            f"--storage.path={folder}/alerts",
            "--cluster.listen-address=",  # a cluster of one
        ],
    }
    _configure(folder, targets, alertmanager=ports[1])
    addresses = [f"http://127.0.0.1:{port}" for port in ports]
    with contextlib.ExitStack() as stack:
        children = []
        for (name, command), port in zip(commands.items(), ports, strict=True):
            command.append(f"--config.file={folder}/{name}.yaml")
            command.append(f"--web.listen-address=127.0.0.1:{port}")
            child = process.running(name, command, folder / f"{name}.log")
            children.append(stack.enter_context(child))
        process.wait_until(lambda: all(map(_ready, addresses)), children, seconds=60)
        yield Monitoring(*addresses)


def _configure(folder: Path, targets: Mapping[str, int], alertmanager: int) -> None:
    scraped = [
        {"targets": [f"127.0.0.1:{port}"], "labels": {"pod": pod}} for pod, port in targets.items()
    ]
    told = [{"static_configs": [{"targets": [f"127.0.0.1:{alertmanager}"]}]}]
    settings = {
        "prometheus": {
            "global": {"scrape_interval": "500ms", "evaluation_interval": "500ms"},
            # As the chart's monitors: `job` and `namespace` are the metrics' own.
            "scrape_configs": [
                {"job_name": "rpafabrik", "honor_labels": True, "static_configs": scraped}
            ],
            "rule_files": [str(_shortened(path, folder / path.name)) for path in RULES],
            "alerting": {"alertmanagers": told},
        },
        "alertmanager": {"route": {"receiver": "nobody"}, "receivers": [{"name": "nobody"}]},
    }
    for name, said in settings.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(said), "utf-8")


def _shortened(rules: Path, copy: Path) -> Path:
    said = yaml.safe_load(rules.read_text("utf-8"))
    for group in said["groups"]:
        for rule in group["rules"]:
            for wait in {"for", "keep_firing_for"} & rule.keys():
                rule[wait] = "500ms"
    copy.write_text(yaml.safe_dump(said, allow_unicode=True), "utf-8")
    return copy


def _ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/-/ready", timeout=5):
            return True
    except (OSError, urllib.error.URLError):
        return False


def _get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)
