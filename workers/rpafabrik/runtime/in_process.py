"""Performs a step's activity inside the activity that runs.

As Temporal would: with the same input, the same view of itself, the same retries and limits.
"""

import asyncio
import contextvars
import dataclasses
import functools
import inspect
import itertools
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pydantic
import pydantic_core
from temporalio import activity, common, exceptions

from rpafabrik import errors, heartbeats, payloads
from rpafabrik.logs import log
from rpafabrik.runtime import causes, stepping, stopping
from rpafabrik_api import contract, interpreter, verdict

_MOST_OUTPUT_BYTES = 2 * 1024 * 1024
"""Temporal's own bound; the error's type is Temporal's too."""


class InProcess:
    """The activities of a digital worker, performed here; `def` ones in the threads given."""

    def __init__(
        self, activities: dict[str, Callable[..., Any]], threads: ThreadPoolExecutor
    ) -> None:
        self._activities = activities
        self._threads = threads
        # A robot that drains lets what is in work end; the chunk begins nothing more.
        self._never = common._CompositeEvent(  # noqa: SLF001 - what an activity's context holds
            thread_event=threading.Event(), async_event=asyncio.Event()
        )

    def of(self, case: str) -> stepping.Perform:
        """How a step of the item with that case id is performed."""

        async def perform(step: contract.Step, scope: interpreter.Scope) -> Any:
            call = step.activity
            if call is None:
                raise AssertionError(f"{stepping.place(step)} is a case's, not a chunk's")
            given = interpreter.rendered(call.input, scope)
            tried = _Tried(case=case, step=step.name, call=call)
            return await self._until_final(tried, given)

        return perform

    async def _until_final(self, tried: "_Tried", given: dict[str, Any]) -> Any:
        """What the first try that succeeds returns; the waits between tries double."""
        retry = tried.call.retry
        for attempt in itertools.count(1):
            try:
                return await self._try(tried, attempt, given)
            except exceptions.ApplicationError as failure:
                if attempt >= retry.maximum_attempts or failure.non_retryable:
                    raise _stopped(causes.of(failure), tried, attempt) from failure
                wait = failure.next_retry_delay
            except _TimedOutError as failure:
                if attempt >= retry.maximum_attempts:
                    raise _stopped(causes.TOO_LONG, tried, attempt) from failure
                wait = None
            doubled = retry.initial_interval_seconds * 2 ** (attempt - 1)
            await asyncio.sleep(
                wait.total_seconds() if wait else min(doubled, retry.maximum_interval_seconds)
            )
        raise AssertionError("unreachable: the loop ends only by returning")

    async def _try(self, tried: "_Tried", attempt: int, given: dict[str, Any]) -> Any:
        function = self._activities.get(tried.call.activity)
        if function is None:
            raise _stopped(causes.unknown_activity(tried.call.activity), tried, attempt)
        limit = asyncio.timeout(tried.call.timeout_seconds)
        try:
            with self._seen_as(tried, attempt) as stop, _logged():
                argument = _argument(function, given)
                async with limit:
                    returned = await self._called(function, argument, stop)
                return _plain(returned)
        except exceptions.ApplicationError:
            raise
        except TimeoutError as failure:
            if limit.expired():
                raise _TimedOutError from failure
            raise _as_raised(failure) from failure
        except asyncio.CancelledError as failure:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise _as_raised(failure) from failure  # its own doing
        except (Exception, SystemExit) as failure:
            raise _as_raised(failure) from failure

    @contextmanager
    def _seen_as(self, tried: "_Tried", attempt: int) -> Iterator[stopping.Stopping]:
        """Let the activity see itself as the step of a case, and not the chunk that it runs in.

        Whatever still does the step after the block is told to stop.
        """
        stop = stopping.Stopping()
        outer = activity._Context.current()  # noqa: SLF001 - no public way
        info = dataclasses.replace(
            outer.info(),
            activity_id=tried.step,
            activity_type=tried.call.activity,
            attempt=attempt,
            heartbeat_details=list(tried.kept.checkpoint),
            workflow_id=tried.case,
            workflow_type=contract.CASE_WORKFLOW,
        )

        def beat(*details: Any) -> None:
            tried.kept.checkpoint = details

        inner = dataclasses.replace(
            outer,
            info=lambda: info,
            heartbeat=beat,
            cancelled_event=stop.event,
            shield_thread_cancel_exception=stop.shielded,
            worker_shutdown_event=self._never,
            _logger_details=None,
            _metric_meter=None,
        )
        token = activity._Context.set(inner)  # noqa: SLF001 - see above
        kept = heartbeats.kept.set(tried.kept)
        try:
            yield stop
        finally:
            stop.now()
            heartbeats.kept.reset(kept)
            activity._Context.reset(token)  # noqa: SLF001 - see above

    async def _called(
        self, function: Callable[..., Any], argument: Any, stop: stopping.Stopping
    ) -> Any:
        if inspect.iscoroutinefunction(function):
            return await function(argument)
        context = contextvars.copy_context()
        loop = asyncio.get_running_loop()
        call = functools.partial(context.run, stop.call, function, argument)
        return await loop.run_in_executor(self._threads, call)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Tried:
    case: str
    step: str
    call: contract.ActivityCall
    kept: heartbeats.Kept = dataclasses.field(
        default_factory=lambda: heartbeats.Kept(checkpoint=())
    )
    """What the step keeps for its next try."""


class _TimedOutError(Exception):
    """A try took longer than `timeoutSeconds`."""


@functools.cache
def _adapter(function: Callable[..., Any]) -> pydantic.TypeAdapter[Any]:
    """Reads JSON as the type of the activity's one argument."""
    definition = activity._Definition.must_from_callable(function)  # noqa: SLF001 - no public way
    hint = definition.arg_types[0] if definition.arg_types else Any
    return pydantic.TypeAdapter(hint)


def _argument(function: Callable[..., Any], given: dict[str, Any]) -> Any:
    """The input as the activity's own type; through JSON, as it would come from Temporal."""
    try:
        return _adapter(function).validate_json(pydantic_core.to_json(given))
    except pydantic.ValidationError as error:
        why = _as_raised(payloads.unreadable(error))
        raise exceptions.ApplicationError("Failed decoding arguments") from why


def _plain(returned: Any) -> Any:
    """The output as JSON, as the next step sees it."""
    if returned is None:
        return None
    told = pydantic_core.to_json(returned)
    if len(told) > _MOST_OUTPUT_BYTES:
        raise exceptions.ApplicationError(
            f"the output must be at most {_MOST_OUTPUT_BYTES} bytes of JSON, and is {len(told)}",
            type="PayloadsTooLarge",
        )
    return pydantic_core.from_json(told)


@contextmanager
def _logged() -> Iterator[None]:
    """Log why a try failed, as Temporal's worker does; an item that is refused is no failure."""
    try:
        yield
    except (Exception, SystemExit) as failure:
        if not isinstance(failure, errors.BusinessError):
            log.warning("step_failed", exc_info=True)
        raise


def _as_raised(failure: BaseException) -> exceptions.ApplicationError:
    """Any error, as Temporal would carry it: under its class name."""
    return exceptions.ApplicationError(str(failure), type=type(failure).__name__)


def _stopped(cause: verdict.Cause, tried: _Tried, attempt: int) -> verdict.StoppedError:
    reached = verdict.on_failure(cause, f"step {tried.step!r}")
    return verdict.StoppedError(dataclasses.replace(reached, attempts=attempt))
