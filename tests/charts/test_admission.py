"""A real API server takes every object of the chart, also where only restricted pods may run."""

import json
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import charts
from support import helm as helm_program
from support.charts import LEAST, MOST, TRIAL
from support.helm import Helm
from support.kubernetes_fixture import ApiServer

pytestmark = [pytest.mark.server, pytest.mark.timeout(900)]

EACH = pytest.mark.parametrize("values", [LEAST, MOST, TRIAL], ids=lambda path: path.stem)


@pytest.fixture
def restricted(api_server: ApiServer, kubernetes_namespace: str) -> str:
    """Return a namespace that takes only restricted pods, and warns of what makes others."""
    standard = [f"pod-security.kubernetes.io/{how}=restricted" for how in ("enforce", "warn")]
    labelled = api_server.kubectl("label", "namespace", kubernetes_namespace, *standard)
    assert labelled.returncode == 0, labelled.stderr
    return kubernetes_namespace


@pytest.fixture
def served(api_server: ApiServer) -> Iterator[str]:
    """Have namespaces to serve, one for boards, and the kinds of monitors; return their values."""
    for kind in helm_program.monitoring_kinds():
        applied = api_server.kubectl("apply", "--server-side", "-f", str(kind))
        assert applied.returncode == 0, applied.stderr
    namespaces = [f"test-{uuid.uuid4().hex[:12]}" for _ in range(2)]
    for namespace in namespaces:
        api_server.kubectl("create", "namespace", namespace)
    boards = f"metrics.dashboards.namespace={namespaces[0]}"
    yield f"--set=namespaces={{{','.join(namespaces)}}},{boards}"
    for namespace in namespaces:
        api_server.kubectl("delete", "namespace", namespace, "--wait=false")


@pytest.mark.parametrize("values", [LEAST, TRIAL], ids=lambda path: path.stem)
def test_the_api_server_takes_every_object_without_a_warning(
    helm: Helm, api_server: ApiServer, restricted: str, values: Path
) -> None:
    manifests = charts.rendered(helm, values, namespace=restricted)

    taken = dry_run(api_server, manifests)

    assert (taken.returncode, taken.stderr) == (0, "")
    assert len(taken.stdout.splitlines()) == len(manifests) >= 18


def test_the_api_server_takes_every_object_there_can_be(
    helm: Helm, api_server: ApiServer, restricted: str, served: str
) -> None:
    manifests = charts.rendered(helm, MOST, served, namespace=restricted)

    taken = dry_run(api_server, manifests)

    assert (taken.returncode, taken.stderr) == (0, "")
    assert len(taken.stdout.splitlines()) == len(manifests) >= 26


@EACH
def test_every_pod_stands_the_restricted_standard(
    helm: Helm, api_server: ApiServer, restricted: str, values: Path
) -> None:
    templates = charts.pod_templates(charts.rendered(helm, values, namespace=restricted))
    pods = [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "namespace": restricted, **template["metadata"]},
            "spec": template["spec"],
        }
        for name, template in templates.items()
    ]

    taken = dry_run(api_server, pods)

    assert (taken.returncode, taken.stderr) == (0, "")


def test_a_pod_that_is_not_restricted_would_have_been_refused(
    api_server: ApiServer, restricted: str
) -> None:
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "loose", "namespace": restricted},
        "spec": {"containers": [{"name": "loose", "image": "loose"}]},
    }

    taken = dry_run(api_server, [pod])

    assert "violates PodSecurity" in taken.stderr


def dry_run(
    api_server: ApiServer, manifests: list[charts.Manifest]
) -> subprocess.CompletedProcess[str]:
    text = "\n---\n".join(json.dumps(manifest) for manifest in manifests)
    options = ("--dry-run=server", "--validate=strict", "--server-side")
    return api_server.kubectl("apply", *options, "-f", "-", stdin=text)
