"""`rpafabrik status`: its options. Imports nothing that is slow."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from rpafabrik_cli import failures, options

_DEV = Path(".rpafabrik/dev")


def _complete_namespace(context: typer.Context, incomplete: str) -> list[str]:
    """The namespaces of the cluster; none when it cannot be asked."""

    def ready() -> Callable[[], list[str]]:
        from rpafabrik_cli.status import command  # noqa: PLC0415 # keeps help quick

        return lambda: command.namespaces(context.params.get("kubeconfig"))

    return options.offered(ready, incomplete)


_Namespace = Annotated[
    str | None,
    typer.Option(
        "--namespace",
        "-n",
        help="Only this namespace.",
        show_default="as kubectl does; with --dev, all",
        autocompletion=_complete_namespace,
    ),
]
_Temporal = Annotated[
    str | None,
    typer.Option(
        envvar=["RPAFABRIK_TEMPORAL_ADDRESS", "TEMPORAL_ADDRESS"],
        metavar="HOST:PORT",
        help="Ask Temporal, too: who polls, and how far runs of schedules are.",
        show_default="not asked",
    ),
]
_Ledger = Annotated[
    str | None,
    typer.Option(
        envvar="RPAFABRIK_LEDGER_URL",
        metavar="URL",
        help="Ask the ledger, too: sqlite:///FILE or postgresql://USER:PASSWORD@HOST:PORT/DATABASE.",
        show_default="not asked",
    ),
]


def status(  # noqa: PLR0913 # Typer wants a parameter per option
    *,
    namespace: _Namespace = None,
    everywhere: Annotated[
        bool, typer.Option("--all-namespaces", "-A", help="All namespaces.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Look again and again, until Ctrl-C.")
    ] = False,
    every: Annotated[
        float, typer.Option(metavar="SECONDS", min=0.5, help="With --watch: how often.")
    ] = 5,
    dev: Annotated[
        bool, typer.Option("--dev", help="The factory of rpafabrik dev on this machine.")
    ] = False,
    state: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="That of rpafabrik dev; means --dev.", show_default=str(_DEV)
        ),
    ] = None,
    output: options.OutputFormat = options.Output.TEXT,
    temporal_address: _Temporal = None,
    temporal_namespace: options.TemporalNamespace = None,
    ledger: _Ledger = None,
    kubeconfig: options.Kubeconfig = None,
) -> None:
    """Show how the factory is: jobs, robots, runs under way, and what they all need.

    What is unwell comes first, with why, since when and what to do.

        rpafabrik status -A
        rpafabrik status -n ekonomi --watch
        rpafabrik status --dev
        rpafabrik status -A -o json | jq '.jobs[] | select(.level == "Unwell")'

    Exits with 0 when all is well, and with 1 when something is not, or nothing can be seen; a
    watch ends at Ctrl-C with 0.
    """
    from rpafabrik_cli.status import command  # noqa: PLC0415 # keeps help quick

    if everywhere and namespace:
        raise failures.WrongUse("--namespace and --all-namespaces must not both be given")
    asked = command.Options(
        kubeconfig=kubeconfig,
        namespace=namespace,
        everywhere=everywhere,
        state=state or (_DEV if dev else None),
        temporal_address=temporal_address,
        temporal_namespace=temporal_namespace,
        ledger=ledger,
        every_seconds=every if watch else None,
        as_json=output is options.Output.JSON,
    )
    raise typer.Exit(command.run(asked))
