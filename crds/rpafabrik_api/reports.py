"""What a finished run changes in status: written by the platform, repaired by the operator.

Both apply the same fields under the same field manager, so neither undoes the other's work.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from rpafabrik_api import contract, resource
from rpafabrik_api.jobrun import JobRunStatus
from rpafabrik_api.reasons import ConditionType
from rpafabrik_api.resource import ConditionStatus
from rpafabrik_api.workerjob import ItemCounts, RunStatus, SavedTime, WorkerJobStatus

FIELD_MANAGER = "rpafabrik-runs"
"""Owns the fields below in server-side apply; the operator's own fields have another."""

_GENERATION = 1
"""What a run speaks of: jobRef and input never change, so a run is of the first generation."""


def job_status(summary: contract.RunSummary) -> dict[str, Any]:
    """The fields of a WorkerJob's status that a finished run sets."""
    status = WorkerJobStatus(last_run=_run(summary), saved=saved(summary.job_saved)).manifest()
    return {"lastRun": status["lastRun"], "saved": status["saved"]}


def run_status(summary: contract.RunSummary) -> dict[str, Any]:
    """The fields of a JobRun's status that its run sets when it ends."""
    succeeded = summary.result == contract.RunResult.SUCCEEDED
    condition = resource.Condition(
        type=ConditionType.SUCCEEDED,
        status=ConditionStatus.TRUE if succeeded else ConditionStatus.FALSE,
        observed_generation=_GENERATION,
        last_transition_time=summary.finished_at,
        reason=summary.reason,
        message=summary.message[:2_000],
    )
    fields = JobRunStatus(
        conditions=(condition,), listed=summary.counts.total, **dict(_run(summary))
    ).manifest()
    fields.pop("observedGeneration")
    return fields


def progress_status(progress: contract.Progress) -> dict[str, Any]:
    """The fields of a JobRun's status that its run sets on its way."""
    return {
        "items": counts(progress.counts).manifest(),
        "listed": progress.listed,
    }


def saved(seconds: contract.Saved) -> SavedTime:
    """Saved time, with hours as `kubectl get` shows them: one decimal, halves up."""
    hours = (Decimal(seconds.net_seconds) / 3600).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return SavedTime(
        gross_seconds=seconds.gross_seconds, net_seconds=seconds.net_seconds, hours=str(hours)
    )


def counts(items: contract.Counts) -> ItemCounts:
    """Items by outcome, with their total."""
    return ItemCounts(
        completed=items.completed,
        reviewed=items.reviewed,
        business_exceptions=items.business_exceptions,
        application_exceptions=items.application_exceptions,
        skipped=items.skipped,
        abandoned=items.abandoned,
        total=items.total,
    )


def _run(summary: contract.RunSummary) -> RunStatus:
    return RunStatus(
        workflow_id=summary.run_id,
        result=summary.result,
        start_time=summary.started_at,
        completion_time=summary.finished_at,
        items=counts(summary.counts),
        saved=saved(summary.saved),
        files=tuple(file[:1_000] for file in summary.files if file)[:50],
    )
