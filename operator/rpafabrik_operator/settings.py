"""What the operator is told; born in the command line, read by `main` alone."""

from dataclasses import dataclass
from pathlib import Path

from rpafabrik import connection
from rpafabrik_operator.planning import pods


@dataclass(frozen=True, slots=True)
class Lease:
    """The lease that one of several operators holds."""

    namespace: str
    name: str = "rpafabrik-operator"


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
    lease: Lease | None = None
    """What operators that serve the same resources elect their leader by; None: it is alone."""
    host: str = "127.0.0.1"
    """Where health and metrics are served; 0.0.0.0 in a pod."""
    health_port: int | None = None
    metrics_port: int | None = None
    robot_temporal_secret: str | None = None
    """Secret, in each DigitalWorker's namespace, with what robots need to log in to Temporal."""

    @property
    def robots(self) -> pods.RobotSettings:
        """What the pods of DigitalWorkers are told: the way to the operator's own Temporal."""
        return pods.RobotSettings(
            temporal_address=self.temporal.address or connection.DEFAULT_ADDRESS,
            temporal_namespace=self.temporal.namespace or connection.DEFAULT_NAMESPACE,
            temporal_secret=self.robot_temporal_secret,
        )
