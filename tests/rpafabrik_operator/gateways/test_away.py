"""What counts as Temporal being away, and that nobody waits in vain while it is."""

import asyncio

import pytest
from google.protobuf.any_pb2 import Any
from google.protobuf.message import Message
from temporalio.api.common.v1 import GrpcStatus
from temporalio.api.errordetails.v1 import NamespaceNotFoundFailure, NotFoundFailure
from temporalio.service import RPCError, RPCStatusCode

from rpafabrik_operator.gateways import away
from rpafabrik_operator.reconcile import ports


@pytest.mark.parametrize(
    "error",
    [
        RPCError("no connection", RPCStatusCode.UNAVAILABLE, b""),
        RPCError("too slow", RPCStatusCode.DEADLINE_EXCEEDED, b""),
        RPCError("too much", RPCStatusCode.RESOURCE_EXHAUSTED, b""),
        RPCError("shutting down", RPCStatusCode.CANCELLED, b""),
        RuntimeError("Failed client connect: connection refused"),
        TimeoutError(),
        # What its client makes of a connection that closes under a long poll; nobody cancelled.
        asyncio.CancelledError(),
    ],
)
async def test_error_that_may_pass_says_that_temporal_is_away(error: BaseException) -> None:
    with pytest.raises(ports.TemporalUnavailableError):
        async with away.Line().calling():
            raise error


@pytest.mark.parametrize(
    "error",
    [
        RPCError("bad cron", RPCStatusCode.INVALID_ARGUMENT, b""),
        RuntimeError("a mistake of ours"),
        ValueError("another"),
    ],
)
async def test_error_that_stays_is_told_as_it_is(error: Exception) -> None:
    with pytest.raises(type(error), match=str(error)):
        async with away.Line().calling():
            raise error


async def test_who_is_cancelled_is_not_told_that_temporal_is_away() -> None:
    async def call() -> None:
        async with away.Line().calling():
            await asyncio.Event().wait()

    calling = asyncio.create_task(call())
    await asyncio.sleep(0)
    calling.cancel()

    with pytest.raises(asyncio.CancelledError):
        await calling


async def test_namespace_that_is_not_there_is_no_missing_schedule() -> None:
    error = not_found(NamespaceNotFoundFailure(namespace="ekonomi"))

    assert not away.is_absent(error)
    with pytest.raises(ports.TemporalUnavailableError):
        async with away.Line().calling():
            raise error


def test_schedule_that_is_not_there_is_absent() -> None:
    assert away.is_absent(not_found(NotFoundFailure()))


class Caller:
    """Calls over one line, to a Temporal that answers or does not."""

    def __init__(self) -> None:
        self.now = 100.0
        self.away = True
        self.calls = 0
        self.line = away.Line(lambda: self.now)

    async def call(self) -> bool:
        """Whether there was an answer."""
        try:
            async with self.line.calling():
                self.calls += 1
                if self.away:
                    raise RPCError("no connection", RPCStatusCode.UNAVAILABLE, b"")
        except ports.TemporalUnavailableError:
            return False
        return True


async def test_calls_fail_at_once_for_a_while_once_temporal_is_away() -> None:
    caller = Caller()

    answers = [await caller.call() for _ in range(10)]

    assert answers == [False] * 10
    assert caller.calls == away.FAILURES_IN_A_ROW


async def test_temporal_that_is_away_is_tried_again_after_each_rest() -> None:
    caller = Caller()
    for _ in range(10):
        await caller.call()

    caller.now += away.REST_SECONDS
    await caller.call()
    await caller.call()
    assert caller.calls == away.FAILURES_IN_A_ROW + 1

    caller.now += away.REST_SECONDS
    caller.away = False

    assert [await caller.call() for _ in range(3)] == [True] * 3


async def test_temporal_that_is_slow_now_and_then_is_not_away() -> None:
    caller = Caller()

    for _ in range(10):
        caller.away = True
        await caller.call()
        caller.away = False
        await caller.call()

    assert caller.calls == 20


def not_found(detail: Message) -> RPCError:
    packed = Any()
    packed.Pack(detail)
    status = GrpcStatus(code=int(RPCStatusCode.NOT_FOUND), details=[packed])
    return RPCError("not found", RPCStatusCode.NOT_FOUND, status.SerializeToString())
