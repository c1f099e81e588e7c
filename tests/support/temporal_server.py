"""Starts and stops the real Temporal dev server, for the length of a block.

As a program (`python -m support.temporal_server FOLDER`) it is the keeper of a shared one.
"""

import asyncio
import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError

from support import process, shared_server


@contextlib.contextmanager
def running(folder: Path, *options: str) -> Iterator[str]:
    """Run a dev server that keeps everything in memory; yield its address."""
    port, ui_port = process.free_ports(2)
    address = f"127.0.0.1:{port}"
    command = [process.find("temporal"), "server", "start-dev", "--headless", "--ip", "127.0.0.1"]
    command += ["--port", str(port), "--ui-port", str(ui_port), "--log-level", "error"]
    command += options
    with process.running("temporal", command, folder / "temporal.log") as server:
        process.wait_until(lambda: asyncio.run(_answers(address)), [server], seconds=60)
        yield address


async def _answers(address: str) -> bool:
    """Ask for the namespace too: it comes a moment after the port."""
    try:
        client = await Client.connect(address)
        await client.workflow_service.describe_namespace(
            DescribeNamespaceRequest(namespace="default")
        )
    except (RPCError, RuntimeError):  # not listening, or not ready
        return False
    return True


if __name__ == "__main__":
    shared_server.keep(running(Path(sys.argv[1])), Path(sys.argv[1]))
