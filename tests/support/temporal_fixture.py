"""Fixtures: a real Temporal dev server, one for the whole test session, and one of one's own."""

import uuid
from collections.abc import AsyncIterator, Iterator

import pytest
from google.protobuf.duration_pb2 import Duration
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from support import process, shared_server


@pytest.fixture(scope="session")
def temporal_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address that all tests of the session share: use ids and queues of your own."""
    folder = shared_server.session_folder(tmp_path_factory.getbasetemp()) / "temporal"
    with shared_server.borrow("support.temporal_server", folder) as address:
        yield address


@pytest.fixture
async def temporal_namespace(temporal_server: str) -> str:
    """Return a new, empty namespace of the shared server; it can be used at once."""
    return await new_namespace(temporal_server)


async def new_namespace(address: str) -> str:
    """Make one, for those who share it among tests."""
    client = await Client.connect(address)
    name = f"test-{uuid.uuid4().hex[:12]}"
    retention = Duration(seconds=24 * 3600)
    await client.workflow_service.register_namespace(
        RegisterNamespaceRequest(namespace=name, workflow_execution_retention_period=retention)
    )
    return name


@pytest.fixture
async def impatient_server() -> AsyncIterator[str]:
    """Address of a server that has runs go on with a new history after 40 events."""
    async with await WorkflowEnvironment.start_local(
        dev_server_existing_path=process.find("temporal"),
        dev_server_extra_args=[
            "--dynamic-config-value",
            "limit.historyCount.suggestContinueAsNew=40",
        ],
    ) as environment:
        yield environment.client.service_client.config.target_host
