"""What runs gave, for people and for programs. Pure: values in, tables and JSON out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from rpafabrik_api import contract, reports

_OUTCOMES = (
    ("Completed", "completed"),
    ("Reviewed", "reviewed"),
    ("Business exceptions", "business_exceptions"),
    ("Application exceptions", "application_exceptions"),
    ("Skipped (done before)", "skipped"),
    ("Abandoned", "abandoned"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a run ended. Without a summary the workflow itself has failed."""

    namespace: str
    job: str
    run: str
    result: contract.RunResult
    reason: str
    message: str
    summary: contract.RunSummary | None = None

    @property
    def succeeded(self) -> bool:
        """Whether the run did what it should."""
        return self.result.successful

    @property
    def all_skipped(self) -> bool:
        """Whether there was nothing left to do."""
        counts = self.summary.counts if self.summary else contract.Counts()
        return self.succeeded and counts.total > 0 and counts.skipped == counts.total


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Where to look further."""

    temporal: str
    ui: str | None
    ledger: str
    logs: str

    @property
    def web(self) -> str:
        """Where people look at every step, or where Temporal answers."""
        return self.ui or self.temporal


def document(ended: Sequence[Ended], where: Where) -> dict[str, Any]:
    """Everything, as one JSON object."""
    return {
        "succeeded": all(one.succeeded for one in ended),
        "runs": [_as_json(one) for one in ended],
        "temporal": where.temporal,
        "temporalUi": where.ui,
        "ledger": where.ledger,
        "logs": where.logs,
    }


def table(ended: Ended) -> RenderableType:
    """One run, as people read it."""
    flawless = ended.result == contract.RunResult.SUCCEEDED
    style = "green" if flawless else "yellow" if ended.succeeded else "red"
    title = Text.assemble(
        (f"{ended.namespace}/{ended.job}", "bold"), " ", (str(ended.result), f"bold {style}")
    )
    if not flawless:
        title.append(f"\n{ended.reason}: {ended.message}", style=style)
    rows = Table(show_header=False, box=None, pad_edge=False)
    rows.add_column(style="dim")
    rows.add_column(overflow="fold")
    if ended.summary is not None:
        for label, text in _rows(ended.summary):
            rows.add_row(label, text)
    return Group(title, rows)


def hours(seconds: int) -> str:
    """Saved time as people read it: `6.8 h`."""
    saved = reports.saved(contract.Saved(gross_seconds=seconds, net_seconds=seconds))
    return f"{saved.hours} h"


def duration(taken: timedelta) -> str:
    """A time that somebody has waited."""
    minutes, seconds = divmod(taken.total_seconds(), 60)
    if minutes < 1:
        return f"{seconds:.1f} s"
    whole_hours, minutes = divmod(int(minutes), 60)
    rest = f"{minutes} min {seconds:.0f} s"
    return f"{whole_hours} h {rest}" if whole_hours else rest


def _rows(summary: contract.RunSummary) -> Iterable[tuple[str, str]]:
    yield "Items", str(summary.counts.total)
    for label, field in _OUTCOMES:
        if count := getattr(summary.counts, field):
            yield f"  {label}", str(count)
    yield "Saved by this run", _saved(summary.saved)
    yield "Saved by the job in all", _saved(summary.job_saved)
    yield "Time taken", duration(summary.finished_at - summary.started_at)


def _saved(saved: contract.Saved) -> str:
    return f"{hours(saved.gross_seconds)} gross, {hours(saved.net_seconds)} net"


def _as_json(ended: Ended) -> dict[str, Any]:
    told = {
        "namespace": ended.namespace,
        "job": ended.job,
        "run": ended.run,
        "result": str(ended.result),
        "reason": ended.reason,
        "message": ended.message,
    }
    summary = ended.summary
    if summary is None:
        return told
    taken = summary.finished_at - summary.started_at
    return {
        **told,
        "workflowId": summary.run_id,
        "startTime": summary.started_at.isoformat(),
        "completionTime": summary.finished_at.isoformat(),
        "seconds": round(taken.total_seconds(), 3),
        "items": reports.counts(summary.counts).manifest(),
        "saved": _saved_json(summary.saved),
        "jobSaved": _saved_json(summary.job_saved),
        "files": list(summary.files),
    }


def _saved_json(saved: contract.Saved) -> dict[str, Any]:
    return {
        "grossSeconds": saved.gross_seconds,
        "netSeconds": saved.net_seconds,
        "grossHours": hours(saved.gross_seconds).removesuffix(" h"),
        "netHours": hours(saved.net_seconds).removesuffix(" h"),
    }
