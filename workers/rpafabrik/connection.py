"""How every process of the factory reaches Temporal: one way to set, one way to wait.

Settings are Temporal's own: its environment variables (`TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`,
`TEMPORAL_API_KEY`, `TEMPORAL_TLS…`) and its configuration file. What runs on the connection does
not belong here.
"""

import asyncio
import dataclasses
import itertools
import random
import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from temporalio import envconfig
from temporalio.api.workflowservice import v1 as workflowservice
from temporalio.client import Client, Plugin
from temporalio.runtime import Runtime
from temporalio.service import RPCError, TLSConfig

from rpafabrik import certificates, errors, payloads
from rpafabrik.logs import log

DEFAULT_ADDRESS = "localhost:7233"
DEFAULT_NAMESPACE = "default"
LONGEST_WAIT_SECONDS = 30
_ADDRESS = re.compile(r"[^\s/]+:[0-9]{1,5}")
_ANSWER_WITHIN = timedelta(seconds=10)

Settings = envconfig.ClientConfigProfile
"""Address, namespace, API key, TLS. Its repr shows the key: never log it."""


def settings(*, address: str | None = None, namespace: str | None = None) -> Settings:
    """Read the settings from the environment; what is given here comes before it.

    Raises:
        errors.StartError: The configuration file or the address is not well formed.
    """
    try:
        found = Settings.load()
    except RuntimeError as error:
        raise errors.StartError(f"Temporal's configuration cannot be read: {error}") from error
    address = address or found.address or DEFAULT_ADDRESS
    if not _ADDRESS.fullmatch(address):
        raise errors.StartError(f"Temporal's address {address!r} must be host:port")
    return dataclasses.replace(
        found, address=address, namespace=namespace or found.namespace or DEFAULT_NAMESPACE
    )


async def connect(
    to: Settings, *, runtime: Runtime | None = None, plugins: Sequence[Plugin] = ()
) -> Client:
    """Return a client once Temporal answers and the namespace is there, however long it takes.

    Raises:
        errors.StartError: A certificate or key cannot be read.
    """
    try:
        config = to.to_client_connect_config()
    except OSError as error:
        raise errors.StartError(
            f"TLS file of Temporal's settings must be readable: {error}"
        ) from error
    for attempt in itertools.count():
        try:
            async with asyncio.timeout(_ANSWER_WITHIN.total_seconds()):
                client = await Client.connect(
                    **config,
                    data_converter=payloads.data_converter,
                    plugins=plugins,
                    runtime=runtime,
                )
                await _see_namespace(client)
        # Temporal's client raises RuntimeError for whatever keeps it from connecting.
        except (RuntimeError, RPCError, TimeoutError) as error:
            wait = wait_seconds(attempt, spread=random.random())  # noqa: S311 - no secret
            log.warning(
                "temporal_unavailable",
                address=to.address,
                namespace=to.namespace,
                error=str(error) or type(error).__name__,
                retry_in_seconds=round(wait, 1),
            )
            await asyncio.sleep(wait)
        else:
            log.info("temporal_connected", address=to.address, namespace=to.namespace)
            return client
    raise AssertionError("unreachable: the loop ends only by returning")


def certificate_expiry(to: Settings) -> datetime | None:
    """When the certificate runs out that we show Temporal; None where there is none to read."""
    if to.tls is None or to.tls.disabled:
        return None
    try:
        shown = to.tls.to_connect_tls_config()
        pem = shown.client_cert if isinstance(shown, TLSConfig) else None
        return certificates.not_after(pem) if pem else None
    except (OSError, ValueError) as error:  # whoever connects says so, and stops
        log.warning("certificate_unreadable", error=str(error))
        return None


def wait_seconds(attempt: int, *, spread: float) -> float:
    """How long to wait after a failed attempt; `spread` in [0, 1) keeps processes apart."""
    return min(LONGEST_WAIT_SECONDS, 1 << min(attempt, 10)) * (0.5 + spread / 2)


async def _see_namespace(client: Client) -> None:
    await client.workflow_service.describe_namespace(
        workflowservice.DescribeNamespaceRequest(namespace=client.namespace)
    )
