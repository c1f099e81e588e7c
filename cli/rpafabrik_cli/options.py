"""Arguments and options that more than one command has. Imports nothing that is slow."""

import contextlib
import os
import threading
from collections.abc import Callable, Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

_OFFERS_WITHIN_SECONDS = 3


class Output(StrEnum):
    """How results are told."""

    TEXT = "text"
    JSON = "json"


Paths = Annotated[
    list[str],
    typer.Argument(
        metavar="PATH",
        help="Manifests: YAML files, folders of them (*.yaml, *.yml), or - for standard input.",
        show_default=False,
    ),
]
Workers = Annotated[
    list[str],
    typer.Option(
        "--worker",
        "-w",
        metavar="NAME=MODULE[,MODULE]",
        help="The Python modules of a digital worker. NAME is what spec.workerRef names.",
        show_default=False,
    ),
]
OutputFormat = Annotated[
    Output, typer.Option("--output", "-o", help="text for people, json for programs.")
]
Kubeconfig = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="How to reach the cluster.",
        show_default="as kubectl does",
    ),
]
Namespace = Annotated[
    str | None,
    typer.Option(
        "--namespace",
        "-n",
        help="Namespace of the job.",
        show_default="as kubectl does",
    ),
]
TemporalNamespace = Annotated[
    str | None,
    typer.Option(
        envvar=["RPAFABRIK_TEMPORAL_NAMESPACE", "TEMPORAL_NAMESPACE"],
        help="Temporal's namespace.",
        show_default="default",
    ),
]
DEV_LEDGER = f"sqlite:///{Path('.rpafabrik/dev/ledger.db')}"
"""Where `rpafabrik dev` keeps its ledger."""
Ledger = Annotated[
    str,
    typer.Option(
        envvar="RPAFABRIK_LEDGER_URL",
        metavar="URL",
        help="sqlite:///FILE or postgresql://USER:PASSWORD@HOST:PORT/DATABASE.",
        show_default="that of rpafabrik dev",
    ),
]

Run = Annotated[
    bool, typer.Option("--run", help="Run every job at once, show the result, and end.")
]
Jobs = Annotated[
    list[str],
    typer.Option(metavar="NAME", help="Only this job; may be repeated.", show_default="all jobs"),
]
Keep = Annotated[
    bool, typer.Option("--keep", help="With --run: keep everything running until Ctrl-C.")
]
Fresh = Annotated[bool, typer.Option("--fresh", help="Forget earlier runs, their ledger too.")]
State = Annotated[
    Path, typer.Option(metavar="DIR", help="Where ledger, logs and unfinished runs are kept.")
]
Temporal = Annotated[
    str | None,
    typer.Option(
        metavar="HOST:PORT",
        help="A Temporal server that runs already.",
        show_default="starts one",
    ),
]
Timeout = Annotated[
    int | None,
    typer.Option(
        metavar="SECONDS",
        min=1,
        help="With --run: give up after so long.",
        show_default="never",
    ),
]


def offered(ready: Callable[[], Callable[[], Iterable[str]]], incomplete: str) -> list[str]:
    """What Tab offers of what can be asked at once; nothing where it cannot, whatever the cause.

    `ready` imports what asks: that takes the machine's time, and counts for nobody's silence.
    """
    found: list[str] = []

    def look(ask: Callable[[], Iterable[str]]) -> None:
        with contextlib.suppress(Exception):
            found.extend(ask())

    with contextlib.suppress(Exception):  # a shell that completes has no place for errors
        asking = threading.Thread(target=look, args=(ready(),), daemon=True)
        asking.start()
        asking.join(_OFFERS_WITHIN_SECONDS)
    return [one for one in found if one.startswith(incomplete)]


def ledger_in(context: typer.Context) -> str:
    """Where a completion looks: a shell that completes has parsed no defaults."""
    given = context.params.get("ledger") or os.environ.get("RPAFABRIK_LEDGER_URL")
    return str(given or DEV_LEDGER)
