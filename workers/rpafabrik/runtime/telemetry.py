"""Temporal's own half of a process: its metrics endpoint, and its logs sent through ours.

Metrics of our own, and of developers (`temporalio.activity.metric_meter()`), come out at the same
endpoint, so that one scrape gives everything once.
"""

import logging

from temporalio import runtime

from rpafabrik import errors

_LOGGER = logging.getLogger("temporalio.core")


def create(metrics_address: str | None) -> runtime.Runtime:
    """Return the process's Temporal runtime; with an address, it serves /metrics there.

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
    telemetry = runtime.TelemetryConfig(logging=logs, metrics=metrics or None)
    try:
        return runtime.Runtime(telemetry=telemetry)
    except ValueError as error:
        raise errors.StartError(
            f"metrics address {metrics_address} must be free to listen on: {error}"
        ) from error
