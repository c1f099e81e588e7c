"""`rpafabrik tasks`: its options. Imports nothing that is slow."""

from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from rpafabrik_cli import options
from rpafabrik_cli.items_commands import Namespace, Output, complete_job


def _complete_task(context: typer.Context, incomplete: str) -> list[str]:
    """The open tasks that the ledger knows; none when it cannot be asked."""

    def ready() -> Callable[[], list[str]]:
        from rpafabrik_cli import tasks  # noqa: PLC0415 # keeps help quick

        return lambda: tasks.open_ids(options.ledger_in(context))

    return options.offered(ready, incomplete)


def _complete_outcome(context: typer.Context, incomplete: str) -> list[str]:
    """The words of the task that is named already."""

    def ready() -> Callable[[], Sequence[str]]:
        from rpafabrik_cli import tasks  # noqa: PLC0415 # keeps help quick

        task = str(context.params.get("task"))
        return lambda: tasks.outcomes(options.ledger_in(context), task)

    return options.offered(ready, incomplete)


_Task = Annotated[
    str,
    typer.Argument(
        metavar="TASK",
        help="Id of the task, as list shows it.",
        show_default=False,
        autocompletion=_complete_task,
    ),
]
_AnyJob = Annotated[
    str | None,
    typer.Argument(
        metavar="JOB",
        help="Only of this WorkerJob: NAME or NAMESPACE/NAME.",
        show_default=False,
        autocompletion=complete_job,
    ),
]
_TemporalAddress = Annotated[
    str | None,
    typer.Option(
        envvar=["RPAFABRIK_TEMPORAL_ADDRESS", "TEMPORAL_ADDRESS"],
        metavar="HOST:PORT",
        help="Where Temporal answers.",
        show_default="that of rpafabrik dev, else localhost:7233",
    ),
]

app = typer.Typer(help="Tasks that wait for people, and their answers.", no_args_is_help=True)


@app.command("list")
def list_tasks(  # noqa: PLR0913 # Typer wants a parameter per option
    job: _AnyJob = None,
    *,
    group: Annotated[str | None, typer.Option(help="Only those of this group.")] = None,
    limit: Annotated[
        int, typer.Option(min=0, help="So many, those due first; 0 is all of them.")
    ] = 1_000,
    ledger: options.Ledger = options.DEV_LEDGER,
    namespace: Namespace = None,
    output: Annotated[
        Output, typer.Option("--output", "-o", help="table for people, the others for programs.")
    ] = Output.TABLE,
) -> None:
    """Show the tasks that wait for people, those due first.

    What people are to read is never listed, for it may be personal data; `show` shows it.

    ```
    rpafabrik tasks list
    rpafabrik tasks list kassaavstamning --group ekonomi-handlaggare -o json
    ```
    """
    from rpafabrik_cli import items, tasks  # noqa: PLC0415 # keeps help quick

    with items.opened(ledger) as book:
        of = items.find(book, job, namespace) if job else None
        asked = tasks.Asked(job=of, group=group, limit=limit or None)
        tasks.list_tasks(book, asked, output.value)


@app.command()
def show(task: _Task, *, ledger: options.Ledger = options.DEV_LEDGER) -> None:
    """Show one task, with what people are to read, which may be personal data; and its answer.

    rpafabrik tasks show 3f1c0e…
    """
    from rpafabrik_cli import items, tasks  # noqa: PLC0415 # keeps help quick

    with items.opened(ledger) as book:
        tasks.show(book, task)


@app.command()
def complete(  # noqa: PLR0913 # Typer wants a parameter per option
    task: _Task,
    *,
    outcome: Annotated[
        str,
        typer.Option(
            metavar="WORD",
            help="One of those that the task lists.",
            autocompletion=_complete_outcome,
        ),
    ],
    by: Annotated[str, typer.Option(help="Who says so: a role or an id, no person's name.")],
    because: Annotated[str, typer.Option(help="Why; it is kept with the task.")],
    minutes: Annotated[
        str | None,
        typer.Option(
            help="What the person spent on it, such as 2.5; it is taken off the time saved.",
            show_default="asked for",
        ),
    ] = None,
    temporal_address: _TemporalAddress = None,
    temporal_namespace: options.TemporalNamespace = None,
) -> None:
    r"""Answer a task: the item goes on. The first answer counts.

    Nothing that was answered is ever changed.

    ```
    rpafabrik tasks complete 3f1c0e… --outcome Godkänd --minutes 4 \
        --by "handläggare ekonomi" --because "kvittot är rätt"
    ```
    """
    from rpafabrik_cli import tasks, tasks_answer  # noqa: PLC0415 # keeps help quick

    answer = tasks_answer.Answer(
        task_id=task,
        outcome=outcome,
        by=by,
        because=because,
        seconds=tasks.seconds(minutes or tasks.asked_minutes()),
    )
    told = tasks_answer.send(answer, temporal_address, temporal_namespace)
    typer.echo(f"{told.namespace}/{told.job}: {told.step} is {told.outcome}, and the item goes on.")
