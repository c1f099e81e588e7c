"""`rpafabrik status` on a real API server, with a real operator and Temporal at work."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from rpafabrik_api import names
from support import charts, demo, operator_process, operator_world, rights
from support.helm import Helm
from support.kubernetes_fixture import ApiServer
from support.operator_world import Home, World

from .conftest import Command, Ended

pytestmark = pytest.mark.server

LEASE = rights.account(rights.OPERATOR)


@pytest.fixture(scope="module")
def home(
    api_server: ApiServer,
    temporal_server: str,
    helm: Helm,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Home]:
    """A namespace with a platform, a digital worker, and an operator that leads."""
    folder = tmp_path_factory.mktemp("status")
    with operator_world.opened(api_server, temporal_server, helm, folder) as made:
        chart = charts.rendered(helm, charts.LEAST, namespace=made.namespace)
        lease = charts.one(chart, "Lease", "-operator")
        done = api_server.kubectl("create", "-f", "-", stdin=json.dumps(lease))
        assert done.returncode == 0, done.stderr
        with made.run("factory"), made.run("operator", lease_namespace=made.namespace):
            # A job that finds no digital worker is looked at again half a minute later.
            queue = names.worker_queue(made.namespace, operator_process.WORKER)
            asyncio.run(operator_world.worker_polls(made, queue))
            yield made


@pytest.fixture
async def world(home: Home) -> World:
    return await operator_world.connected(home)


def of_home(home: Home, *more: object) -> tuple[object, ...]:
    """The command line of somebody who may see everything, and asks everybody."""
    return (
        *("status", "-n", home.namespace, "--kubeconfig", home.api.kubeconfig),
        *("--temporal-address", home.temporal, "--temporal-namespace", home.namespace),
        *("--ledger", f"sqlite:///{home.folder / 'ledger.db'}", *more),
    )


def row(ended: Ended, kind: str, name: str) -> Any:
    (found,) = (one for one in ended.json[kind] if one["name"] == name)
    return found


def test_what_is_unwell_comes_first_and_what_all_jobs_need_is_asked(
    rpafabrik: Command, home: Home, world: World
) -> None:
    world.apply(world.job("frisk"), world.job("utan-robot", spec__workerRef__name="ingen"))
    world.wait("wj/frisk", "Ready", "Reconciled")
    world.wait("wj/utan-robot", "Ready", "WorkerUnavailable")

    told = rpafabrik(*of_home(home, "-o", "json"))
    shown = rpafabrik(*of_home(home))
    world.apply(world.job("utan-robot"))
    world.wait("wj/utan-robot", "Ready", "Reconciled")
    mended = rpafabrik(*of_home(home, "-o", "json"))

    assert (told.code, told.json["well"]) == (1, False), told.out
    assert told.json["jobs"][0]["name"] == "utan-robot"
    (trouble,) = row(told, "jobs", "utan-robot")["troubles"]
    ready = next(
        one for one in world.get("wj/utan-robot")["status"]["conditions"] if one["type"] == "Ready"
    )
    assert trouble["reason"] == "WorkerUnavailable"
    assert trouble["since"] <= ready["lastTransitionTime"].replace("Z", "+00:00")
    well = row(told, "jobs", "frisk")
    assert (well["level"], well["state"], well["last"]) == ("Well", "Ready", None)
    assert well["nextRun"] is not None
    assert row(told, "robots", "ekonomi")["polling"] == 1
    assert row(told, "robots", "ingen")["state"] == "Silent"
    for system in ("Temporal", "Platform", "Ledger"):
        assert row(told, "systems", system)["state"] == "Answers"
    assert row(told, "systems", f"Operator {home.namespace}/{LEASE}")["state"] == "Leads"

    assert (shown.code, shown.out.splitlines()[0]) == (1, "Unwell: 1 robot, 1 job")
    assert f"→ kubectl get pods -n {home.namespace} -l rpafabrik.dev/digital-worker=ingen" in (
        shown.out
    )
    assert (mended.code, mended.json["well"]) == (0, True), mended.out


def test_a_run_under_way_is_followed_from_its_start_to_the_jobs_hours(
    rpafabrik: Command, home: Home, world: World
) -> None:
    slow = {"items": 60, "seconds": 1, "day": "2026-01-07"}
    world.apply(world.job("sakta", spec__input=slow))
    world.wait("wj/sakta", "Ready", "Reconciled")
    world.apply(world.jobrun("nu", "sakta", spec__deletionPolicy="Terminate"))
    world.wait("jr/nu", "Succeeded", "Running")

    shown: list[Any] = []

    def some_done() -> bool:
        ended = rpafabrik(*of_home(home, "-o", "json"))
        shown[:] = [one for one in ended.json["runs"] if one["run"] == "nu" and one["done"]]
        return bool(shown)

    demo.wait_until(some_done)
    (run,) = shown
    world.kubectl("annotate", "wj/sakta", f"{names.HOLD_ANNOTATION}=driften: fel belopp")
    world.wait("wj/sakta", "Suspended", "Held")
    world.wait("jr/nu", "Succeeded", "Held")
    held = rpafabrik(*of_home(home, "-o", "json"))
    world.kubectl("delete", "jr/nu", "wj/sakta")

    assert (run["name"], run["state"], run["listed"]) == ("sakta", "Running", 60)
    assert 0 < run["done"] < 60
    assert held.code == 0
    assert row(held, "jobs", "sakta")["state"] == "Held"
    assert [one["state"] for one in held.json["runs"] if one["run"] == "nu"] == ["Held"]


def test_who_may_only_see_the_namespace_sees_all_but_who_leads(
    rpafabrik: Command, home: Home
) -> None:
    # The operator's account may list our kinds here, and leases nowhere.
    kubeconfig = home.kubeconfig(rights.OPERATOR)
    here = rpafabrik("status", "-n", home.namespace, "--kubeconfig", kubeconfig, "-o", "json")
    everywhere = rpafabrik("status", "-A", "--kubeconfig", kubeconfig)

    assert row(here, "systems", "Operator")["message"].startswith("you may not list leases")
    assert (everywhere.code, everywhere.out) == (1, "")
    assert everywhere.err.startswith(
        "Error: the API server refused: workerjobs.rpafabrik.dev is forbidden: User"
    )


def test_a_temporal_and_a_ledger_that_do_not_answer_are_unwell_and_hide_nothing(
    rpafabrik: Command, home: Home
) -> None:
    away = ("--temporal-address", "127.0.0.1:1", "--ledger", "postgresql://x:y@127.0.0.1:1/x")
    told = rpafabrik(*of_home(home, *away, "-o", "json"))

    assert told.code == 1
    assert row(told, "systems", "Temporal")["state"] == "Unavailable"
    assert row(told, "systems", "Ledger")["state"] == "Unavailable"
    assert "127.0.0.1" in row(told, "systems", "Ledger")["troubles"][0]["message"]


def test_a_watch_in_a_pipe_tells_block_by_block_until_ctrl_c(home: Home, world: World) -> None:
    world.apply(world.job("bevakad"))
    world.wait("wj/bevakad", "Ready", "Reconciled")
    command = [sys.executable, "-m", "rpafabrik_cli", *map(str, of_home(home, "-w", "--every=0.5"))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        before = read_block(process.stdout, f"{home.namespace}/bevakad  Ready")
        world.kubectl("annotate", "wj/bevakad", f"{names.HOLD_ANNOTATION}=driften: fel belopp")
        after = read_block(process.stdout, f"{home.namespace}/bevakad  Held")
        process.send_signal(signal.SIGINT)
        code = process.wait(20)

    assert code == 0
    assert "Well\n" in before
    assert f"→ rpafabrik release bevakad -n {home.namespace}" in after


def test_a_cluster_that_cannot_be_reached_is_one_line(
    rpafabrik: Command, home: Home, tmp_path: Path
) -> None:
    reachable = home.api.kubeconfig.read_text()
    kubeconfig = tmp_path / "config"
    kubeconfig.write_text(re.sub(r"(https?://[^:]+):\d+", r"\1:1", reachable))

    ended = rpafabrik("status", "-A", "--kubeconfig", kubeconfig)

    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("Error: the API server must answer: Cannot connect to host")
    assert ended.err.count("\n") == 1


@pytest.mark.parametrize("text", [None, "kind: [Config"])
def test_a_kubeconfig_that_is_none_is_wrong_use(
    rpafabrik: Command, tmp_path: Path, text: str | None
) -> None:
    kubeconfig = tmp_path / "config"
    if text is not None:
        kubeconfig.write_text(text)

    ended = rpafabrik("status", "-A", "--kubeconfig", kubeconfig)

    assert ended.code == 2
    assert ended.err.startswith("Error: --kubeconfig must lead to a cluster:")
    assert ended.err.count("\n") == 1


def test_shells_complete_namespaces(home: Home) -> None:
    environment = {
        **os.environ,
        "KUBECONFIG": str(home.api.kubeconfig),
        "_RPAFABRIK_COMPLETE": "complete_bash",
        "COMP_WORDS": f"rpafabrik status -n {home.namespace[:12]}",
        "COMP_CWORD": "3",
    }
    program = Path(sys.executable).with_name("rpafabrik")

    def completed() -> bool:
        ended = subprocess.run(
            [program], env=environment, capture_output=True, text=True, check=True
        )
        return home.namespace in ended.stdout.split()

    # It gives up after three seconds, in which a busy machine is slow.
    demo.wait_until(completed, seconds=240)


def read_block(told: IO[str], row: str) -> str:
    """Everything up to a row, however wide its columns; the time limit ends a wait in vain."""
    read = ""
    while row not in "".join(read.splitlines()[-1:]):
        line = told.readline()
        assert line, read
        read += "  ".join(re.split(r" {2,}", line))
    return read
