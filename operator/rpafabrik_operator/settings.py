"""What the operator is told; born in the command line, read by `main` alone."""

from dataclasses import dataclass
from pathlib import Path

from rpafabrik import connection


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorSettings:
    """What `rpafabrik operator` is told."""

    temporal: connection.Settings
    kubeconfig: Path | None = None
    """None: the pod's service account, or the kubeconfig that kubectl would use."""
    namespaces: tuple[str, ...] = ()
    """The namespaces to serve, by name or pattern (`ekonomi-*`); empty serves the whole cluster."""
    resync_seconds: int = 300
    """How often each resource is looked at when nothing seems to have changed."""
    host: str = "127.0.0.1"
    """Where health and metrics are served; 0.0.0.0 in a pod."""
    health_port: int | None = None
    metrics_port: int | None = None
