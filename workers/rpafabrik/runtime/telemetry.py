"""What a process tells Prometheus, and Temporal's own half of its logs, sent through ours.

One scrape of /metrics gives everything once: what our own sources say, and the metrics of
Temporal's SDK with those of developers (`temporalio.activity.metric_meter()`).
"""

import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import aiohttp
import prometheus_client as prometheus
from aiohttp import web
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from temporalio import runtime

from rpafabrik.runtime import listening
from rpafabrik_api import telemetry

Source = Callable[[], bytes]
"""Gives metrics in Prometheus' text format; answers at once."""

HEARTBEAT = timedelta(seconds=10)
"""How often each worker tells Temporal that it lives: one that is killed is soon missed."""

_LOGGER = logging.getLogger("temporalio.core")
_LOOPBACK = "127.0.0.1"
_TEXT = "text/plain; version=0.0.4; charset=utf-8"


@contextlib.asynccontextmanager
async def serving(host: str, port: int | None, *sources: Source) -> AsyncIterator[runtime.Runtime]:
    """Give the process's Temporal runtime, and serve /metrics while the block lasts.

    Without a port nothing is measured and nothing served.
    """
    if port is None:
        yield create(None)
        return
    # Temporal's SDK serves its own by itself, so it does so where only we ask.
    inner = f"{_LOOPBACK}:{listening.free_port(_LOOPBACK)}"
    temporal = create(inner)
    async with aiohttp.ClientSession(raise_for_status=True) as session:

        async def metrics(_request: web.Request) -> web.Response:
            async with session.get(f"http://{inner}/metrics") as answer:
                theirs = await answer.read()
            body = b"".join([*(source() for source in sources), theirs])
            return web.Response(body=body, headers={"Content-Type": _TEXT})

        app = web.Application()
        app.add_routes([web.get("/metrics", metrics)])
        async with listening.serving(app, host, port, "metrics"):
            yield temporal


def create(metrics_address: str | None) -> runtime.Runtime:
    """Return the process's Temporal runtime; with an address, it serves its metrics there.

    Names are Prometheus' kind: `temporal_` first, the unit (seconds) and `_total` last.
    """
    metrics = metrics_address and runtime.PrometheusConfig(
        bind_address=metrics_address,
        counters_total_suffix=True,
        unit_suffix=True,
        durations_as_seconds=True,
    )
    logs = runtime.LoggingConfig(
        filter=runtime.TelemetryFilter(core_level="WARN", other_level="ERROR"),
        forwarding=runtime.LogForwardingConfig(logger=_LOGGER, append_target_to_name=False),
    )
    told = runtime.TelemetryConfig(logging=logs, metrics=metrics or None)
    return runtime.Runtime(telemetry=told, worker_heartbeat_interval=HEARTBEAT)


def source(registry: prometheus.CollectorRegistry) -> Source:
    """What a registry holds."""
    return lambda: prometheus.generate_latest(registry)


def gauge(metric: telemetry.Metric, registry: prometheus.CollectorRegistry) -> prometheus.Gauge:
    """The gauge, to be set."""
    return prometheus.Gauge(metric.name, metric.meaning, metric.labels, registry=registry)


def gauges(metric: telemetry.Metric) -> GaugeMetricFamily:
    """An empty family of the gauge, for a collector that fills it at each scrape."""
    return GaugeMetricFamily(metric.name, metric.meaning, labels=metric.labels)


def counters(metric: telemetry.Metric) -> CounterMetricFamily:
    """An empty family of the counter, for a collector that fills it at each scrape."""
    return CounterMetricFamily(metric.name, metric.meaning, labels=metric.labels)


def counter(metric: telemetry.Metric, registry: prometheus.CollectorRegistry) -> prometheus.Counter:
    """The counter, to be increased."""
    return prometheus.Counter(metric.name, metric.meaning, metric.labels, registry=registry)


def histogram(
    metric: telemetry.Metric, registry: prometheus.CollectorRegistry
) -> prometheus.Histogram:
    """The histogram, to be given what was observed."""
    return prometheus.Histogram(metric.name, metric.meaning, metric.labels, registry=registry)
