"""The images at work: against a real Temporal and a real API server, confined as pods are."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import examples, operator_world, process, rights
from support.helm import Helm
from support.kubernetes_fixture import ApiServer
from support.unpacked_image import Unpacked, terminate

pytestmark = [pytest.mark.server, pytest.mark.timeout(1800)]

ROBOT = """
from temporalio import activity

@activity.defn
def knock() -> str:
    return "come in"
"""


def test_a_robot_works_until_it_is_told_to_stop(
    robot: Unpacked, temporal_server: str, tmp_path: Path
) -> None:
    (port,) = process.free_ports(1)
    told = ("--queue=image", "--module=robots.kassaavstamning", f"--health-port={port}")

    with robot.running(
        "worker", *told, f"--temporal-address={temporal_server}", log=tmp_path / "worker.log"
    ) as worker:
        process.wait_until(lambda: ready(port), [worker], seconds=60)
        code = terminate(worker)

    assert code == 0
    assert "worker_stopped" in worker.log.read_text()


def test_a_robot_finds_modules_that_a_developer_copied_in(
    robot: Unpacked, temporal_server: str, tmp_path: Path
) -> None:
    (port,) = process.free_ports(1)
    told = ("--queue=image", "--module=min_robot", f"--health-port={port}")
    module = robot.root / "opt/robot/min_robot.py"
    module.write_text(ROBOT)

    with robot.running(
        "worker", *told, f"--temporal-address={temporal_server}", log=tmp_path / "worker.log"
    ) as worker:
        process.wait_until(lambda: ready(port), [worker], seconds=60)

        assert "knock" in worker.log.read_text()
    module.unlink()


def test_a_ledger_that_is_migrated_lets_the_platform_work(
    product: Unpacked, home: operator_world.Home, tmp_path: Path
) -> None:
    (port,) = process.free_ports(1)
    ledger = "--ledger=sqlite:////tmp/state/ledger.db"

    migrated = product.run("ledger", "migrate", ledger)
    with product.running(
        *("platform", "--cluster", "--kubeconfig=/tmp/state/platform.kubeconfig", ledger),
        *(f"--temporal-address={home.temporal}", f"--temporal-namespace={home.namespace}"),
        f"--health-port={port}",
        log=tmp_path / "platform.log",
    ) as platform:
        process.wait_until(lambda: ready(port), [platform], seconds=60)
        code = terminate(platform)

    assert (migrated.returncode, migrated.stderr) == (0, "")
    assert code == 0


def test_the_operator_sees_jobs_and_writes_their_status(
    product: Unpacked, home: operator_world.Home, tmp_path: Path
) -> None:
    (port,) = process.free_ports(1)

    with product.running(
        *("operator", "--kubeconfig=/tmp/state/operator.kubeconfig"),
        f"--namespace={home.namespace}",
        *(f"--temporal-address={home.temporal}", f"--temporal-namespace={home.namespace}"),
        f"--health-port={port}",
        log=tmp_path / "operator.log",
    ) as operator:
        process.wait_until(lambda: answers(port, "/healthz"), [operator], seconds=60)
        job = json.dumps(examples.changed(examples.JOB, metadata={"name": "kassa"}))
        applied = home.api.kubectl("-n", home.namespace, "apply", "-f", "-", stdin=job)
        seen = home.api.kubectl(
            *("-n", home.namespace, "wait", "wj/kassa", "--timeout=50s"),
            "--for=jsonpath={.status.observedGeneration}=1",
        )

    assert applied.returncode == 0, applied.stderr
    assert seen.returncode == 0, seen.stderr + operator.log.read_text()


@pytest.fixture
def home(
    product: Unpacked, api_server: ApiServer, temporal_server: str, helm: Helm, tmp_path: Path
) -> Iterator[operator_world.Home]:
    """Return a place for one operator, the kubeconfigs where the image can read them."""
    with operator_world.opened(api_server, temporal_server, helm, tmp_path) as found:
        for component in (rights.OPERATOR, rights.PLATFORM):
            kubeconfig = product.state / found.kubeconfig(component).name
            kubeconfig.write_text(found.kubeconfig(component).read_text())
            kubeconfig.chmod(0o644)
        yield found


def ready(port: int) -> bool:
    return answers(port, "/readyz")


def answers(port: int, path: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError):
        return False
