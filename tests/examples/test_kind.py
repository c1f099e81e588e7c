"""The product on a cluster, from its installation to its removal, with the first example.

Images, charts, rights, operator, platform and robots, all together for once. One story and one
test, for its chapters share a cluster, and an installation takes half a minute.
"""

import asyncio
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from temporalio.client import Client

from cluster.node import NAME as NODE
from support import demo, judges, runbooks, trial
from support.examples import RUN
from support.node_fixture import NodeCluster
from support.postgres_fixture import Server
from support.trial import Trial

pytestmark = [pytest.mark.server, pytest.mark.long(150), pytest.mark.timeout(1800)]

JOB = "kassaavstamning"
KEY = demo.EXAMPLE / "facit.csv"


@pytest.fixture
def tried(
    node_cluster: NodeCluster,
    postgres: Server,
    temporal_server: str,
    tmp_path: Path,
) -> Iterator[Trial]:
    """Return the cluster after the script: the example has run once."""
    with trial.opened(node_cluster, postgres, temporal_server, tmp_path) as opened:
        yield opened


def test_from_installation_to_hours_saved_and_to_removal(tried: Trial) -> None:
    the_example_runs_on_robot_pods_and_shows_the_hours_that_it_saved(tried)
    the_ledger_answers_as_runbooks_ask_it(tried)
    robot_pods_that_go_in_the_middle_of_a_run_change_nothing(tried)
    a_deleted_job_goes_once_its_run_has_ended(tried)
    uninstalling_leaves_kinds_and_what_people_declared_for_a_new_install(tried)


def the_example_runs_on_robot_pods_and_shows_the_hours_that_it_saved(tried: Trial) -> None:
    shown = tried.kubectl("get", "wj", JOB, "--no-headers").split()

    status, rows = tried.get(f"wj/{JOB}")["status"], tried.rows(JOB)
    assert shown[:5] == [JOB, "Production", "True", "Reconciled", "False"]
    assert shown[5:7] == ["True", "True"]  # on schedule, and its runs succeed
    assert (shown[8], shown[10]) == ("Succeeded", "6.0")
    assert rows == demo.expected_rows(KEY)
    assert status["saved"]["netSeconds"] == demo.expected_seconds(rows) == 21_687
    items = {key: count for key, count in status["lastRun"]["items"].items() if count}
    assert items == {"total": 149, "completed": 132, "businessExceptions": 17}
    (file,) = tried.output.glob("*.xlsx")
    assert file.name == "kassaavstamning-2026-01-07.xlsx"


def the_ledger_answers_as_runbooks_ask_it(tried: Trial) -> None:
    commands = {command for page in runbooks.pages() for command in page.commands}
    asked = [one for one in commands if "exec" in one and re.search("items list|report", one)]

    for command in asked:
        filled = command.replace("NAMESPACE", trial.PEOPLE).replace("JOB", JOB)
        done = tried.cluster.kubectl(*shlex.split(filled)[1:])
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout
    assert asked


def robot_pods_that_go_in_the_middle_of_a_run_change_nothing(tried: Trial) -> None:
    run = {**RUN, "metadata": {"name": "avbrott"}, "spec": {"jobRef": {"name": "avbrott"}}}
    tried.apply(tried.job("avbrott"), run)
    tried.until(lambda: tried.rows("avbrott").total() >= 10, "the run is under way")

    first, second = pods(tried)
    tried.kubectl("delete", first, "--wait=false")
    tried.kubectl("delete", second, "--grace-period=0", "--force")
    under_way = tried.rows("avbrott").total() < 149
    tried.until(lambda: "result" in tried.get("jr/avbrott")["status"], "the run has ended")

    status, rows = tried.get("jr/avbrott")["status"], tried.rows("avbrott")
    assert under_way
    assert status["result"] == "Succeeded"
    assert rows == demo.expected_rows(KEY)
    assert status["saved"]["netSeconds"] == 21_687
    assert not {first, second} & {*pods(tried)}


def a_deleted_job_goes_once_its_run_has_ended(tried: Trial) -> None:
    tried.apply(tried.job("avslut"))
    tried.until(lambda: tried.get("wj/avslut")["status"]["scheduleId"] != "", "it is scheduled")
    schedule = tried.get("wj/avslut")["status"]["scheduleId"]
    asyncio.run(start(tried, schedule))
    tried.until(lambda: tried.rows("avslut").total() >= 5, "the run is under way")

    tried.kubectl("delete", "wj/avslut", "--wait=false")
    tried.kubectl("wait", "wj/avslut", "--for=jsonpath={.status.conditions[0].reason}=Draining")
    tried.until(lambda: not tried.kubectl("get", "wj/avslut", "--ignore-not-found"), "it has gone")

    assert tried.rows("avslut") == demo.expected_rows(KEY)
    assert schedule not in asyncio.run(schedules(tried))


def uninstalling_leaves_kinds_and_what_people_declared_for_a_new_install(tried: Trial) -> None:
    declared = tried.kubectl("get", "dw,jr,pvc,cm,deploy", "-o", "name")
    saved = tried.get(f"wj/{JOB}")["status"]["saved"]

    for chart, namespace in (("rpafabrik", trial.PRODUCT), ("rpafabrik-crds", "default")):
        done = tried.helm.run("uninstall", chart, f"--namespace={namespace}", "--wait")
        assert done.returncode == 0, done.stderr
    tried.until(
        lambda: not tried.kubectl("get", "pods", "-o", "name", namespace=trial.PRODUCT),
        "the product's pods have ended",
    )

    own, shared = left(tried, namespaced=True), left(tried, namespaced=False)
    kept = tried.kubectl("get", "dw,jr,pvc,cm,deploy", "-o", "name")
    tried.install()

    assert own == {
        "configmap/kube-root-ca.crt",
        "secret/ledger",
        "serviceaccount/default",
    }
    assert {name for name in shared if "rpafabrik" in name and NODE not in name} == {
        "apiservice.apiregistration.k8s.io/v1alpha1.rpafabrik.dev",
        "customresourcedefinition.apiextensions.k8s.io/digitalworkers.rpafabrik.dev",
        "customresourcedefinition.apiextensions.k8s.io/jobruns.rpafabrik.dev",
        "customresourcedefinition.apiextensions.k8s.io/workerjobs.rpafabrik.dev",
        "namespace/rpafabrik",
    }
    assert kept == declared
    assert tried.get(f"wj/{JOB}")["status"]["saved"] == saved
    assert tried.rows(JOB) == demo.expected_rows(KEY)


def test_kind_reads_the_cluster_as_one_node_of_that_name() -> None:
    cluster = judges.kind(trial.SCRIPT.with_name("kind.yaml"))

    assert cluster["name"] == "rpafabrik"
    assert [node["role"] for node in cluster["nodes"]] == ["control-plane"]


def pods(tried: Trial) -> list[str]:
    label = "--selector=rpafabrik.dev/digital-worker=ekonomi"
    return tried.kubectl("get", "pods", label, "-o", "name").split()


async def start(tried: Trial, schedule: str) -> None:
    """Start what a schedule would, now."""
    await (await temporal(tried)).get_schedule_handle(schedule).trigger()


async def schedules(tried: Trial) -> list[str]:
    client = await temporal(tried)
    return [one.id async for one in await client.list_schedules()]


async def temporal(tried: Trial) -> Client:
    address, namespace = tried.temporal
    return await Client.connect(address, namespace=namespace)


def left(tried: Trial, *, namespaced: bool) -> set[str]:
    """Return all objects of the product's namespace, or of none; events are no objects."""
    which = f"--namespaced={str(namespaced).lower()}"
    kinds = tried.kubectl("api-resources", "--verbs=list,create", which, "-o", "name").split()
    told = ("events", "events.events.k8s.io")
    listed = ",".join(kind for kind in kinds if kind not in told)
    return {*tried.kubectl("get", listed, "-o", "name", namespace=trial.PRODUCT).split()}
