"""Starts and stops the real Temporal dev server, for the length of a block.

As a program (`python -m support.temporal_server FOLDER`) it is the keeper of a shared one.
"""

import asyncio
import contextlib
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError

from support import process, shared_server


@contextlib.contextmanager
def running(folder: Path, *options: str) -> Iterator[str]:
    """Run a dev server that keeps everything in memory; yield its address."""
    port, ui_port = process.free_ports(2)
    with _running(folder, (port, ui_port), *options):
        yield _address(port)


class Lasting:
    """A dev server that keeps what it holds in a file: killed and started again, it goes on."""

    def __init__(self, folder: Path, stack: contextlib.ExitStack) -> None:
        self._folder = folder
        self._stack = stack
        self._ports = process.free_ports(2)
        self._server: process.Child | None = None

    @property
    def address(self) -> str:
        return _address(self._ports[0])

    def start(self) -> None:
        # A killed process loses nothing that it gave to the kernel, which need not reach the disk.
        kept = [f"--db-filename={self._folder / 'temporal.db'}"]
        kept += ["--sqlite-pragma=journal_mode=wal", "--sqlite-pragma=synchronous=off"]
        self._server = self._stack.enter_context(_running(self._folder, self._ports, *kept))

    def kill(self) -> None:
        assert self._server
        self._server.handle.kill()
        self._server.handle.wait()


@contextlib.contextmanager
def lasting(folder: Path) -> Iterator[Lasting]:
    """Run one for the length of the block."""
    with contextlib.ExitStack() as stack:
        server = Lasting(folder, stack)
        server.start()
        yield server


@contextlib.contextmanager
def _running(folder: Path, ports: Sequence[int], *options: str) -> Iterator[process.Child]:
    port, ui_port = ports
    command = [process.find("temporal"), "server", "start-dev", "--headless", "--ip", "127.0.0.1"]
    command += ["--port", str(port), "--ui-port", str(ui_port), "--log-level", "error"]
    command += options
    with process.running("temporal", command, folder / "temporal.log") as server:
        process.wait_until(lambda: _is_up(_address(port)), [server], seconds=60)
        yield server


def _address(port: int) -> str:
    return f"127.0.0.1:{port}"


def _is_up(address: str) -> bool:
    # In a thread, for whoever waits may have an event loop of its own.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, _answers(address)).result()


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
