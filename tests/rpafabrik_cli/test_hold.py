"""`hold` and `release` on a real API server: who and why, and Git applied again leaves it alone."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rpafabrik_api import names
from support import operator_world
from support.kubernetes_fixture import ApiServer
from support.manifests import JOB

from .conftest import Command

pytestmark = pytest.mark.server


@pytest.fixture
def kubectl(api_server: ApiServer, kubernetes_namespace: str) -> Callable[..., str]:
    """Run kubectl in a namespace that has the job."""

    def run(*arguments: str, stdin: str = "") -> str:
        done = api_server.kubectl("-n", kubernetes_namespace, *arguments, stdin=stdin)
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("apply", "--server-side", "-f", str(operator_world.CRDS / "workerjobs.yaml"))
    run("wait", "--for=condition=Established", "crd/workerjobs.rpafabrik.dev")
    run("apply", "-f", "-", stdin=JOB)
    return run


@pytest.fixture
def where(api_server: ApiServer, kubernetes_namespace: str) -> tuple[Any, ...]:
    return ("--namespace", kubernetes_namespace, "--kubeconfig", api_server.kubeconfig)


def held(kubectl: Callable[..., str]) -> str | None:
    metadata = json.loads(kubectl("get", "wj/kassa", "-o", "json"))["metadata"]
    text: str | None = metadata.get("annotations", {}).get(names.HOLD_ANNOTATION)
    return text


def test_a_held_job_says_who_and_why_until_it_is_released(
    rpafabrik: Command, kubectl: Callable[..., str], where: tuple[Any, ...]
) -> None:
    done = rpafabrik("hold", "kassa", "--who", "driften", "--why", "fel belopp", *where)

    assert (done.code, held(kubectl)) == (0, "driften: fel belopp"), done.err
    to_release = done.out.partition("until: rpafabrik ")[2].split()

    kubectl("apply", "-f", "-", stdin=JOB)
    kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=JOB)

    assert held(kubectl) == "driften: fel belopp"

    done = rpafabrik(*to_release, *where[-2:])  # what it said is enough beside the kubeconfig

    assert (done.code, held(kubectl)) == (0, None), done.err


def test_a_hold_that_somebody_else_made_is_released(
    rpafabrik: Command, kubectl: Callable[..., str], where: tuple[Any, ...]
) -> None:
    kubectl("annotate", "wj/kassa", f"{names.HOLD_ANNOTATION}=natten: larm")

    done = rpafabrik("release", "kassa", *where)

    assert (done.code, held(kubectl)) == (0, None), done.err


def test_resumption_says_who_why_and_when_and_leaves_the_hold(
    rpafabrik: Command, kubectl: Callable[..., str], where: tuple[Any, ...]
) -> None:
    kubectl("annotate", "wj/kassa", f"{names.HOLD_ANNOTATION}=natten: larm")

    done = rpafabrik("resume", "kassa", "--who", "driften", "--why", "svarar igen", *where)

    metadata = json.loads(kubectl("get", "wj/kassa", "-o", "json"))["metadata"]
    resumed = metadata["annotations"][names.RESUME_ANNOTATION]
    assert done.code == 0, done.err
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]+\+00:00 driften: svarar igen", resumed)
    assert held(kubectl) == "natten: larm"


@pytest.mark.parametrize(
    "command",
    [("hold", "--who=a", "--why=b"), ("release",), ("resume", "--who=a", "--why=b")],
)
def test_a_job_that_is_not_there_is_told_and_not_made(
    command: tuple[str, ...],
    rpafabrik: Command,
    kubectl: Callable[..., str],
    where: tuple[Any, ...],
) -> None:
    done = rpafabrik(command[0], "casa", *command[1:], *where)

    assert done.code == 1
    assert f"casa must be a WorkerJob in namespace {where[1]}, and there is none" in done.err
    assert kubectl("get", "wj", "-o", "name") == "workerjob.rpafabrik.dev/kassa\n"


def test_a_cluster_that_does_not_answer_is_told(rpafabrik: Command, tmp_path: Path) -> None:
    kubeconfig = tmp_path / "config"
    kubeconfig.write_text(
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [{"name": "x", "cluster": {"server": "http://127.0.0.1:1"}}],
                "users": [{"name": "x", "user": {}}],
                "contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}],
                "current-context": "x",
            }
        )
    )

    done = rpafabrik("release", "kassa", "--kubeconfig", kubeconfig)

    assert done.code == 1
    assert done.err.startswith("Error: the API server must answer: Cannot connect to host")


def test_a_kubeconfig_that_is_none_is_wrong_use(rpafabrik: Command, tmp_path: Path) -> None:
    done = rpafabrik("release", "kassa", "--kubeconfig", tmp_path / "nowhere")

    assert done.code == 2
    assert "Error: --kubeconfig must lead to a cluster:" in done.err
