"""The shared Temporal server answers, and its namespaces keep tests apart."""

import pytest
from temporalio.client import Client
from temporalio.service import RPCError


@pytest.mark.server
async def test_a_new_namespace_is_usable_at_once_and_empty(
    temporal_server: str, temporal_namespace: str
) -> None:
    shared = await Client.connect(temporal_server)
    await shared.start_workflow("Any", id="elsewhere", task_queue="nobody")
    client = await Client.connect(temporal_server, namespace=temporal_namespace)

    await client.start_workflow("Any", id="here", task_queue="nobody")

    assert await client.get_workflow_handle("here").describe()
    with pytest.raises(RPCError, match="workflow not found"):
        await client.get_workflow_handle("elsewhere").describe()
