"""`rpafabrik items`: its options. Imports nothing that is slow."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer

from rpafabrik_api import contract
from rpafabrik_cli import failures, options

Outcome = StrEnum("Outcome", {one.name: one.value for one in contract.Outcome})  # type: ignore[misc] # Typer wants an enum of its own


class Output(StrEnum):
    """How items are told."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def complete_job(context: typer.Context, incomplete: str) -> list[str]:
    """The jobs that the ledger knows; none when it cannot be asked."""

    def ready() -> Callable[[], list[str]]:
        from rpafabrik_cli import items  # noqa: PLC0415 # keeps help quick

        return lambda: items.job_names(options.ledger_in(context))

    return options.offered(ready, incomplete)


Job = Annotated[
    str,
    typer.Argument(
        metavar="JOB",
        help="The WorkerJob: NAME or NAMESPACE/NAME.",
        show_default=False,
        autocompletion=complete_job,
    ),
]
_Reference = Annotated[str, typer.Argument(metavar="REFERENCE", show_default=False)]
_References = Annotated[list[str] | None, typer.Argument(metavar="REFERENCE…", show_default=False)]
Namespace = Annotated[
    str | None,
    typer.Option(
        "--namespace", "-n", help="That of the job.", show_default="the only one with that job"
    ),
]
_OutputFormat = Annotated[
    Output, typer.Option("--output", "-o", help="table for people, the others for programs.")
]

app = typer.Typer(
    help="Items of a job: what became of them; dead letters, and their way back.",
    no_args_is_help=True,
)


@app.command("list")
def list_items(  # noqa: PLR0913 # Typer wants a parameter per option
    job: Job,
    *,
    outcome: Annotated[
        list[Outcome], typer.Option(help="May be repeated.", show_default="dead letters")
    ] = [],  # noqa: B006 # Typer copies it
    code: Annotated[str | None, typer.Option(help="Of the exception, such as Timeout.")] = None,
    run: Annotated[str | None, typer.Option(metavar="RUN", help="Id of the run.")] = None,
    since: Annotated[
        datetime | None, typer.Option(help="Ended then or later, in this machine's time zone.")
    ] = None,
    limit: Annotated[
        int, typer.Option(min=0, help="So many, the oldest first; 0 is all of them.")
    ] = 1_000,
    ledger: options.Ledger = options.DEV_LEDGER,
    namespace: Namespace = None,
    output: _OutputFormat = Output.TABLE,
) -> None:
    """Show how items of a job ended: business and application exceptions, and abandoned ones.

    What an item held is never listed, for it may be personal data; `show --payload` shows it.

    ```
    rpafabrik items list kassaavstamning --code MissingDeposit -o csv
    rpafabrik items list kassaavstamning --outcome Skipped --run RUN
    ```
    """
    from rpafabrik_cli import items as command  # noqa: PLC0415 # keeps help quick

    outcomes = tuple(contract.Outcome(one.value) for one in outcome)
    if contract.Outcome.SKIPPED in outcomes and len(outcomes) > 1:
        raise failures.WrongUse("--outcome Skipped must stand alone: a skipped item has no row")
    asked = command.Asked(
        outcomes=outcomes or tuple(one for one in contract.Outcome if one.dead_letter),
        code=code,
        run=run,
        since=since.astimezone() if since else None,
        limit=limit or None,
    )
    with command.opened(ledger) as book:
        command.list_items(book, command.find(book, job, namespace), asked, output.value)


@app.command()
def show(
    job: Job,
    reference: _Reference,
    *,
    payload: Annotated[
        bool, typer.Option("--payload", help="The item as the source gave it: personal data.")
    ] = False,
    ledger: options.Ledger = options.DEV_LEDGER,
    namespace: Namespace = None,
) -> None:
    """Show one item: how it ended and in which run, and every time it was re-queued.

    rpafabrik items show kassaavstamning VC001/2026-01-07
    """
    from rpafabrik_cli import items as command  # noqa: PLC0415 # keeps help quick

    with command.opened(ledger) as book:
        command.show(book, command.find(book, job, namespace), reference, payload=payload)


@app.command()
def retry(  # noqa: PLR0913 # Typer wants a parameter per option
    job: Job,
    reference: _References = None,
    *,
    because: Annotated[str, typer.Option(help="Why; it is kept with the item.")],
    code: Annotated[str | None, typer.Option(help="All dead letters of this code.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All dead letters of the job.")] = False,
    by: Annotated[
        str | None, typer.Option(help="Who wants it.", show_default="your user name")
    ] = None,
    ledger: options.Ledger = options.DEV_LEDGER,
    namespace: Namespace = None,
) -> None:
    """Have dead letters done again: the next run of the job takes them first.

    All that are named are re-queued, or none: what is done already is refused by name.

    ```
    rpafabrik items retry kassaavstamning VC001/2026-01-07 --because "insatt i dag"
    rpafabrik items retry kassaavstamning --code SystemAway --because "systemet svarar igen"
    ```
    """
    from rpafabrik_cli import items as command  # noqa: PLC0415 # keeps help quick

    references = tuple(reference or ())
    if (bool(references), code is not None, everything).count(True) != 1:
        raise failures.WrongUse("one of REFERENCE…, --code and --all must be given")
    which = command.Which(references=references, code=code)
    with command.opened(ledger) as book:
        command.retry(book, command.find(book, job, namespace), which, (by, because))
