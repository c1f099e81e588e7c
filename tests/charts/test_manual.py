"""The commands of docs/install.md, held against the charts that they are about."""

import re
import shlex
from pathlib import Path

import pytest

from support import charts
from support.charts import LEAST, TRIAL
from support.helm import Helm

pytestmark = [pytest.mark.server, pytest.mark.timeout(900)]

MANUAL = (Path(__file__).parents[2] / "docs" / "install.md").read_text("utf-8")


def test_the_trials_image_comes_from_a_registry(helm: Helm) -> None:
    (trial,) = (one for one in commands() if "trial.temporal.enabled=true" in one)
    values = [f"--set={word}" for word in trial if "=" in word]

    pods = charts.pod_templates(charts.rendered(helm, TRIAL, *values))

    (container,) = pods["factory-rpafabrik-operator"]["spec"]["containers"]
    assert container["image"].startswith("registry.example.org/")


def test_the_migrations_log_is_asked_of_a_job_that_there_is(helm: Helm) -> None:
    (install,) = (one for one in commands() if "values.yaml" in one and "install" in one)
    (asked,) = re.findall(r"`kubectl logs --namespace (\S+) job/(\S+)`", MANUAL)

    manifests = charts.rendered(helm, LEAST, release=install[2], namespace=install[5])

    job = charts.one(manifests, "Job", "-migration")["metadata"]
    assert asked == (job["namespace"], job["name"])


def test_jobs_and_runs_are_gone_before_the_robots_that_runs_under_way_need() -> None:
    deleted = [words[2] for words in commands() if words[:2] == ["kubectl", "delete"]]

    assert deleted == ["workerjobs,jobruns", "digitalworkers"]


def commands() -> list[list[str]]:
    """What stands in blocks of commands, each as its words."""
    blocks = (one for one in MANUAL.split("```")[1::2] if one.startswith("\n"))
    lines = "".join(blocks).replace("\\\n", "").splitlines()
    return [words for line in lines if (words := shlex.split(line, comments=True))]
