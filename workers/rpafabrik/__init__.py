"""The SDK of rpafabrik: what a developer of digital workers imports.

Activities and workflows are `temporalio`'s own; this adds what the platform needs to agree on.
Nothing here knows Kubernetes, the ledger or the command line.
"""

from rpafabrik.errors import ApplicationError, BusinessError
from rpafabrik.heartbeats import heartbeat
from rpafabrik.logs import log
from rpafabrik.sources import Page, SourceRequest
from rpafabrik.steps import StepContext, step_context
from rpafabrik.target_systems import target_system

__all__ = [
    "ApplicationError",
    "BusinessError",
    "Page",
    "SourceRequest",
    "StepContext",
    "heartbeat",
    "log",
    "step_context",
    "target_system",
]
