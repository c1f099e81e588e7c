"""Structured logging: one event and its values a line, personal data masked in all of them.

`log` masks by itself; `configure`, called once per process, sends everything else that logs
(Temporal, libraries, the warnings module) through the same steps. What to mask is `masking`'s.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog
from temporalio import activity, workflow

from rpafabrik import masking, steps, tracing

_FORMATTER_KEYS = frozenset({"_record", "_from_structlog"})
"""What ProcessorFormatter keeps in an event on its way, and takes out before it is shown."""

_Event = MutableMapping[str, Any]


def _drop_replayed(_logger: Any, _method: str, event: _Event) -> _Event:
    """A workflow that is replayed has said this before."""
    if workflow.in_workflow() and workflow.unsafe.is_replaying():
        raise structlog.DropEvent
    return event


def _add_activity(_logger: Any, _method: str, event: _Event) -> _Event:
    if not activity.in_activity():
        return event
    info = activity.info()
    event["activity"] = info.activity_type
    event["step"] = info.activity_id
    event["attempt"] = info.attempt
    event["workflow_id"] = info.workflow_id
    if job := steps.job_of(info.workflow_id or ""):
        event["job"] = job
    return event


def _mask(_logger: Any, _method: str, event: _Event) -> _Event:
    return {
        key: value if key in _FORMATTER_KEYS else masking.value(value)
        for key, value in event.items()
    }


def _add_trace(_logger: Any, _method: str, event: _Event) -> _Event:
    event.update(tracing.ids())
    return event


_STEPS = (
    structlog.stdlib.PositionalArgumentsFormatter(),
    _add_activity,
    _add_trace,
    structlog.processors.StackInfoRenderer(),
    structlog.processors.format_exc_info,
    # After everything that may bring personal data in, before what cannot.
    _mask,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso"),
)

log: structlog.stdlib.BoundLogger = structlog.wrap_logger(
    logging.getLogger("rpafabrik"),
    processors=[
        structlog.stdlib.filter_by_level,
        _drop_replayed,
        *_STEPS,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    wrapper_class=structlog.stdlib.BoundLogger,
)
"""The logger of digital workers: `log.info("deposits_read", rows=3)`."""


def configure(*, json: bool, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send every log line of this process to one stream, as JSON or as `event key=value`."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if json
        else structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        )
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_STEPS,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    # At DEBUG Temporal logs payloads, which are item data.
    logging.getLogger("temporalio").setLevel(max(logging.INFO, logging.getLogger().level))
    activity.logger.activity_info_on_message = False
    workflow.logger.workflow_info_on_message = False
