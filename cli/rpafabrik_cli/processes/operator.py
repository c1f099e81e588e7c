"""`rpafabrik operator`."""

from dataclasses import dataclass
from pathlib import Path

from rpafabrik_cli.processes import common
from rpafabrik_operator.main import run_operator
from rpafabrik_operator.settings import Lease, OperatorSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Which cluster, and how much of it."""

    kubeconfig: Path | None
    namespaces: tuple[str, ...]
    resync_seconds: int
    lease_namespace: str | None
    lease_name: str
    robot_temporal_secret: str | None


def run(settings: common.Common, cluster: Cluster) -> None:
    """Run the operator."""
    lease = Lease(cluster.lease_namespace, cluster.lease_name) if cluster.lease_namespace else None
    told = OperatorSettings(
        temporal=settings.connection(),
        kubeconfig=cluster.kubeconfig,
        namespaces=cluster.namespaces,
        resync_seconds=cluster.resync_seconds,
        lease=lease,
        robot_temporal_secret=cluster.robot_temporal_secret,
        host=settings.serve.host,
        health_port=settings.serve.health_port,
        metrics_port=settings.serve.metrics_port,
    )
    common.run(settings, run_operator(told))
