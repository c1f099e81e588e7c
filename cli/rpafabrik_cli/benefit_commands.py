"""`report` and `benefit`: their options. Imports nothing that is slow."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from rpafabrik_cli import failures, options
from rpafabrik_cli.report.formats import Format

_DAY = ["%Y-%m-%d"]


class By(StrEnum):
    """What a report has a line for each of."""

    DEPARTMENT = "department"
    JOB = "job"
    MONTH = "month"
    CLASS = "class"


benefit = typer.Typer(
    help="Benefit: what came true of the hours that were freed.", no_args_is_help=True
)


def report(  # noqa: PLR0913 # Typer wants a parameter per option
    *,
    by: Annotated[
        list[By], typer.Option(help="A line for each of these; may be repeated, in order.")
    ] = [By.JOB],  # noqa: B006 # Typer copies it
    first: Annotated[
        datetime | None,
        typer.Option("--from", formats=_DAY, help="First day.", show_default="the first there is"),
    ] = None,
    last: Annotated[
        datetime | None,
        typer.Option("--to", formats=_DAY, help="Last day.", show_default="today"),
    ] = None,
    job: Annotated[
        list[str],
        typer.Option(metavar="JOB", help="Only this job, NAME or NAMESPACE/NAME; may be repeated."),
    ] = [],  # noqa: B006 # see above
    department: Annotated[
        list[str], typer.Option(help="Only this department, as it was called; may be repeated.")
    ] = [],  # noqa: B006 # see above
    namespace: Annotated[
        list[str], typer.Option("--namespace", "-n", help="Only this namespace; may be repeated.")
    ] = [],  # noqa: B006 # see above
    output: Annotated[
        Format,
        typer.Option("--output", "-o", help="table for people, the others for programs."),
    ] = Format.TABLE,
    file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it there.", show_default="stdout")
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show the SQL behind every figure.")
    ] = False,
    hourly_rate: Annotated[
        str | None,
        typer.Option(
            metavar="KRONOR",
            help="What an hour is worth to the organisation; without it, no money is shown.",
        ),
    ] = None,
    ledger: options.Ledger = options.DEV_LEDGER,
) -> None:
    """Tell what was planned, freed and realised, and how the items went.

    Everything is counted from the ledger, and a year later it is the same.

    ```
    rpafabrik report --by department --by month --from 2026-01-01
    rpafabrik report --by job -o excel --file nytta.xlsx
    ```
    """
    from rpafabrik_cli.report import command  # noqa: PLC0415 # keeps help quick
    from rpafabrik_platform.ledger.lines import Dimension  # noqa: PLC0415 # see above
    from rpafabrik_platform.ledger.scope import Scope  # noqa: PLC0415 # see above

    scope = Scope(
        namespaces=tuple(namespace),
        jobs=tuple(job),
        departments=tuple(department),
        first=first.date() if first else None,
        last=last.date() if last else None,
    )
    command.run(
        command.Options(
            ledger=ledger,
            by=tuple(Dimension(one.value) for one in by),
            scope=scope,
            format=output,
            file=file,
            explain=explain,
            hourly_rate=command.rate(hourly_rate),
        )
    )


@benefit.command()
def realise(  # noqa: PLR0913 # Typer wants a parameter per option
    *,
    job: Annotated[str, typer.Option(metavar="NAMESPACE/NAME", help="The WorkerJob.")],
    hours: Annotated[
        str, typer.Option(help="How many; below zero to correct what was entered before.")
    ],
    period: Annotated[str, typer.Option(metavar="MONTH", help="The month, such as 2026-03.")],
    by: Annotated[str, typer.Option(help="Who says so: a role or an id, no person's name.")],
    because: Annotated[str, typer.Option(help="What became of the time.")],
    ledger: options.Ledger = options.DEV_LEDGER,
) -> None:
    r"""Enter how many of the freed hours came true.

    Nothing that was entered is ever changed: a correction is one more entry.

    ```
    rpafabrik benefit realise --job ekonomi/paminnelser --hours 120 --period 2026-03 \
        --by "förändringsansvarig ekonomi" --because "0,7 tjänst till ekonomistöd"
    ```
    """
    from rpafabrik_cli import realise as command  # noqa: PLC0415 # keeps help quick
    from rpafabrik_platform.activities import calls  # noqa: PLC0415 # see above

    namespace, _, name = job.partition("/")
    if not namespace or not name:
        raise failures.WrongUse("--job must be NAMESPACE/NAME, such as ekonomi/paminnelser")
    told = calls.Realising(
        namespace=namespace, job=name, period=period, hours=hours, by=by, because=because
    )
    stands = command.run(ledger, told)
    typer.echo(
        f"{job} {period}: {stands.hours} h entered, {stands.month_hours} h in all"
        f" ({stands.department})."
    )
