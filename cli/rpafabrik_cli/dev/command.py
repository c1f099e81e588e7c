"""`rpafabrik dev`: checks the manifests, lives one life, and tells what came of it."""

import asyncio
import json
from typing import Any

from rich.console import Console

from rpafabrik import errors
from rpafabrik_cli import failures, garbage
from rpafabrik_cli.dev import asked, results, state
from rpafabrik_cli.dev.asked import Options
from rpafabrik_cli.dev.display import Display
from rpafabrik_cli.dev.results import Ended, Where
from rpafabrik_cli.dev.session import Session
from rpafabrik_cli.manifests.problem import InvalidManifests
from rpafabrik_cli.processes import common

EXIT_STOPPED = 130
"""As shells tell Ctrl-C."""


def run(options: Options) -> int:
    """Do what is asked, and return the exit code."""
    out = Console(soft_wrap=True, highlight=False, emoji=False)
    screen = Console(stderr=True, highlight=False, emoji=False)
    told = _Told(options, out, Display(screen))
    try:
        return _run(options, told, screen)
    except Exception as error:
        told.failed(error)
        raise


def _run(options: Options, told: "_Told", screen: Console) -> int:
    checked = asked.check(options)
    for note in checked.notes:
        screen.print(note, style="dim", soft_wrap=True, markup=False)
    with state.claimed(options.state) as claimed, told.display as display:
        session = Session(
            options=options,
            checked=checked,
            state=claimed,
            display=display,
            report=told.ended,
            done=told.done,
        )
        garbage.look()
        with common.refusing(errors.StartError):
            stopped = asyncio.run(session.live())
        if stopped and options.run and not told.complete:
            told.stopped()
            return EXIT_STOPPED
    return 0 if told.all_succeeded else failures.EXIT_FAILED


class _Told:
    """Tells the results on standard output: tables one by one, or one JSON document."""

    def __init__(self, options: Options, out: Console, display: Display) -> None:
        self._options = options
        self._out = out
        self.display = display
        self._ended: list[Ended] = []
        self.complete = False

    @property
    def all_succeeded(self) -> bool:
        return all(one.succeeded for one in self._ended)

    def ended(self, one: Ended) -> None:
        self._ended.append(one)
        if self._options.as_json:
            return
        with self.display.aside():
            self._out.print(results.table(one))
            for file in one.summary.files if one.summary else ():
                self._out.print(f"Wrote {file}", markup=False)
            self._out.print()

    def done(self, where: Where) -> None:
        self.complete = True
        with self.display.aside():
            self._close(where)

    def stopped(self) -> None:
        line = "Stopped before the end. The same command goes on where it stopped."
        self.display.tell(line)
        self._tell_failure({"error": line})

    def failed(self, error: Exception) -> None:
        """Tell programs; people are told where every command's failure is."""
        if isinstance(error, InvalidManifests):
            self._tell_failure({"problems": [each.as_json() for each in error.problems]})
        else:
            self._tell_failure({"error": str(error) or type(error).__name__})

    def _tell_failure(self, what: dict[str, Any]) -> None:
        if self._options.as_json and not self.complete:
            self._tell_json({"succeeded": False, **what})

    def _tell_json(self, document: dict[str, Any]) -> None:
        self._out.print(json.dumps(document, indent=2, ensure_ascii=False), markup=False)

    def _close(self, where: Where) -> None:
        if self._options.as_json:
            self._tell_json(results.document(self._ended, where))
            return
        if self._ended and all(one.all_skipped for one in self._ended):
            self._out.print(
                "Everything was done by an earlier run, so everything was skipped."
                " --fresh forgets earlier runs and does it anew."
            )
        self._out.print(f"Ledger: {where.ledger}", markup=False)
        self._out.print(f"Logs:   {where.logs}", markup=False)
        if where.ui and not self._options.keep:
            self._out.print("Every step, in Temporal's web page: add --keep", markup=False)
