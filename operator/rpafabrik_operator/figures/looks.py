"""Figures of looks at resources: how long they take, and why some must be repeated."""

import contextlib
import time
from collections.abc import Iterator
from enum import StrEnum

from prometheus_client import CollectorRegistry

from rpafabrik.runtime import telemetry
from rpafabrik_api import crd
from rpafabrik_api import telemetry as metrics


class Cause(StrEnum):
    """Why a look must be repeated."""

    CONFLICT = "conflict"
    CLUSTER = "cluster"
    TEMPORAL = "temporal"
    FAULT = "fault"


class Looks:
    """Counts looks by kind; every series is there from the beginning, so a first error shows."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._seconds = telemetry.histogram(metrics.RECONCILE_SECONDS, registry)
        self._errors = telemetry.counter(metrics.RECONCILE_ERRORS, registry)
        for model in crd.KINDS:
            kind = model.definition.kind
            self._seconds.labels(kind)
            for cause in Cause:
                self._errors.labels(kind, cause)

    @contextlib.contextmanager
    def timed(self, kind: str) -> Iterator[None]:
        """Take the time of a look, however it ends."""
        begin = time.monotonic()
        try:
            yield
        finally:
            self._seconds.labels(kind).observe(time.monotonic() - begin)

    def failed(self, kind: str, cause: Cause) -> None:
        """Count a look that must be repeated."""
        self._errors.labels(kind, cause).inc()
