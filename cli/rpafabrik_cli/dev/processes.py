"""Child processes: started, watched, started again when they die, stopped in order.

Knows no process by name; which there are is `services`' concern.
"""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

from rpafabrik_cli import failures
from rpafabrik_cli.dev.leftovers import ProcessFile

STABLE_SECONDS = 10
"""A child that has lived so long was well; its next death is its first."""
MAXIMUM_DEATHS = 5
"""Deaths in a row after which starting again is no help."""
_FIRST_PAUSE_SECONDS = 0.2

_LEASH = Path(__file__).with_name("leash.py")

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A process to keep running."""

    name: str
    command: tuple[str, ...]
    log: Path
    environment: Mapping[str, str]
    folder: Path | None = None
    """Where it works; None is where we do."""
    stop_seconds: float = 10
    """What it gets to end in order, after SIGTERM."""
    ours: bool = False
    """Whether its exit codes are those of `failures`."""

    def last_words(self) -> str:
        """The last line of its log, which says why it ended, when anything does."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return next((line for line in reversed(lines) if line.strip()), "it said nothing")


@dataclass(slots=True)
class _Child:
    service: Service
    process: asyncio.subprocess.Process
    since: float


class Supervisor:
    """Keeps services running for as long as its block lasts, and stops the last one first."""

    def __init__(self, remembered: ProcessFile, tell: Callable[[str], None]) -> None:
        self._remembered = remembered
        self._tell = tell
        self._children: list[_Child] = []
        self._keepers: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        for child in reversed(self._children):
            await self._stop(child)

    async def start(self, service: Service) -> None:
        """Start a service, and keep it running."""
        service.log.write_bytes(b"")
        child = _Child(service, await self._spawn(service), time.monotonic())
        self._children.append(child)
        self._keepers.append(asyncio.create_task(self._keep(child)))

    async def beside(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Do some work that needs the services; fail when one of them cannot be kept."""
        task = asyncio.create_task(work)
        try:
            await asyncio.wait({task, *self._keepers}, return_when=asyncio.FIRST_COMPLETED)
            for keeper in self._keepers:
                if keeper.done():
                    keeper.result()
            return await task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def kill(self) -> None:
        """End everything at once."""
        for child in self._children:
            if child.process.returncode is None:
                _kill(child.process)

    async def _keep(self, child: _Child) -> None:
        deaths = 0
        while True:
            status = await child.process.wait()
            self._ended(child.process)
            deaths = 1 if time.monotonic() - child.since > STABLE_SECONDS else deaths + 1
            _refuse_for_good(child.service, status, deaths)
            self._tell(f"{child.service.name} {_how(status)}; starting it again")
            await asyncio.sleep(_FIRST_PAUSE_SECONDS * 2 ** (deaths - 1))
            child.process = await self._spawn(child.service)
            child.since = time.monotonic()

    async def _spawn(self, service: Service) -> asyncio.subprocess.Process:
        with service.log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", _LEASH, str(os.getpid())),
                *service.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
                env=service.environment,
                cwd=service.folder,
                # Ctrl-C is for us: we stop the children in order. What a child starts is its own
                # group too, and ends with it.
                process_group=0,
            )
        self._remembered.add(process.pid)
        return process

    async def _stop(self, child: _Child) -> None:
        process = child.process
        if process.returncode is not None:  # it has died, and its keeper was about to start it
            return
        process.terminate()
        try:
            async with asyncio.timeout(child.service.stop_seconds):
                await process.wait()
        except TimeoutError:
            self._tell(f"{child.service.name} did not stop in time; it is ended")
            _kill(process)
            await process.wait()
        self._ended(process)

    def _ended(self, process: asyncio.subprocess.Process) -> None:
        _kill(process)  # what it has started itself
        self._remembered.remove(process.pid)


def _refuse_for_good(service: Service, status: int, deaths: int) -> None:
    if service.ours and status == failures.EXIT_WRONG_USE:
        raise failures.Failure(f"{service.name}: {service.last_words().removeprefix('Error: ')}")
    if deaths >= MAXIMUM_DEATHS:
        raise failures.Failure(
            f"{service.name} ended {deaths} times in a row, the last time with:"
            f" {service.last_words()} (all of it: {service.log})"
        )


def _how(status: int) -> str:
    return f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with {status}"


def _kill(process: asyncio.subprocess.Process) -> None:
    """End the child's whole group, which may outlive it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
