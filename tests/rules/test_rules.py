"""The rules: promtool's tests of them, and what holds for all of them."""

import re
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import yaml

from rpafabrik_api import health, telemetry
from support import monitoring
from support.monitoring import Programs

TESTS = tuple(sorted(Path(__file__).parent.glob("*_test.yaml")))
DOCS = Path(__file__).parents[2] / "docs"
RUNBOOKS = DOCS / "runbooks"
MANUAL = (DOCS / "monitoring.md").read_text("utf-8")
LABELS = {metric.name: metric.labels for metric in telemetry.METRICS}
TARGETS = {"namespace"}
"""Labels that a target may add."""
EACH_ITS_OWN = {"rpafabrik_reconcile_errors_total", "rpafabrik_worker_heartbeats_lost_total"}
"""What no two processes tell the same of."""
ONE_FOR_ALL = {
    metric.name
    for metric in telemetry.METRICS
    if metric.source in {telemetry.Source.LEDGER, telemetry.Source.OPERATOR}
}
"""What is told by nobody for a while when the process that tells it is followed by another."""

Rule = dict[str, Any]


def rules() -> list[Rule]:
    read = (yaml.safe_load(path.read_text("utf-8")) for path in monitoring.RULES)
    return [rule for said in read for group in said["groups"] for rule in group["rules"]]


def alerts() -> dict[str, Rule]:
    return {rule["alert"]: rule for rule in rules() if "alert" in rule}


def waits(alert: Rule) -> str:
    """For how long it must be so, in words."""
    if "[1d]" in alert["expr"]:
        return "after a day"
    return f"after {alert['for'].removesuffix('m')} minutes" if "for" in alert else "at once"


EACH = pytest.mark.parametrize("name", alerts())


def cases(name: str, paths: tuple[Path, ...]) -> list[bool]:
    """Whether the alert must fire, in each of its tests."""
    groups = chain.from_iterable(yaml.safe_load(path.read_text("utf-8"))["tests"] for path in paths)
    found = chain.from_iterable(group.get("alert_rule_test", []) for group in groups)
    return [bool(case["exp_alerts"]) for case in found if case["alertname"] == name]


def test_prometheus_takes_every_rule(monitoring_programs: Programs) -> None:
    done = monitoring.run(monitoring_programs.promtool, "check", "rules", *monitoring.RULES)

    assert done.returncode == 0, done.stderr
    assert "FAILED" not in done.stdout + done.stderr


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
def test_rules_say_what_promtools_tests_expect(monitoring_programs: Programs, path: Path) -> None:
    done = monitoring.tested(monitoring_programs, path)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
def test_rules_say_the_same_while_two_processes_tell_every_figure(
    monitoring_programs: Programs, path: Path, tmp_path: Path
) -> None:
    said = yaml.safe_load(path.read_text("utf-8"))
    said["rule_files"] = [str(path.parent / name) for name in said["rule_files"]]
    for group in said["tests"]:
        group["input_series"] += [
            twin(one)
            for one in group["input_series"]
            if not EACH_ITS_OWN & {one["series"].partition("{")[0]}
        ]
    doubled = tmp_path / path.name
    doubled.write_text(yaml.safe_dump(said), "utf-8")

    done = monitoring.tested(monitoring_programs, doubled)

    assert done.returncode == 0, done.stdout + done.stderr


def twin(series: dict[str, str]) -> dict[str, str]:
    """The same figure, as another process tells it."""
    name, _, labels = series["series"].partition("{")
    return {"series": f'{name}{{instance="twin",{labels or "}"}', "values": series["values"]}


@EACH
def test_each_alert_is_tested_to_fire_to_be_silent_and_without_data(name: str) -> None:
    without = tuple(path for path in TESTS if path.stem == "no_data_test")
    others = tuple(path for path in TESTS if path not in without)

    assert set(cases(name, others)) == {True, False} or "absent(" in alerts()[name]["expr"]
    assert cases(name, without)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("RpafabrikScheduleMissed", f"for: {health.MISSED_AFTER.seconds // 60}m"),
        ("RpafabrikJobSilent", f"bool[{health.SILENT_AFTER.days}d]) == 1"),
        ("RpafabrikRunsFail", f"consecutive_failed_runs) >= {health.FAILURES_IN_A_ROW}"),
        ("RpafabrikRunsFailOften", f"success_ratio) < {health.SUCCESS_PERCENT / 100}"),
        ("RpafabrikRunsFailOften", f"consecutive_failed_runs) >= {health.FAILURES_IN_A_ROW}"),
        ("RpafabrikOldestItemOld", f"age_seconds) + {health.OPEN_AT_MOST.days} * 86400"),
        ("RpafabrikBacklogOld", f"age_seconds) > {health.BACKLOG_AT_MOST.seconds}"),
        ("RpafabrikRobotsLost", f"_total[1h])) > {health.LOST_AT_MOST}.5"),
        ("RpafabrikCredentialExpires", f"< {health.EXPIRES_WITHIN.days} * 86400"),
    ],
)
def test_alerts_and_conditions_have_the_same_limits(name: str, said: str) -> None:
    alert = alerts()[name]

    assert said in f"{alert['expr']}\nfor: {alert.get('for')}"


@EACH
def test_an_alert_on_what_one_process_tells_for_all_outlives_the_process(name: str) -> None:
    alert = alerts()[name]
    asks_for_now = "[" not in alert["expr"]

    outlives = asks_for_now and asked(alert["expr"]) <= ONE_FOR_ALL

    assert alert.get("keep_firing_for") == ("5m" if outlives else None)


@EACH
def test_each_alert_tells_people_what_and_its_runbook_tells_when(name: str) -> None:
    alert = alerts()[name]
    severity = alert["labels"]["severity"]
    page = (RUNBOOKS / f"{name}.md").read_text("utf-8").splitlines()

    assert severity in {"critical", "warning"}
    assert alert["annotations"].keys() == {"summary", "description", "runbook_url"}
    assert alert["annotations"]["runbook_url"] == f"docs/runbooks/{name}.md"
    assert page[0] == f"# {name}"
    assert page[2].startswith(f"**{severity}**, {waits(alert)}.")
    assert {"## What it means", "## Look", "## Do"} < set(page)


def test_every_runbook_has_its_alert() -> None:
    assert {path.stem for path in RUNBOOKS.glob("*.md")} == alerts().keys()


def test_the_manual_lists_every_alert_as_its_runbook_has_it() -> None:
    found = re.findall(r"\| \[(\w+)\]\(runbooks/(\w+)\.md\) \| (\w+) \| ([^|]*) \|", MANUAL)

    assert {name: (page, severity, when) for name, page, severity, when in found} == {
        name: (name, alert["labels"]["severity"], waits(alert)) for name, alert in alerts().items()
    }


def test_prometheus_and_alertmanager_take_the_settings_of_the_manual(
    monitoring_programs: Programs, tmp_path: Path
) -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", MANUAL, re.DOTALL)
    (scraping,) = (block for block in blocks if block.startswith("scrape_configs"))
    (routing,) = (block for block in blocks if block.startswith("# alertmanager"))
    # Debian builds Prometheus without Kubernetes' discovery.
    scraping = scraping.replace("kubernetes_sd_configs: [{role: pod}]", "static_configs: []")
    (tmp_path / "prometheus.yaml").write_text(scraping, "utf-8")
    (tmp_path / "alertmanager.yaml").write_text(routing, "utf-8")
    (tmp_path / "rules").symlink_to(monitoring.RULES[0].parent)

    promtool, amtool = monitoring_programs.promtool, monitoring_programs.amtool
    scrapes = monitoring.run(promtool, "check", "config", tmp_path / "prometheus.yaml")
    routes = monitoring.run(amtool, "check-config", tmp_path / "alertmanager.yaml")

    assert scrapes.returncode == 0, scrapes.stderr
    assert "4 rule files found" in scrapes.stdout
    assert routes.returncode == 0, routes.stderr


def test_what_silences_an_alert_by_the_manual_is_an_alert() -> None:
    patterns = re.findall(r'alertname=~?"([^"]+)"', MANUAL)

    for pattern in patterns:
        names = re.sub(r"Rpafabrik\((.*)\)", r"\1", pattern).removeprefix("Rpafabrik").split("|")
        assert {f"Rpafabrik{name}" for name in names} <= alerts().keys()


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.get("alert") or rule["record"])
def test_a_rule_asks_for_metrics_and_labels_that_there_are(rule: Rule) -> None:
    metrics = asked(rule["expr"])
    labels = {label for metric in metrics for label in LABELS[metric]}
    given = re.findall(r"(?:by|on|left) \(([^)]*)\)", rule["expr"])

    assert {label.strip() for one in given for label in one.split(",")} - {""} <= labels | TARGETS


def asked(expression: str) -> set[str]:
    """The metrics that an expression is made of, those behind records as well."""
    names = set(re.findall(r"[a-z_]+:rpafabrik_\w+:\w+|\brpafabrik_\w+", expression))
    expressions = {rule["record"]: rule["expr"] for rule in rules() if "record" in rule}
    found = (asked(expressions[name]) if ":" in name else {name} for name in names)
    return set(chain.from_iterable(found))
