"""How spans leave a process: over OTLP, in batches, without personal data."""

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from temporalio.client import Plugin
from temporalio.contrib.opentelemetry import OpenTelemetryPlugin, create_tracer_provider
from temporalio.plugin import SimplePlugin

from rpafabrik import masking
from rpafabrik.runtime import scheduled_traces


@functools.cache
def start(process: str) -> tuple[Plugin, ...]:
    """Export what this process does from now on; what is left goes out when it ends."""
    if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        _export(process)  # else this is a second part of the same process
    joining = SimplePlugin("rpafabrik.joining", interceptors=[scheduled_traces.Joining()])
    return joining, OpenTelemetryPlugin(add_temporal_spans=True)


def _export(process: str) -> None:
    provider = create_tracer_provider(
        resource=Resource.create({"service.namespace": "rpafabrik", "service.name": process})
    )
    provider.add_span_processor(BatchSpanProcessor(_Masking(OTLPSpanExporter())))
    trace.set_tracer_provider(provider)


class _Masking(SpanExporter):
    """Exports spans whose texts are masked: an exception's message is anybody's."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send them."""
        return self._exporter.export([_masked(span) for span in spans])

    def shutdown(self) -> None:
        """Send no more."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Send what waits."""
        return self._exporter.force_flush(timeout_millis)


def _masked(span: ReadableSpan) -> ReadableSpan:
    status = span.status
    description = masking.text(status.description) if status.description else None
    return ReadableSpan(
        name=masking.text(span.name),
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=_attributes(span.attributes),
        events=[Event(one.name, _attributes(one.attributes), one.timestamp) for one in span.events],
        links=span.links,
        kind=span.kind,
        status=trace.Status(status.status_code, description),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _attributes(found: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: masking.value(value) for name, value in (found or {}).items()}
