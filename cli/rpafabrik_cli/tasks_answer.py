"""`rpafabrik tasks complete`: hands an answer to the platform, through Temporal.

The platform writes the ledger and lets the item go on, and tries until both are done: so what
Temporal has taken is not lost, whatever becomes of this process.
"""

import asyncio
import uuid
from datetime import timedelta
from pathlib import Path

from temporalio.client import ActivityFailureError, ActivityHandle, Client
from temporalio.exceptions import ApplicationError
from temporalio.runtime import Runtime, TelemetryConfig
from temporalio.service import RPCError

from rpafabrik import connection, payloads
from rpafabrik import errors as start
from rpafabrik_api import names
from rpafabrik_cli import failures
from rpafabrik_cli.dev import presence
from rpafabrik_cli.dev.state import State
from rpafabrik_cli.processes import common
from rpafabrik_platform.activities import calls

ANSWERS_WITHIN_SECONDS = 30
_TRY = timedelta(seconds=10)
"""After so long another platform tries, for the one that had it may be dead."""
_DEV = Path(".rpafabrik/dev")
_SILENT = TelemetryConfig(logging=None)
"""The client would write each try that fails on the screen; the last one is told in the end."""

Answer = calls.Answering


def send(
    answer: Answer,
    address: str | None,
    namespace: str | None,
    within_seconds: int = ANSWERS_WITHIN_SECONDS,
) -> calls.Answered:
    """Answer the task; what stands then."""
    with common.refusing(start.StartError):
        return asyncio.run(_send(answer, _settings(address, namespace), within_seconds))


def _settings(address: str | None, namespace: str | None) -> connection.Settings:
    """What is given, else the Temporal of a `rpafabrik dev` that runs here, else Temporal's own."""
    here = presence.seen(State(_DEV).presence) if address is None else None
    return here.settings if here else connection.settings(address=address, namespace=namespace)


async def _send(answer: Answer, to: connection.Settings, within_seconds: int) -> calls.Answered:
    tells = f"rpafabrik tasks show {answer.task_id} tells whether the task is answered"
    try:
        async with asyncio.timeout(ANSWERS_WITHIN_SECONDS):
            handle = await _handed_over(answer, to)
    # Temporal's client raises RuntimeError for whatever keeps it from connecting.
    except (RPCError, RuntimeError, OSError) as error:
        because = " ".join(str(error).split()) or type(error).__name__
        raise failures.Failure(
            f"Temporal must answer at {to.address}; `rpafabrik dev` starts one here, and"
            f" --temporal-address says where another is ({tells}): {because}"
        ) from error
    try:
        async with asyncio.timeout(within_seconds):
            answered: calls.Answered = await handle.result()
    except RPCError as error:
        raise failures.Failure(
            f"Temporal must answer at {to.address} until the answer is entered, and does no more;"
            f" it has the answer, which is entered once it is back ({tells}): {error}"
        ) from error
    except ActivityFailureError as failure:
        cause = failure.cause
        message = cause.message if isinstance(cause, ApplicationError) else str(cause)
        raise failures.Failure(message) from failure
    except TimeoutError as error:
        raise failures.Failure(
            f"the platform must answer within {within_seconds} s, and did not: Temporal has the"
            f" answer, and it is entered once the platform is back ({tells})"
        ) from error
    return answered


async def _handed_over(answer: Answer, to: connection.Settings) -> ActivityHandle[calls.Answered]:
    client = await Client.connect(
        **to.to_client_connect_config(),
        data_converter=payloads.data_converter,
        runtime=Runtime(telemetry=_SILENT),
    )
    return await client.start_activity(
        calls.ANSWER_TASK,
        answer,
        id=f"answer/{uuid.uuid4()}",
        task_queue=names.PLATFORM_QUEUE,
        result_type=calls.Answered,
        start_to_close_timeout=_TRY,
    )
