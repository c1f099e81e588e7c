"""What the boards' queries say of series that are written down, by promtool. A day is short."""

from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from rpafabrik_api import telemetry
from support import board_queries, monitoring
from support.monitoring import Programs

NOW = "60s500ms"
"""Between two samples, as nearly always."""


def series(metric: telemetry.Metric, **labels: str) -> str:
    told = ",".join(f'{name}="{value}"' for name, value in labels.items())
    return f"{metric.name}{{{told}}}"


def of_job(metric: telemetry.Metric, job: str = "kassa", **labels: str) -> str:
    return series(metric, namespace="ekonomi", job=job, department="Ekonomi", **labels)


def complaint(
    programs: Programs,
    folder: Path,
    title: str,
    told: Mapping[str, str],
    expected: Mapping[str, float],
) -> str:
    """What promtool has to say against it that each query of a panel gives what is expected."""
    samples = [{"labels": f"{{{labels}}}", "value": value} for labels, value in expected.items()]
    test = {
        "interval": "1s",
        "input_series": [{"series": name, "values": values} for name, values in told.items()],
        "promql_expr_test": [
            {"expr": expression, "eval_time": NOW, "exp_samples": samples}
            for expression in board_queries.of(title)
        ],
    }
    path = folder / "test.yaml"
    path.write_text(yaml.safe_dump({"evaluation_interval": "1s", "tests": [test]}), "utf-8")
    done = monitoring.tested(programs, path)
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.parametrize(
    ("read", "items", "grown"),
    [
        pytest.param(
            {"a": "0+1x70"},
            {"a": "1000x57 1149x10"},
            149,
            id="a file of 149 items is 149 and no guess",
        ),
        pytest.param(
            {"a": "0+1x70"},
            {"a": "_x57 149x10"},
            149,
            id="the first run of a job counts whole",
        ),
        pytest.param(
            {"a": "_x57 0+1x10"},
            {"a": "_x57 2500x10"},
            0,
            id="what was there before anybody looked counts not at all",
        ),
        pytest.param(
            {"a": "0+1x70", "b": "0+1x70"},
            {"a": "1000x57 1149x10", "b": "1000x57 1149x10"},
            149,
            id="two platforms that tell the same count once",
        ),
        pytest.param(
            {"a": "0+1x56 stale", "b": "_x58 0+1x10"},
            {"a": "1000x56 stale", "b": "_x58 1149x10"},
            149,
            id="a platform that follows another begins nothing anew",
        ),
    ],
)
def test_items_of_the_last_day_are_those_that_came_to_the_ledger(
    monitoring_programs: Programs,
    tmp_path: Path,
    read: Mapping[str, str],
    items: Mapping[str, str],
    grown: int,
) -> None:
    told = {series(telemetry.LEDGER_READ, pod=pod): values for pod, values in read.items()} | {
        of_job(telemetry.ITEMS, outcome="Completed", pod=pod): values
        for pod, values in items.items()
    }
    expected = {'outcome="Completed"': grown}

    title = "Ärenden senaste dygnet"
    assert complaint(monitoring_programs, tmp_path, title, told, expected) == ""


@pytest.mark.parametrize(
    ("title", "metric"),
    [
        ("Jobb som misslyckas gång på gång", telemetry.FAILED_RUNS),
        ("Jobb med fel mängd ärenden", telemetry.VOLUME_DEVIATION),
    ],
)
def test_a_job_that_is_gone_or_retired_is_counted_no_more(
    monitoring_programs: Programs, tmp_path: Path, title: str, metric: telemetry.Metric
) -> None:
    told = {
        of_job(telemetry.JOB_INFO, "well", stage="Production"): "1x70",
        of_job(telemetry.JOB_INFO, "unwell", stage="Pilot"): "1x70",
        of_job(telemetry.JOB_INFO, "retired", stage="Retired"): "1x70",
        of_job(metric, "well"): "0x70",
        of_job(metric, "unwell"): "149x70",
        of_job(metric, "retired"): "149x70",
        of_job(metric, "gone"): "149x70",
    }

    assert complaint(monitoring_programs, tmp_path, title, told, {"": 1}) == ""


def test_the_list_of_all_jobs_has_none_that_is_gone(
    monitoring_programs: Programs, tmp_path: Path
) -> None:
    of_ledger = (one for one in telemetry.METRICS if one.source is telemetry.Source.LEDGER)
    told = {of_job(one, "gone"): "5x70" for one in of_ledger}

    assert complaint(monitoring_programs, tmp_path, "Alla jobb", told, {}) == ""


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("System som är borta", {"": 1}),
        (
            "Systemen som robotarna arbetar i",
            {
                'namespace="ekonomi", target_system="ekonomisystem"': 1,
                'namespace="vard", target_system="ekonomisystem"': 0,
            },
        ),
    ],
)
def test_a_system_that_is_away_in_one_namespace_is_away_though_it_is_well_in_another(
    monitoring_programs: Programs, tmp_path: Path, title: str, expected: Mapping[str, float]
) -> None:
    system = telemetry.TARGET_SYSTEM_HEALTHY
    told = {
        series(system, namespace=namespace, target_system="ekonomisystem", pod=pod): values
        for namespace, pod, values in (
            ("ekonomi", "a", "1x70"),
            ("ekonomi", "b", "0x70"),
            ("vard", "a", "0x70"),
        )
    }

    assert complaint(monitoring_programs, tmp_path, title, told, expected) == ""


def test_certificates_of_one_name_have_their_days_in_each_namespace(
    monitoring_programs: Programs, tmp_path: Path
) -> None:
    days = {"ekonomi": 10, "vard": 90}
    told = {
        series(telemetry.CREDENTIAL_EXPIRY, namespace=namespace, credential="temporal-client"): (
            f"{60.5 + left * 86400}x70"
        )
        for namespace, left in days.items()
    }
    expected = {f'namespace="{name}", credential="temporal-client"': n for name, n in days.items()}

    title = "Certifikat: dagar kvar"
    assert complaint(monitoring_programs, tmp_path, title, told, expected) == ""
