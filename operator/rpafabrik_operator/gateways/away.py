"""What it means that Temporal is away: which errors say so, and for how long nobody asks again.

One error type leaves: `ports.TemporalUnavailableError`. Whatever else Temporal answers passes.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable

from temporalio.api.errordetails.v1 import NamespaceNotFoundFailure
from temporalio.service import RPCError, RPCStatusCode

from rpafabrik.logs import log
from rpafabrik_operator.reconcile import ports

LONGEST_SECONDS = 10
"""How long one call to Temporal may take, tries included."""
FAILURES_IN_A_ROW = 3
"""So many calls without an answer, and none with one between them: Temporal is away, not slow."""
REST_SECONDS = 2
"""While Temporal is away, calls fail at once for so long after each try: none waits in vain."""

_PASSING = frozenset(
    {
        RPCStatusCode.ABORTED,
        RPCStatusCode.CANCELLED,
        RPCStatusCode.DEADLINE_EXCEEDED,
        RPCStatusCode.INTERNAL,
        RPCStatusCode.PERMISSION_DENIED,
        RPCStatusCode.RESOURCE_EXHAUSTED,
        RPCStatusCode.UNAUTHENTICATED,
        RPCStatusCode.UNAVAILABLE,
        RPCStatusCode.UNKNOWN,
    }
)


class Line:
    """The line to Temporal: every call goes through `calling`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._because = ""
        self._rests_until = clock()
        self.answered: bool | None = None
        """Whether the last call had an answer; None before the first."""

    @contextlib.asynccontextmanager
    async def calling(self) -> AsyncIterator[None]:
        """Bound a call in time; raise `TemporalUnavailableError` when there is no answer."""
        if self._clock() < self._rests_until:
            raise ports.TemporalUnavailableError(self._because)
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                yield
        # Temporal's client raises RuntimeError for whatever keeps it from connecting.
        except (RPCError, RuntimeError, TimeoutError) as error:
            if not is_away(error):
                self.answered = True
                raise
            self._failed(str(error) or type(error).__name__)
            raise ports.TemporalUnavailableError(self._because) from error
        except asyncio.CancelledError as error:
            if _is_cancelled():
                raise
            # Temporal's client takes a connection that closes for a word that nobody waits longer.
            self._failed("the connection was closed")
            raise ports.TemporalUnavailableError(self._because) from error
        if self._failures >= FAILURES_IN_A_ROW:
            log.info("temporal_is_back")
        self._failures = 0
        self.answered = True

    def _failed(self, because: str) -> None:
        self.answered = False
        self._failures += 1
        self._because = because
        if self._failures >= FAILURES_IN_A_ROW:
            self._rests_until = self._clock() + REST_SECONDS
        if self._failures == FAILURES_IN_A_ROW:
            log.warning("temporal_is_away", error=because)


def _is_cancelled() -> bool:
    """Whether somebody has cancelled the task that runs."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def is_away(error: Exception) -> bool:
    """Whether looking again later may help without anything being changed here."""
    match error:
        case RPCError():
            return error.status in _PASSING or _lacks_namespace(error)
        case RuntimeError():
            return str(error).startswith("Failed client connect")
        case _:
            return isinstance(error, TimeoutError)


def is_absent(error: RPCError) -> bool:
    """Whether the error says that what was asked for is not there, or has ended."""
    return error.status == RPCStatusCode.NOT_FOUND and not _lacks_namespace(error)


def _lacks_namespace(error: RPCError) -> bool:
    details = error.grpc_status.details
    return any(detail.Is(NamespaceNotFoundFailure.DESCRIPTOR) for detail in details)
