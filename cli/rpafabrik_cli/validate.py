"""`rpafabrik validate`: what must be mended in manifests, offline."""

import json
from collections.abc import Sequence

from rich.console import Console

from rpafabrik_cli import failures, workers
from rpafabrik_cli.manifests import reading
from rpafabrik_cli.manifests.reading import Reading
from rpafabrik_cli.workers import Worker


def run(paths: Sequence[str], chosen: Sequence[Worker], *, as_json: bool) -> int:
    """Check, tell, and return the exit code."""
    found = reading.read(paths)
    if not found.problems:  # a manifest that cannot be read may be the one with the name
        workers.refuse_strangers(chosen, found.manifests)
    problems = [*found.problems, *workers.problems(found.manifests, chosen)]
    for note in found.notes:
        _console(stderr=True).print(note, style="dim")
    if as_json:
        _console().print(
            json.dumps([each.as_json() for each in problems], indent=2, ensure_ascii=False)
        )
    else:
        for each in problems:
            _console().print(str(each))
        _console(stderr=bool(problems)).print(_summary(found, len(problems), chosen))
    return failures.EXIT_FAILED if problems else 0


def _summary(found: Reading, problems: int, chosen: Sequence[Worker]) -> str:
    if problems:
        return f"{problems} thing{'s' if problems > 1 else ''} to mend."
    checked = "fields, expressions, schedules"
    if chosen:
        checked += f", activities of {', '.join(worker.name for worker in chosen)}"
    files = f"{found.files} file{'s' if found.files > 1 else ''}"
    return f"{reading.kinds(found.manifests)} in {files}: all is well ({checked})."


def _console(*, stderr: bool = False) -> Console:
    """Plain lines, as long as they are: programs and editors read them too."""
    return Console(stderr=stderr, soft_wrap=True, highlight=False, markup=False, emoji=False)
