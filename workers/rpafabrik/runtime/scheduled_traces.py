"""How a run that a schedule starts is joined to the trace of the look that wrote the schedule.

The schedule carries that trace from the one process to the other, in a header of the runs that it
starts. Runs that are asked for one by one carry theirs as Temporal's plugin does it.
"""

from datetime import datetime
from typing import Any

import temporalio.client
import temporalio.worker
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from temporalio import workflow
from temporalio.api.common.v1 import Payload
from temporalio.common import SearchAttributeKey
from temporalio.converter import PayloadConverter

from rpafabrik import tracing

HEADER = "rpafabrik-schedule"
_PLUGINS = "_tracer-data"
"""The header by which Temporal's plugin carries a trace."""
_DUE = SearchAttributeKey.for_datetime("TemporalScheduledStartTime")
_PROPAGATOR = TraceContextTextMapPropagator()


def carried(first_due: datetime | None) -> Payload:
    """What a schedule that is written now, within a span, gives its runs in the header."""
    return _payload({**_current(), "first_due": _seconds(first_due)})


class Joining(temporalio.client.Interceptor, temporalio.worker.Interceptor):
    """Gives each run of a schedule the span that starts it.

    The first run that falls due goes on with the schedule's trace. Every other has a trace of its
    own with a link to it: a schedule lives for years, and no trace should.
    """

    # A client's interceptors come before a worker's own: this must come before Temporal's.

    def workflow_interceptor_class(
        self,
        input: temporalio.worker.WorkflowInterceptorClassInput,  # noqa: A002, ARG002 # Temporal's
    ) -> type[temporalio.worker.WorkflowInboundInterceptor]:
        """Intercept the workflows of a worker."""
        return _Inbound


class _Inbound(temporalio.worker.WorkflowInboundInterceptor):
    async def execute_workflow(self, input: temporalio.worker.ExecuteWorkflowInput) -> Any:  # noqa: A002 # Temporal's
        if HEADER in input.headers:
            input.headers = {**input.headers, _PLUGINS: _started(input.headers[HEADER])}
        return await super().execute_workflow(input)


def _started(given: Payload) -> Payload:
    (carrier,) = PayloadConverter.default.from_payloads([given], [dict[str, str]])
    schedule = _PROPAGATOR.extract(carrier, Context())
    info = workflow.info()
    due = info.typed_search_attributes.get(_DUE)
    first = due is not None and _seconds(due) == carrier.get("first_due")
    link = trace.Link(trace.get_current_span(schedule).get_span_context())
    with tracing.tracer.start_as_current_span(
        f"ScheduledStart:{info.workflow_type}",
        context=schedule if first else Context(),
        links=[] if first else [link],
        kind=trace.SpanKind.PRODUCER,
        attributes={"temporalWorkflowID": info.workflow_id},
    ):
        return _payload(_current())


def _current() -> dict[str, str]:
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier


def _payload(carrier: dict[str, str]) -> Payload:
    return PayloadConverter.default.to_payload(carrier)


def _seconds(time: datetime | None) -> str:
    return f"{time.timestamp():.0f}" if time else ""
