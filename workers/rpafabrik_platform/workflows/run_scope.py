"""What a run's own expressions see, and what is kept of the run: its counts, its files. Pure."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rpafabrik_api import contract, interpreter
from rpafabrik_api.reasons import Reason
from rpafabrik_platform.workflows.run_failure import RunFailedError

MAXIMUM_FILES = 50
FILE_LENGTH = 1_000

_FIELDS = {
    contract.Outcome.COMPLETED: "completed",
    contract.Outcome.REVIEWED: "reviewed",
    contract.Outcome.BUSINESS_EXCEPTION: "business_exceptions",
    contract.Outcome.APPLICATION_EXCEPTION: "application_exceptions",
    contract.Outcome.SKIPPED: "skipped",
    contract.Outcome.ABANDONED: "abandoned",
}


def counted(counts: contract.Counts, outcome: contract.Outcome) -> contract.Counts:
    """The counts with one more item of that outcome."""
    name = _FIELDS[outcome]
    return replace(counts, **{name: getattr(counts, name) + 1})


def run_variable(request: contract.RunRequest, run_id: str, started_at: datetime) -> dict[str, Any]:
    """What expressions read as `run`: text all of it, times in the job's time zone."""
    try:
        zone = ZoneInfo(request.job.time_zone)
    except (ValueError, OSError, KeyError) as error:
        raise RunFailedError(
            Reason.INVALID_TIME_ZONE,
            f"the time zone must be one of the IANA database, and is {request.job.time_zone!r}",
        ) from error
    local = started_at.astimezone(zone)
    return {
        "id": run_id,
        "name": request.name or "",
        "purpose": request.purpose.value,
        "date": local.date().isoformat(),
        "startTime": local.isoformat(timespec="seconds"),
    }


def scope(
    request: contract.RunRequest, run: dict[str, Any], counts: contract.Counts | None = None
) -> interpreter.Scope:
    """What the source's input sees, and that of `onCompletion`, which has `run.counts` besides."""
    if counts is not None:
        run = {**run, "counts": _as_json(counts)}
    job = interpreter.job_variable(request.job)
    return interpreter.Scope({"input": request.input, "run": run, "job": job})


def files_of(returned: Any) -> tuple[str, ...]:
    """The files that `onCompletion` says it wrote, as many as status can show."""
    files = returned.get("files") if isinstance(returned, dict) else None
    if not isinstance(files, list):
        return ()
    return tuple(str(file)[:FILE_LENGTH] for file in files[:MAXIMUM_FILES])


def _as_json(counts: contract.Counts) -> dict[str, int]:
    """The counts under the names that status shows them by."""
    return {
        "completed": counts.completed,
        "reviewed": counts.reviewed,
        "businessExceptions": counts.business_exceptions,
        "applicationExceptions": counts.application_exceptions,
        "skipped": counts.skipped,
        "abandoned": counts.abandoned,
        "total": counts.total,
    }
