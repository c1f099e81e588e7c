"""Traces by OpenTelemetry: one from a look at a resource to the activities and the ledger.

Off unless OpenTelemetry's own variables say where to (`OTEL_EXPORTER_OTLP_ENDPOINT`): till then
its SDK is not even imported. Temporal carries the trace from process to process, and over
continue-as-new. What people write into messages leaves masked, as in logs.
"""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from opentelemetry import trace

if TYPE_CHECKING:
    from temporalio.client import Plugin

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")

tracer = trace.get_tracer("rpafabrik")
"""Makes spans; they cost next to nothing where nobody collects them."""


def wanted() -> bool:
    """Whether the environment says where traces go."""
    disabled = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    return not disabled and any(os.environ.get(name) for name in _ENDPOINTS)


def plugins(process: str) -> "Sequence[Plugin]":
    """What a client of Temporal needs to carry traces; begins to export those of this process."""
    if not wanted():
        return ()
    from rpafabrik.runtime import span_export  # noqa: PLC0415 # see the module's docstring

    return span_export.start(process)


def ids() -> dict[str, str]:
    """Of the trace and the span that is open now, for log lines; nothing where none is."""
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return {}
    return {
        "trace_id": trace.format_trace_id(context.trace_id),
        "span_id": trace.format_span_id(context.span_id),
    }
