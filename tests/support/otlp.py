"""A collector of traces: takes OTLP over HTTP as any would, and keeps the spans."""

import contextlib
import gzip
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from support import process


@dataclass(frozen=True, slots=True)
class Collector:
    """The spans that came, each with the process that sent it."""

    endpoint: str
    spans: list[tuple[str, Span]] = field(default_factory=list)

    def of(self, trace_id: bytes) -> list[tuple[str, str]]:
        """Process and name of the spans of a trace, by their beginning."""
        mine = [(who, span) for who, span in self.spans if span.trace_id == trace_id]
        return [(who, span.name) for who, span in sorted(mine, key=_begin)]

    def count(self, name: str) -> int:
        """How many spans of that name there are, in any trace."""
        return sum(span.name == name for _, span in self.spans)

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        if request.headers.get("Content-Encoding") == "gzip" and body[:2] == b"\x1f\x8b":
            body = gzip.decompress(body)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            told = {one.key: one.value.string_value for one in resource.resource.attributes}
            for scope in resource.scope_spans:
                self.spans.extend((told["service.name"], span) for span in scope.spans)
        return web.Response(
            body=ExportTraceServiceResponse().SerializeToString(),
            content_type="application/x-protobuf",
        )


def _begin(one: tuple[str, Span]) -> int:
    return int(one[1].start_time_unix_nano)


@contextlib.asynccontextmanager
async def collecting() -> AsyncIterator[Collector]:
    """Collect for the length of the block."""
    [port] = process.free_ports(1)
    collector = Collector(f"http://127.0.0.1:{port}")
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.add_routes([web.post("/v1/traces", collector.take)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield collector
    finally:
        await runner.cleanup()
