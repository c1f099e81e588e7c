"""The product and its first example on the node: what a person gets by `make kind-up`.

`examples/kind/try.sh` does it. Here is what kind and the trial servers of the chart give it
otherwise: images, a volume, Temporal and PostgreSQL, which run on this machine.
"""

import asyncio
import collections
import contextlib
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import yaml

from support import (
    demo,
    forwarding,
    helm,
    images,
    postgres_fixture,
    process,
    temporal_fixture,
)
from support.node_fixture import NodeCluster

SCRIPT = demo.REPOSITORY / "examples" / "kind" / "try.sh"
PRODUCT, PEOPLE = "rpafabrik", "ekonomi"
"""The namespaces of the product and of its users."""
_SECONDS = 280


@dataclass(frozen=True, slots=True)
class Trial:
    """A cluster on which the script has run, and runs again when it is told to."""

    cluster: NodeCluster
    helm: helm.Helm
    output: Path
    """Where the robots' files are on this machine."""
    ledger: str
    """The ledger's URL, from this machine."""
    temporal: tuple[str, str]
    """Temporal's address from this machine, and the namespace."""
    values: Path
    """What the script is told beside its own values."""

    def install(self) -> None:
        """Run the script as a person does whose kubectl leads to the cluster."""
        programs = (str(self.helm.binary.parent), str(Path(process.find("kubectl")).parent))
        environment = self.helm.environment() | {
            "KUBECONFIG": str(self.cluster.kubeconfig),
            "KUBECACHEDIR": str(self.cluster.kubectl_cache),
            "PATH": os.pathsep.join([*programs, os.environ["PATH"]]),
        }
        done = subprocess.run(
            [SCRIPT, f"--values={self.values}"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def kubectl(self, *arguments: str, stdin: str = "", namespace: str = PEOPLE) -> str:
        done = self.cluster.kubectl("-n", namespace, *arguments, stdin=stdin)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def get(self, what: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.kubectl("get", what, "-o", "json"))
        return found

    def apply(self, *manifests: dict[str, Any]) -> None:
        listed = {"apiVersion": "v1", "kind": "List", "items": manifests}
        self.kubectl("apply", "-f", "-", stdin=json.dumps(listed))

    def job(self, name: str) -> dict[str, Any]:
        """Return a job that does what the example's does, slowly enough to be met at work."""
        job = self.get("wj/kassaavstamning")
        spec = job["spec"]
        spec["input"]["output"] += f"/{name}"
        spec["items"]["concurrency"] = 4
        for call in (spec["items"]["source"], spec["onCompletion"], *spec["steps"]):
            # How soon it is noticed that a robot is gone; every activity beats by itself.
            call["heartbeatTimeoutSeconds"] = 5
        return {
            "apiVersion": job["apiVersion"],
            "kind": job["kind"],
            "metadata": {"name": name, "namespace": PEOPLE},
            "spec": spec,
        }

    def rows(self, job: str) -> demo.Rows:
        """What stands in the ledger of a job that has this name."""
        statement = (
            "SELECT reference, outcome FROM items JOIN runs USING (run_id) WHERE runs.job = %s"
        )
        with psycopg.connect(self.ledger) as connection:
            return collections.Counter(connection.execute(statement, (job,)).fetchall())

    def until(self, holds: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + _SECONDS
        while not holds():
            assert time.monotonic() < deadline, f"{what}: not so after {_SECONDS} s"
            time.sleep(0.2)


@contextlib.contextmanager
def opened(
    cluster: NodeCluster, postgres: postgres_fixture.Server, temporal: str, folder: Path
) -> Iterator[Trial]:
    """Run the script, and take away from the cluster what it left behind."""
    tool = helm.built(folder / "helm", cluster.kubeconfig)
    _give_images(cluster)
    with (
        postgres_fixture.database(postgres) as database,
        forwarding.reachable(cluster.host, forwarding.to_port(temporal)) as frontend,
        forwarding.reachable(cluster.host, forwarding.to_socket(postgres.socket)) as ledger,
        _around(cluster, folder, f"postgresql://postgres@{ledger}/{database}"),
    ):
        namespace = asyncio.run(temporal_fixture.new_namespace(temporal))
        values = folder / "values.yaml"
        values.write_text(yaml.safe_dump(_values(frontend, namespace, ledger)))
        reach = postgres.url(database), (temporal, namespace)
        trial = Trial(cluster, tool, folder / "output", *reach, values)
        trial.install()
        yield trial


def _values(temporal: str, namespace: str, ledger: str) -> dict[str, Any]:
    return {
        "trial": {"temporal": {"enabled": False}, "postgresql": {"enabled": False}},
        "temporal": {"address": temporal, "namespace": namespace},
        "ledger": {"secret": {"name": "ledger"}, "port": int(ledger.rpartition(":")[2])},
    }


def _give_images(cluster: NodeCluster) -> None:
    """Give the node the images by the names that the example says."""
    for archive, name, called in (
        (images.product_image(), images.PRODUCT, "rpafabrik:kind"),
        (images.robot_image(), images.ROBOT, "rpafabrik-robot:kind"),
    ):
        cluster.import_image(archive)
        cluster.name_image(name, f"docker.io/library/{called}")


@contextlib.contextmanager
def _around(cluster: NodeCluster, folder: Path, ledger: str) -> Iterator[None]:
    """Have what must be there before: the robots' disk, and how to log in to the ledger."""
    output = folder / "output"
    output.mkdir()
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "ledger", "namespace": PRODUCT},
        "stringData": {"url": ledger},
    }
    named = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": PRODUCT}}
    listed = {"apiVersion": "v1", "kind": "List", "items": [named, secret, _volume(output)]}
    made = cluster.kubectl("apply", "-f", "-", stdin=json.dumps(listed))
    assert made.returncode == 0, made.stderr
    try:
        yield
    finally:
        for gone in (f"namespace/{PRODUCT}", f"namespace/{PEOPLE}", "persistentvolume/trial"):
            cluster.kubectl("delete", gone, "--wait=false")


def _volume(output: Path) -> dict[str, Any]:
    """Return a disk of the only node, as kind makes one for a claim."""
    here = {"key": "kubernetes.io/os", "operator": "In", "values": ["linux"]}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": "trial"},
        "spec": {
            "capacity": {"storage": "1Gi"},
            "accessModes": ["ReadWriteOnce"],
            "claimRef": {"namespace": PEOPLE, "name": "kassaavstamning"},
            "local": {"path": str(output)},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [here]}]}},
        },
    }
