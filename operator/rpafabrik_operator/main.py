"""Composition root of the operator: clients, gateways, visits and Kopf are born and joined here."""

import asyncio
import contextlib
import random
from datetime import UTC, datetime

import kopf
import prometheus_client as prometheus
from kubernetes.aio import client as api
from temporalio.runtime import Runtime

from rpafabrik import errors
from rpafabrik.logs import log
from rpafabrik.runtime import health, process, telemetry
from rpafabrik_operator.figures.jobs import Jobs
from rpafabrik_operator.figures.looks import Looks
from rpafabrik_operator.figures.robots import Robots
from rpafabrik_operator.gateways import kubernetes, temporal
from rpafabrik_operator.gateways.cache import Cache
from rpafabrik_operator.gateways.census import Censuses
from rpafabrik_operator.gateways.owned import OwnedObjects
from rpafabrik_operator.handlers import absences, watch
from rpafabrik_operator.handlers.agenda import Agenda
from rpafabrik_operator.handlers.visits import Visitor
from rpafabrik_operator.leadership import Leadership
from rpafabrik_operator.reconcile import ports
from rpafabrik_operator.reconcile.reconcile import Reconciler
from rpafabrik_operator.reconcile.rounds import EVERY_SECONDS, Rounds
from rpafabrik_operator.reconcile.sweep import sweep
from rpafabrik_operator.settings import OperatorSettings

_API_RETRY_SECONDS = 2.0


async def run_operator(settings: OperatorSettings, *, stop: asyncio.Event | None = None) -> None:
    """Run the operator until SIGTERM, SIGINT or `stop`; looks under way get a moment to end."""
    registry = prometheus.CollectorRegistry()
    # One that stands by watches nothing, and so has no job to tell of.
    cache = Cache()
    credentials = process.credentials(settings.temporal)
    sources = (telemetry.source(registry), Jobs(cache, _now), credentials)
    async with telemetry.serving(settings.host, settings.metrics_port, *sources) as runtime:
        await _run(settings, stop, runtime, registry, cache)


async def _run(
    settings: OperatorSettings,
    stop: asyncio.Event | None,
    runtime: Runtime,
    registry: prometheus.CollectorRegistry,
    cache: Cache,
) -> None:
    client = await temporal.connect(settings.temporal, runtime)
    credentials = await kubernetes.configuration(settings.kubeconfig)
    async with api.ApiClient(credentials) as api_client:
        leadership = Leadership(settings, api_client, registry)
        guard = leadership.guard
        cluster = kubernetes.KubernetesGateway(api_client, cache, guard)
        objects = OwnedObjects(api_client, guard)
        gateway = temporal.TemporalGateway(client, await _identity(cluster, settings), guard)
        agenda = Agenda()
        rounds = Rounds(cluster, gateway, agenda.plan)
        pools = ports.Pools(objects, settings.robots, rounds.of)
        reconciler = Reconciler(cluster, gateway, _now, pools)
        events = watch.Watch(cache, agenda.plan, agenda.drop)
        missing = absences.Absences(
            Censuses(api_client), events, objects, everywhere=not settings.namespaces
        )
        if not await leadership.won(stop):
            return
        registry.register(Robots(rounds, cluster, lambda: gateway.answered))
        looks = Looks(registry)
        visitor = Visitor(reconciler, cluster, settings.resync_seconds, agenda.plan, looks)
        # Kopf ends every task that is begun after it; these are begun before.
        async with leadership.kept(), asyncio.TaskGroup() as tasks:
            background = [
                tasks.create_task(agenda.run(visitor.visit)),
                tasks.create_task(_sweeping(cluster, gateway, settings)),
                tasks.create_task(rounds.run(min(EVERY_SECONDS, settings.resync_seconds))),
                tasks.create_task(_counting(missing, events.began_anew, settings)),
            ]
            failure = await _watch(watch.registry(events, objects, credentials), settings, stop)
            for task in background:
                task.cancel()
        if failure is not None:
            raise failure


async def _watch(
    handlers: kopf.OperatorRegistry, settings: OperatorSettings, stop: asyncio.Event | None
) -> errors.StartError | None:
    """Let Kopf watch until it is told to stop; return why, when it gives up before."""
    try:
        await kopf.operator(
            registry=handlers,
            settings=watch.settings(),
            # Kopf's own guess asks for the user's name, which a user of a pod need not have.
            identity="rpafabrik-operator",  # type: ignore[arg-type] # text by a name that Kopf keeps to itself
            standalone=True,
            clusterwide=not settings.namespaces,
            namespaces=settings.namespaces,
            liveness_endpoint=_health(settings),
            stop_flag=stop,
        )
    except Exception as error:  # noqa: BLE001 # whatever it is, it is told in one line
        return errors.StartError(watch.cause(error))
    return None


async def _identity(cluster: kubernetes.KubernetesGateway, settings: OperatorSettings) -> str:
    """Which cluster it is; one that does not answer is waited for in good health."""
    async with health.serving(health.Health(), settings.host, settings.health_port):
        while True:
            try:
                return await cluster.identity()
            except ports.ClusterUnavailableError as error:
                log.warning("cluster_unavailable", error=str(error))
                await asyncio.sleep(_API_RETRY_SECONDS)


async def _sweeping(
    cluster: kubernetes.KubernetesGateway,
    gateway: temporal.TemporalGateway,
    settings: OperatorSettings,
) -> None:
    while True:
        await asyncio.sleep(_resync(settings))
        try:
            await sweep(cluster, gateway, settings.namespaces)
        except (ports.ClusterUnavailableError, ports.TemporalUnavailableError) as error:
            log.warning("sweep_postponed", error=str(error))
        except Exception:  # noqa: BLE001 # the next sweep may fare better
            log.exception("sweep_failed")


async def _counting(
    missing: absences.Absences, began_anew: asyncio.Event, settings: OperatorSettings
) -> None:
    """Count once per resync, and soon after a watch began anew."""
    while True:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_resync(settings)):
                await began_anew.wait()
        try:
            began_anew.clear()
            await missing.notice()
        except ports.ClusterUnavailableError as error:
            log.warning("count_postponed", error=str(error))
            began_anew.set()
            await asyncio.sleep(_API_RETRY_SECONDS)
        except Exception:  # noqa: BLE001 # the next count may fare better
            log.exception("count_failed")


def _resync(settings: OperatorSettings) -> float:
    return settings.resync_seconds * (0.5 + random.random())  # noqa: S311 # no secret


def _health(settings: OperatorSettings) -> str | None:
    port = settings.health_port
    return f"http://{settings.host}:{port}/healthz" if port else None


def _now() -> datetime:
    return datetime.now(UTC)
