"""The command line: which commands there are, and how each of them fails.

Only what `--help` shows lives here. The commands' own modules are imported when they are run, so
that help and tab completion answer at once.
"""

import atexit
import contextlib
import importlib.metadata
import io
import logging
import os
import sys
import traceback
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from rpafabrik_cli import (
    benefit_commands,
    failures,
    garbage,
    items_commands,
    options,
    process_commands,
    status_commands,
    tasks_commands,
)

_DEBUG = "--debug"
_EXTRAS = {
    "alembic": "platform",
    "kopf": "operator",
    "kubernetes": "operator",
    "psycopg": "platform",
    "sqlalchemy": "platform",
}
"""Which extra brings a package that is not there."""
_HELP = """The RPA factory: digital workers declared as YAML, run by Temporal, measured in hours.

**On a laptop, without a cluster**

    rpafabrik dev job.yaml --worker ekonomi=robots.kassaavstamning --run

**Before a merge**

    rpafabrik validate manifests/

`rpafabrik COMMAND --help` shows what a command can do, with examples.
"""


_Job = Annotated[
    str, typer.Argument(metavar="JOB", help="Name of the WorkerJob.", show_default=False)
]

app = typer.Typer(
    name="rpafabrik",
    help=_HELP,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)


def _show_version(asked: bool) -> None:  # noqa: FBT001 # Typer calls it with the option's value
    if asked:
        typer.echo(f"rpafabrik {importlib.metadata.version('rpafabrik')}")
        raise typer.Exit


@app.callback()
def rpafabrik(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
    debug: Annotated[
        bool, typer.Option(_DEBUG, help="Show where in the program an error came from.")
    ] = False,
) -> None:
    """The options of every command; help is `_HELP`."""


@app.command()
def validate(
    paths: options.Paths,
    worker: options.Workers = [],  # noqa: B006 # Typer copies it
    output: options.OutputFormat = options.Output.TEXT,
) -> None:
    """Check manifests offline: every field, expression and schedule, with file and line.

    With `--worker`, also that the digital worker has every activity that its jobs name.

        rpafabrik validate examples/kassaavstamning
        rpafabrik validate job.yaml --worker ekonomi=robots.kassaavstamning
        helm template charts/jobs | rpafabrik validate - -o json

    Exits with 1 when there is something to mend.
    """
    from rpafabrik_cli import validate as command  # noqa: PLC0415 # see the module
    from rpafabrik_cli import workers  # noqa: PLC0415 # see the module

    as_json = output is options.Output.JSON
    raise typer.Exit(command.run(paths, workers.parse(worker), as_json=as_json))


@app.command()
def dev(  # noqa: PLR0913 # Typer wants a parameter per option
    paths: options.Paths,
    *,
    worker: options.Workers = [],  # noqa: B006 # Typer copies it
    run: options.Run = False,
    job: options.Jobs = [],  # noqa: B006 # Typer copies it
    keep: options.Keep = False,
    fresh: options.Fresh = False,
    state: options.State = Path(".rpafabrik/dev"),
    temporal: options.Temporal = None,
    timeout: options.Timeout = None,
    output: options.OutputFormat = options.Output.TEXT,
) -> None:
    """Run jobs on this machine, without a cluster, as the operator would run them.

    Starts all that is needed, and stops it in the end. Jobs run by their schedules until Ctrl-C,
    or at once with `--run`. Starting again goes on where it stopped.

        rpafabrik dev jobs/ -w ekonomi=my.robot
        rpafabrik dev jobs/ -w ekonomi=my.robot --run --keep

    Exits with 0 when every run succeeded, and with 1 when one failed or a manifest must be mended.
    """
    from rpafabrik_cli import workers  # noqa: PLC0415 # see the module
    from rpafabrik_cli.dev import asked, command  # noqa: PLC0415 # see the module

    asked_for = asked.Options(
        paths=tuple(paths),
        workers=workers.parse(worker),
        run=run,
        jobs=tuple(job),
        keep=keep,
        fresh=fresh,
        state=state,
        temporal=temporal,
        timeout_seconds=timeout,
        as_json=output is options.Output.JSON,
    )
    raise typer.Exit(command.run(asked_for))


@app.command()
def hold(
    job: _Job,
    *,
    who: Annotated[str, typer.Option(help="Who stops it: a role, and how to reach it.")],
    why: Annotated[str, typer.Option(help="Why; it stands in the status until the release.")],
    namespace: options.Namespace = None,
    kubeconfig: options.Kubeconfig = None,
) -> None:
    """Emergency stop on a cluster: no run of the job starts, and no item of a run under way.

    It holds, whatever is applied to the job, until it is released.

        rpafabrik hold kassaavstamning --who driften --why "fel belopp"
    """
    from rpafabrik_cli import hold as command  # noqa: PLC0415 # see the module

    held = command.hold(job, namespace, f"{who}: {why}", kubeconfig)
    where = held.removesuffix(f"/{job}")
    typer.echo(f"{held} is held until: rpafabrik release {job} -n {where}")


@app.command()
def release(
    job: _Job, *, namespace: options.Namespace = None, kubeconfig: options.Kubeconfig = None
) -> None:
    """Lift the emergency stop, whoever made it.

    The schedule and the items of runs under way go on.

        rpafabrik release kassaavstamning -n ekonomi
    """
    from rpafabrik_cli import hold as command  # noqa: PLC0415 # see the module

    typer.echo(f"{command.release(job, namespace, kubeconfig)} is released.")


@app.command()
def resume(
    job: _Job,
    *,
    who: Annotated[str, typer.Option(help="Who has looked at the failures: a role.")],
    why: Annotated[str, typer.Option(help="Why the run may go on; Temporal keeps it.")],
    namespace: options.Namespace = None,
    kubeconfig: options.Kubeconfig = None,
) -> None:
    """Let runs of a job go on that stopped after too many failures in a row.

    Items that failed stay as they are: `rpafabrik items retry` takes them up again.

        rpafabrik resume kassaavstamning --who driften --why "systemet svarar igen"
    """
    from rpafabrik_cli import hold as command  # noqa: PLC0415 # see the module

    resumed = command.resume(job, namespace, f"{who}: {why}", kubeconfig)
    typer.echo(f"{resumed}: runs that stopped on failures go on.")


app.command()(status_commands.status)
app.command()(process_commands.worker)
app.command()(process_commands.platform)
app.command()(process_commands.operator)
app.add_typer(process_commands.ledger, name="ledger")
app.add_typer(items_commands.app, name="items")
app.add_typer(tasks_commands.app, name="tasks")
app.command()(benefit_commands.report)
app.add_typer(benefit_commands.benefit, name="benefit")


def program() -> None:
    """`main` as a process of its own, which ends as the command did.

    It ends before Python takes itself down: else a thread of Temporal's client that is still
    returning from a call ends it by a signal now and then, whatever the command has done
    (https://github.com/temporalio/sdk-python/issues/300).
    """
    code = 1

    def end() -> None:
        logging.shutdown()  # registered before this was
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):  # whoever read it has gone
                stream.flush()
        os._exit(code)

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # rather a ? than no answer on an old terminal
            stream.reconfigure(errors="replace")
    # The first that is registered is the last that is called.
    atexit.register(end)
    try:
        main()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        raise


def main() -> None:
    """Run the command that the arguments name; what fails ends in one line and an exit code."""
    garbage.wait()
    try:
        app()
    except failures.Failure as failure:
        _end(failure)
    except Exception as error:  # noqa: BLE001 # the last place where anything can be said
        _end(_explained(error))


def _explained(error: Exception) -> failures.Failure:
    lacking = isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0]
    if lacking in _EXTRAS:
        extra = f"pip install 'rpafabrik[{_EXTRAS[lacking]}]'"
        return failures.WrongUse(f"the package {lacking} must be installed: {extra}")
    return failures.Failure(f"{type(error).__name__}: {error} (rpafabrik --debug shows where)")


def _end(failure: failures.Failure) -> NoReturn:
    """Called while an exception is handled."""
    if _DEBUG in sys.argv:
        traceback.print_exc()
    color = False if os.environ.get("NO_COLOR") else None  # None: where there is a terminal
    typer.secho(failure.heading, fg=typer.colors.RED, bold=True, nl=False, err=True, color=color)
    typer.echo(str(failure), err=True)
    sys.exit(failure.exit_code)
