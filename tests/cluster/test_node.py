"""The node runs pods as Kubernetes does. What it leaves behind is `test_cluster_up`'s concern."""

import json
import subprocess
import time
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

from cluster import images, node
from support import process
from support.node_fixture import NodeCluster

pytestmark = pytest.mark.server

DEPLOYMENT = f"""
apiVersion: apps/v1
kind: Deployment
metadata: {{name: tiny}}
spec:
  replicas: 2
  selector: {{matchLabels: {{app: tiny}}}}
  template:
    metadata: {{labels: {{app: tiny}}}}
    spec:
      containers:
      - name: tiny
        image: {images.TINY}
        imagePullPolicy: Never
        args: [serve]
        readinessProbe: {{httpGet: {{port: 8080}}, periodSeconds: 1}}
"""

POD = f"""
apiVersion: v1
kind: Pod
metadata: {{name: %s}}
spec:
  restartPolicy: Never
  containers:
  - name: tiny
    image: {images.TINY}
    imagePullPolicy: Never
    args: [%s]
    resources: {{limits: {{memory: 32Mi}}}}
"""

OWNED = """
apiVersion: v1
kind: ConfigMap
metadata:
  name: owned
  ownerReferences:
  - {apiVersion: v1, kind: ConfigMap, name: owner, uid: %s}
"""


def test_a_deployment_becomes_ready_and_goes_with_its_namespace(
    node_cluster: NodeCluster, node_namespace: str
) -> None:
    apply(node_cluster, node_namespace, DEPLOYMENT)

    kubectl(node_cluster, node_namespace, "wait", "--for=condition=Available", "deploy/tiny", WAIT)
    first, second = pods(node_cluster, node_namespace)
    assert (first["status"]["phase"], second["status"]["phase"]) == ("Running", "Running")

    kubectl(node_cluster, node_namespace, "delete", "namespace", node_namespace, WAIT)
    assert pods(node_cluster, node_namespace) == []


def test_pods_are_reached_from_here_and_from_each_other(
    node_cluster: NodeCluster, node_namespace: str
) -> None:
    apply(node_cluster, node_namespace, DEPLOYMENT)
    kubectl(node_cluster, node_namespace, "wait", "--for=condition=Available", "deploy/tiny", WAIT)
    first, second = pods(node_cluster, node_namespace)
    name, address = first["metadata"]["name"], first["status"]["podIP"]

    from_here = get(address)
    from_the_other = kubectl(
        node_cluster,
        node_namespace,
        *("exec", second["metadata"]["name"], "--", "/tiny", "ask", f"http://{address}:8080"),
    )
    log = kubectl(node_cluster, node_namespace, "logs", name)

    assert (from_here, from_the_other) == (f"{name}\n", f"{name}\n")
    assert log == f"serving as {name}\n"


def test_a_pod_finds_the_api_server_and_is_known_by_its_account(
    node_cluster: NodeCluster, node_namespace: str
) -> None:
    apply(node_cluster, node_namespace, POD % ("asks", "whoami"))
    until(lambda: phase(node_cluster, node_namespace, "asks") == "Succeeded")

    told = json.loads(kubectl(node_cluster, node_namespace, "logs", "asks"))

    user = f"system:serviceaccount:{node_namespace}:default"
    assert told["status"]["userInfo"]["username"] == user


def test_a_pod_that_eats_too_much_is_killed_and_says_so(
    node_cluster: NodeCluster, node_namespace: str
) -> None:
    apply(node_cluster, node_namespace, POD % ("eats", "eat"))
    until(lambda: phase(node_cluster, node_namespace, "eats") == "Failed")

    (pod,) = pods(node_cluster, node_namespace)

    (container,) = pod["status"]["containerStatuses"]
    ended = container["state"]["terminated"]
    assert (ended["reason"], ended["exitCode"]) == ("OOMKilled", 137)


def test_what_has_lost_its_owner_is_collected(
    node_cluster: NodeCluster, node_namespace: str
) -> None:
    kubectl(node_cluster, node_namespace, "create", "configmap", "owner")
    uid = kubectl(node_cluster, node_namespace, "get", "cm/owner", "-o", "jsonpath={.metadata.uid}")
    apply(node_cluster, node_namespace, OWNED % uid)

    kubectl(node_cluster, node_namespace, "delete", "configmap", "owner")

    kubectl(node_cluster, node_namespace, "wait", "--for=delete", "cm/owned", WAIT)


def test_a_pod_of_an_unknown_image_says_that_it_is_missing(
    node_cluster: NodeCluster, node_namespace: str
) -> None:
    missing = (POD % ("lost", "pause")).replace(images.TINY, "localhost/nowhere:test")
    apply(node_cluster, node_namespace, missing)

    def waiting() -> str | None:
        (pod,) = pods(node_cluster, node_namespace)
        states = [one["state"] for one in pod["status"].get("containerStatuses", [])]
        return states[0].get("waiting", {}).get("reason") if states else None

    until(lambda: waiting() == "ErrImageNeverPull")


def test_a_file_that_is_no_image_is_refused_by_name(
    node_cluster: NodeCluster, tmp_path_factory: pytest.TempPathFactory
) -> None:
    archive = tmp_path_factory.mktemp("archive") / "broken.tar"
    archive.write_text("no tar at all")

    with pytest.raises(process.ProcessError, match=f"{archive} cannot be given to the node"):
        node_cluster.import_image(archive)


def test_the_kubelet_lets_nobody_in_without_a_name(node_cluster: NodeCluster) -> None:
    asked = ["curl", "-sk", "-o", "/dev/null", "-w", "%{http_code}"]

    told = subprocess.run(
        [*asked, f"https://{node_cluster.host}:10250/pods"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert told.stdout == "401"


def test_a_kubelet_may_only_touch_its_own_node(node_cluster: NodeCluster) -> None:
    kubeconfig = node_cluster.kubeconfig.with_name("kubelet.kubeconfig")
    kubelet = NodeCluster(kubeconfig, node_cluster.kubectl_cache, 0, "")

    own = kubelet.kubectl("get", "node", node.NAME, "-o", "name")
    secrets = kubelet.kubectl("get", "secrets", "-A")

    assert own.stdout == f"node/{node.NAME}\n"
    assert f'User "system:node:{node.NAME}" cannot list resource "secrets"' in secrets.stderr


WAIT = "--timeout=50s"


def kubectl(cluster: NodeCluster, namespace: str, *arguments: str, stdin: str = "") -> str:
    done = cluster.kubectl("-n", namespace, *arguments, stdin=stdin)
    assert done.returncode == 0, done.stderr
    return done.stdout


def apply(cluster: NodeCluster, namespace: str, manifest: str) -> None:
    kubectl(cluster, namespace, "apply", "-f", "-", stdin=manifest)


def pods(cluster: NodeCluster, namespace: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(
        kubectl(cluster, namespace, "get", "pods", "-o", "json")
    )["items"]
    return found


def phase(cluster: NodeCluster, namespace: str, name: str) -> str:
    return kubectl(cluster, namespace, "get", "pod", name, "-o", "jsonpath={.status.phase}")


def get(address: str) -> str:
    with urllib.request.urlopen(f"http://{address}:8080", timeout=5) as answer:
        told: bytes = answer.read()
    return told.decode()


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 50
    while not holds():
        assert time.monotonic() < deadline, "it has not come to hold in 50 s"
        time.sleep(0.2)
