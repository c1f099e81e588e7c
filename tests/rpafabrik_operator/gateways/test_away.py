"""What counts as Temporal being away, and that nobody waits in vain while it is."""

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
    ],
)
async def test_error_that_may_pass_says_that_temporal_is_away(error: Exception) -> None:
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


async def test_namespace_that_is_not_there_is_no_missing_schedule() -> None:
    error = not_found(NamespaceNotFoundFailure(namespace="ekonomi"))

    assert not away.is_absent(error)
    with pytest.raises(ports.TemporalUnavailableError):
        async with away.Line().calling():
            raise error


def test_schedule_that_is_not_there_is_absent() -> None:
    assert away.is_absent(not_found(NotFoundFailure()))


async def test_calls_fail_at_once_for_a_while_after_temporal_was_found_away() -> None:
    now = [100.0]
    line = away.Line(lambda: now[0])
    called = []

    async def call() -> None:
        async with line.calling():
            called.append(now[0])
            if len(called) == 1:
                raise RPCError("no connection", RPCStatusCode.UNAVAILABLE, b"")

    with pytest.raises(ports.TemporalUnavailableError):
        await call()
    with pytest.raises(ports.TemporalUnavailableError, match="no connection"):
        await call()
    assert called == [100.0]

    now[0] += away.REST_SECONDS
    await call()

    assert called == [100.0, 102.0]


def not_found(detail: Message) -> RPCError:
    packed = Any()
    packed.Pack(detail)
    status = GrpcStatus(code=int(RPCStatusCode.NOT_FOUND), details=[packed])
    return RPCError("not found", RPCStatusCode.NOT_FOUND, status.SerializeToString())
