"""`rpafabrik items`: reads and re-queues items in a ledger, and tells of them."""

import contextlib
import getpass
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import typer

from rpafabrik_api import contract
from rpafabrik_cli import failures, ledgers, listing
from rpafabrik_cli.processes import common
from rpafabrik_platform.ledger import entries, errors, store


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which items to list."""

    outcomes: tuple[contract.Outcome, ...]
    code: str | None
    run: str | None
    since: datetime | None
    limit: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """Which dead letters to re-queue; neither given: all."""

    references: tuple[str, ...]
    code: str | None


@contextlib.contextmanager
def opened(url: str) -> Iterator[store.Ledger]:
    """The ledger; what it refuses is wrong use."""
    with common.refusing(errors.LedgerRefused), ledgers.opened(url) as ledger:
        yield ledger


def job_names(url: str) -> list[str]:
    """What `find` takes for the jobs that the ledger knows."""
    with opened(url) as ledger:
        return sorted({name for job in ledger.jobs() for name in (job.name, job.key)})


def find(ledger: store.Ledger, wanted: str, namespace: str | None) -> entries.KnownJob:
    """The one job of that NAME or NAMESPACE/NAME, and of that namespace if it is given."""
    *given, name = wanted.rsplit("/", 1)
    namespace = given[0] if given else namespace
    known = ledger.jobs(name)
    found = [job for job in known if namespace in (None, job.namespace)]
    match found:
        case [job]:
            return job
        case []:
            names = ", ".join(sorted({job.name for job in ledger.jobs()})) or "none yet"
            where = f" in namespace {namespace}" if namespace else ""
            message = f"{name} must be a job{where} that has had a run, and is none: {names}"
            raise failures.Failure(message)
        case _:
            choice = ", ".join(job.namespace for job in found)
            raise failures.WrongUse(f"--namespace must say which {name} is meant: {choice}")


def list_items(ledger: store.Ledger, job: entries.KnownJob, asked: Asked, output: str) -> None:
    """Write the items on standard output, and on standard error that there are more."""
    found = ledger.items(
        entries.Filter(
            job_uid=job.uid,
            outcomes=asked.outcomes,
            code=asked.code,
            run_id=asked.run,
            since=asked.since,
            limit=listing.asked_for(asked.limit),
        )
    )
    listing.tell(found, _FORM, asked.limit, output)


def show(ledger: store.Ledger, job: entries.KnownJob, reference: str, *, payload: bool) -> None:
    """Write everything that is known of an item, as JSON."""
    history = ledger.item(job.uid, reference)
    if not history.known:
        raise failures.Failure(f"{reference} must be an item of {job.name}, and is none")
    typer.echo(json.dumps(_history(job, history, payload=payload), indent=2, ensure_ascii=False))


def retry(
    ledger: store.Ledger, job: entries.KnownJob, which: Which, people: tuple[str | None, str]
) -> None:
    """Re-queue dead letters; say how many."""
    by, because = people
    if not because.strip():
        raise failures.WrongUse("--because must say why")
    told = ledger.requeue(
        entries.Requeue(
            job_uid=job.uid,
            by=by or getpass.getuser(),
            because=because,
            at=datetime.now(UTC),
            references=which.references,
            code=which.code,
        )
    )
    if told.refused:
        lines = [f"{reference} {why}" for reference, why in sorted(told.refused.items())]
        raise failures.Failure("\n".join(["nothing is re-queued:", *lines]))
    typer.echo(f"{len(told.references)} items wait for the next run of {job.name}.")
    if told.unkept:
        typer.echo(
            f"{told.unkept} of them were too large to keep: they are done once the source lists"
            " them again."
        )


def _cells(one: entries.Found) -> Sequence[str | None]:
    ended = one.completed_at.astimezone().strftime("%Y-%m-%d %H:%M")
    tries = str(one.attempts or "")
    return one.reference, str(one.outcome), one.code, one.step, tries, ended, one.message


def _as_json(one: entries.Found) -> dict[str, Any]:
    return {
        "reference": one.reference,
        "outcome": str(one.outcome),
        "code": one.code,
        "step": one.step,
        "attempts": one.attempts,
        "completedAt": one.completed_at.isoformat(),
        "run": one.run_id,
        "message": one.message,
    }


_FORM = listing.Form(
    document=_as_json,
    columns=("reference", "outcome", "code", "step", "attempts", "completedAt", "run", "message"),
    headings=("Reference", "Outcome", "Code", "Step", "Tries", "Ended", "Message"),
    cells=_cells,
)


def _history(job: entries.KnownJob, history: entries.History, *, payload: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "job": job.key,
        "reference": history.reference,
        "state": _state(history),
        "ended": _as_json(history.final) if history.final else None,
        "requeued": [
            {
                "at": one.at.isoformat(),
                "by": one.by,
                "because": one.because,
                "superseded": _as_json(one.ending),
            }
            for one in history.superseded
        ],
    }
    if history.payload is not None:
        told["payloadBytes"] = history.payload.bytes
        if history.payload.json is None:
            told["payloadKept"] = False
        elif payload:
            told["payload"] = json.loads(history.payload.json)
    return told


def _state(history: entries.History) -> str:
    if history.final is not None:
        return f"{history.final.outcome}, done in {history.final.run_id}"
    if history.in_work_in is not None:
        return f"in work in {history.in_work_in}"
    return "re-queued: waits for the next run"
