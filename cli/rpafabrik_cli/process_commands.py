"""`worker`, `platform`, `operator` and `ledger`: their options. Imports nothing that is slow."""

from enum import StrEnum
from typing import Annotated

import typer

from rpafabrik_api import names
from rpafabrik_cli import failures, options

_HIGHEST_PORT = 65_535


class LogFormat(StrEnum):
    """How a process logs."""

    TEXT = "text"
    JSON = "json"


class LogLevel(StrEnum):
    """From which level on a process logs."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


_TemporalAddress = Annotated[
    str | None,
    typer.Option(
        envvar=["RPAFABRIK_TEMPORAL_ADDRESS", "TEMPORAL_ADDRESS"],
        metavar="HOST:PORT",
        help="Where Temporal answers. TLS and API key come from Temporal's own TEMPORAL_…"
        " variables or its configuration file.",
        show_default="localhost:7233",
    ),
]
_Host = Annotated[
    str,
    typer.Option(
        envvar="RPAFABRIK_HOST", help="Where health and metrics are served; 0.0.0.0 in a pod."
    ),
]
_HealthPort = Annotated[
    int | None,
    typer.Option(
        envvar="RPAFABRIK_HEALTH_PORT",
        min=0,
        max=_HIGHEST_PORT,
        help="Port of /healthz; workers also serve /readyz.",
    ),
]
_MetricsPort = Annotated[
    int | None,
    typer.Option(
        envvar="RPAFABRIK_METRICS_PORT", min=0, max=_HIGHEST_PORT, help="Port of /metrics."
    ),
]
_DrainSeconds = Annotated[
    int,
    typer.Option(
        envvar="RPAFABRIK_DRAIN_SECONDS",
        min=0,
        help="How long activities under way may go on after SIGTERM.",
    ),
]
_LogFormat = Annotated[
    LogFormat, typer.Option(envvar="RPAFABRIK_LOG_FORMAT", help="How each event is written.")
]
_LogLevel = Annotated[
    LogLevel,
    typer.Option(
        envvar="RPAFABRIK_LOG_LEVEL",
        case_sensitive=False,
        help="What is less than this is not told.",
    ),
]
_Ledger = Annotated[
    str,
    typer.Option(
        envvar="RPAFABRIK_LEDGER_URL",
        metavar="URL",
        help="sqlite:///FILE or postgresql://USER:PASSWORD@HOST:PORT/DATABASE.",
    ),
]
_Cluster = Annotated[
    bool,
    typer.Option(
        "--cluster/--no-cluster",
        envvar="RPAFABRIK_CLUSTER",
        help="Tell the resources of a cluster how their runs go.",
    ),
]
_Modules = Annotated[
    list[str],
    typer.Option(
        "--module",
        "-m",
        envvar="RPAFABRIK_MODULES",
        help="A Python module or package that holds activities and workflows; may be repeated.",
    ),
]
_Worker = Annotated[
    str | None,
    typer.Option(
        "--worker",
        "-w",
        envvar="RPAFABRIK_WORKER",
        help="Name of the digital worker, as spec.workerRef gives it.",
    ),
]
_Namespace = Annotated[
    str, typer.Option("--namespace", "-n", envvar="RPAFABRIK_NAMESPACE", help="That of its jobs.")
]
_Queue = Annotated[
    str | None,
    typer.Option(envvar="RPAFABRIK_QUEUE", help="Task queue, in place of name and namespace."),
]
_Concurrency = Annotated[
    int, typer.Option(envvar="RPAFABRIK_CONCURRENCY", min=1, help="Activities at the same time.")
]
_Namespaces = Annotated[
    list[str],
    typer.Option(
        "--namespace",
        "-n",
        envvar="RPAFABRIK_NAMESPACES",
        help="Serve this namespace, or those of a pattern (ekonomi-*); may be repeated.",
        show_default="the whole cluster",
    ),
]
_ResyncSeconds = Annotated[
    int,
    typer.Option(
        envvar="RPAFABRIK_RESYNC_SECONDS",
        min=1,
        help="How often each resource is looked at when nothing seems to have changed.",
    ),
]
_LeaseNamespace = Annotated[
    str | None,
    typer.Option(
        "--leader-elect-namespace",
        envvar="RPAFABRIK_LEASE_NAMESPACE",
        metavar="NAMESPACE",
        help="Of several operators let only one work at a time, by a Lease in this namespace.",
        show_default="works alone",
    ),
]
_LeaseName = Annotated[
    str,
    typer.Option(
        "--leader-elect-name",
        envvar="RPAFABRIK_LEASE_NAME",
        help="That Lease's name.",
    ),
]
_RobotTemporalSecret = Annotated[
    str | None,
    typer.Option(
        envvar="RPAFABRIK_ROBOT_TEMPORAL_SECRET",
        metavar="SECRET",
        help="Secret, in each DigitalWorker's namespace, whose keys are the variables with which"
        " its robots log in to Temporal (TEMPORAL_API_KEY, TEMPORAL_TLS_…).",
        show_default="robots need none",
    ),
]
_LEDGER = "sqlite:///rpafabrik-ledger.db"

ledger = typer.Typer(help="The ledger: what has happened, and what it saved.", no_args_is_help=True)


def worker(  # noqa: PLR0913 # Typer wants a parameter per option
    *,
    module: _Modules,
    worker: _Worker = None,
    namespace: _Namespace = "default",
    queue: _Queue = None,
    concurrency: _Concurrency = 20,
    drain_seconds: _DrainSeconds = 30,
    temporal_address: _TemporalAddress = None,
    temporal_namespace: options.TemporalNamespace = None,
    host: _Host = "127.0.0.1",
    health_port: _HealthPort = None,
    metrics_port: _MetricsPort = None,
    log_format: _LogFormat = LogFormat.TEXT,
    log_level: _LogLevel = LogLevel.INFO,
) -> None:
    """Run a digital worker: its activities, on its own task queue.

    SIGTERM drains it: activities under way may end, and no new one is taken.

        rpafabrik worker -w ekonomi -m robots.kassaavstamning
    """
    from rpafabrik_cli.processes import common  # noqa: PLC0415 # keeps help quick
    from rpafabrik_cli.processes import worker as process  # noqa: PLC0415 # keeps help quick

    if (worker is None) == (queue is None):
        raise failures.WrongUse("--worker or --queue must be given, and not both")
    settings = common.Common(
        temporal=common.Temporal(temporal_address, temporal_namespace),
        serve=common.Serve(host, health_port, metrics_port),
        log=common.Log(log_format == LogFormat.JSON, log_level.value),
    )
    where = queue or names.worker_queue(namespace, str(worker))
    robots = process.Robots(where, tuple(module), concurrency, drain_seconds)
    process.run(settings, robots)


def platform(  # noqa: PLR0913 # Typer wants a parameter per option
    *,
    ledger: _Ledger = _LEDGER,
    cluster: _Cluster = False,
    kubeconfig: options.Kubeconfig = None,
    drain_seconds: _DrainSeconds = 30,
    temporal_address: _TemporalAddress = None,
    temporal_namespace: options.TemporalNamespace = None,
    host: _Host = "127.0.0.1",
    health_port: _HealthPort = None,
    metrics_port: _MetricsPort = None,
    log_format: _LogFormat = LogFormat.TEXT,
    log_level: _LogLevel = LogLevel.INFO,
) -> None:
    """Run the platform worker: the workflows, and what is written into the ledger.

    A SQLite file is made and kept current; PostgreSQL wants `rpafabrik ledger migrate` first.

        rpafabrik platform --ledger postgresql://rpafabrik@db.example.org/ledger
    """
    from rpafabrik_cli.processes import common  # noqa: PLC0415 # keeps help quick
    from rpafabrik_cli.processes import platform as process  # noqa: PLC0415 # keeps help quick

    settings = common.Common(
        temporal=common.Temporal(temporal_address, temporal_namespace),
        serve=common.Serve(host, health_port, metrics_port),
        log=common.Log(log_format == LogFormat.JSON, log_level.value),
    )
    told = process.Cluster(kubeconfig) if cluster else None
    process.run(settings, process.Platform(ledger, told, drain_seconds))


def operator(  # noqa: PLR0913 # Typer wants a parameter per option
    *,
    kubeconfig: options.Kubeconfig = None,
    namespace: _Namespaces = [],  # noqa: B006 # Typer copies it
    resync_seconds: _ResyncSeconds = 300,
    leader_elect_namespace: _LeaseNamespace = None,
    leader_elect_name: _LeaseName = "rpafabrik-operator",
    robot_temporal_secret: _RobotTemporalSecret = None,
    temporal_address: _TemporalAddress = None,
    temporal_namespace: options.TemporalNamespace = None,
    host: _Host = "127.0.0.1",
    health_port: _HealthPort = None,
    metrics_port: _MetricsPort = None,
    log_format: _LogFormat = LogFormat.TEXT,
    log_level: _LogLevel = LogLevel.INFO,
) -> None:
    """Run the operator: resources of a cluster in, schedules and runs in Temporal out.

    Reaches the cluster as its pod's service account, or as kubectl does.

        rpafabrik operator --namespace ekonomi --temporal-address localhost:7233
    """
    from rpafabrik_cli.processes import common  # noqa: PLC0415 # keeps help quick
    from rpafabrik_cli.processes import operator as process  # noqa: PLC0415 # keeps help quick

    settings = common.Common(
        temporal=common.Temporal(temporal_address, temporal_namespace),
        serve=common.Serve(host, health_port, metrics_port),
        log=common.Log(log_format == LogFormat.JSON, log_level.value),
    )
    cluster = process.Cluster(
        kubeconfig=kubeconfig,
        namespaces=tuple(namespace),
        resync_seconds=resync_seconds,
        lease_namespace=leader_elect_namespace,
        lease_name=leader_elect_name,
        robot_temporal_secret=robot_temporal_secret,
    )
    process.run(settings, cluster)


@ledger.command()
def migrate(ledger: _Ledger = _LEDGER) -> None:
    """Bring the ledger to the schema of this version.

    Safe to repeat, and while the platform runs.

        rpafabrik ledger migrate --ledger postgresql://rpafabrik@db.example.org/ledger
    """
    from rpafabrik_cli.processes import platform as process  # noqa: PLC0415 # keeps help quick

    process.migrate(ledger)
    typer.echo("The ledger has the schema of this version.")
