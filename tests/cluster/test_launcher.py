"""The test cluster itself: it starts, answers as Kubernetes does, and leaves nothing behind."""

import json
import os
import sys
import time
from pathlib import Path

import pytest

from cluster import binaries, launcher
from support import process
from support.kubernetes_fixture import ApiServer

CRD = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: scales.test.rpafabrik.dev}
spec:
  group: test.rpafabrik.dev
  scope: Namespaced
  names: {kind: Scale, plural: scales, singular: scale}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
              min: {type: integer}
              max: {type: integer}
            x-kubernetes-validations:
            - {rule: self.min <= self.max, message: min must be at most max}
"""

SCALE = """
apiVersion: test.rpafabrik.dev/v1
kind: Scale
metadata: {name: kitchen}
spec: {min: %d, max: 5}
"""


def test_envtests_programs_come_before_a_given_cluster() -> None:
    environment = {"KUBEBUILDER_ASSETS": "/assets", "RPAFABRIK_TEST_KUBECONFIG": "/kubeconfig"}

    assert binaries.origin(environment) == binaries.Envtest(Path("/assets"))


def test_a_given_cluster_comes_before_a_build() -> None:
    environment = {"RPAFABRIK_TEST_KUBECONFIG": "/kubeconfig", "XDG_CACHE_HOME": "/cache"}

    assert binaries.origin(environment) == binaries.GivenCluster(Path("/kubeconfig"))


def test_a_build_lies_in_the_cache_under_its_version() -> None:
    origin = binaries.origin({"XDG_CACHE_HOME": "/cache"})

    assert isinstance(origin, binaries.OwnBuild)
    assert origin.binary.parent.parent == Path("/cache/rpafabrik/cluster")
    assert origin.binary.parent.name.startswith(binaries.kubernetes_version())


@pytest.mark.parametrize("changed", ["main.go", "keys.go", "tiny/main.go", "go.mod", "go.sum"])
def test_a_changed_source_is_another_build(tmp_path: Path, changed: str) -> None:
    (tmp_path / "tiny").mkdir()
    for name in ("main.go", "keys.go", "tiny/main.go", "go.sum"):
        (tmp_path / name).write_text("package main\n")
    (tmp_path / "go.mod").write_text("require (\n\tk8s.io/kubernetes v1.36.2\n)\n")
    before = binaries.fingerprint(tmp_path)

    with (tmp_path / changed).open("a") as source:
        source.write("\n")

    assert binaries.fingerprint(tmp_path) != before


def test_envtest_calls_its_own_programs(tmp_path: Path) -> None:
    for name in ("etcd", "kube-apiserver"):
        (tmp_path / name).touch(mode=0o755)

    assert binaries.programs(binaries.Envtest(tmp_path)) == binaries.Programs(
        etcd=(f"{tmp_path}/etcd",), kube_apiserver=(f"{tmp_path}/kube-apiserver",)
    )


def test_an_own_build_is_one_program_with_two_names(tmp_path: Path) -> None:
    kube = tmp_path / "kube"
    kube.touch(mode=0o755)

    assert binaries.programs(binaries.OwnBuild(kube)) == binaries.Programs(
        etcd=(str(kube), "etcd"), kube_apiserver=(str(kube), "kube-apiserver")
    )


def test_a_missing_program_is_named(tmp_path: Path) -> None:
    with pytest.raises(process.ProcessError, match=f"{tmp_path}/etcd must be a program"):
        binaries.programs(binaries.Envtest(tmp_path))


@pytest.mark.server
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_cluster_starts_from_nothing_and_leaves_nothing(
    cluster_origin: binaries.Origin, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if isinstance(cluster_origin, binaries.GivenCluster):
        pytest.skip("a given cluster is not ours to start")
    started = time.monotonic()

    with launcher.running(binaries.programs(cluster_origin), tmp_path) as kubeconfig:
        ready = time.monotonic() - started
        answer = ApiServer(kubeconfig, tmp_path).kubectl("get", "--raw", "/readyz")
        assert processes_naming(tmp_path) == 2
        stopping = time.monotonic()
    stopped = time.monotonic() - stopping

    assert (answer.stdout, answer.stderr) == ("ok", "")
    assert processes_naming(tmp_path) == 0
    with capsys.disabled():
        sys.stderr.write(f"\ntest cluster: ready {ready:.1f} s, stopped {stopped:.1f} s\n")


@pytest.mark.server
def test_a_cel_rule_refuses_with_its_message(
    api_server: ApiServer, kubernetes_namespace: str
) -> None:
    crd = api_server.kubectl("apply", "-f", "-", stdin=CRD)
    assert crd.returncode == 0, crd.stderr
    crd_name = "crd/scales.test.rpafabrik.dev"
    api_server.kubectl("wait", "--for=condition=Established", crd_name, "--timeout=30s")
    apply = ("apply", "-n", kubernetes_namespace, "-f", "-")

    refused = api_server.kubectl(*apply, stdin=SCALE % 9)
    accepted = api_server.kubectl(*apply, stdin=SCALE % 1)

    assert refused.returncode == 1
    assert 'The Scale "kitchen" is invalid: spec: Invalid value' in refused.stderr
    assert "min must be at most max" in refused.stderr
    assert (accepted.returncode, accepted.stderr) == (0, "")


@pytest.mark.server
def test_the_server_tells_the_version_it_was_built_as(api_server: ApiServer) -> None:
    version = json.loads(api_server.kubectl("get", "--raw", "/version").stdout)

    assert version["gitVersion"].startswith(f"v{version['major']}.{version['minor']}.")


def processes_naming(folder: Path) -> int:
    """Count this user's processes that have the folder on their command line."""
    lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if readable(path)]
    return sum(os.fsencode(folder) in line for line in lines)


def readable(path: Path) -> bool:
    try:
        path.read_bytes()
    except OSError:  # ended meanwhile
        return False
    return True
