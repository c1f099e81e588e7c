"""What a finished run changes in status: written by the platform, repaired by the operator.

Both apply the same fields under the same field manager, so neither undoes the other's work.
"""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from rpafabrik_api import contract, resource, volume
from rpafabrik_api.jobrun import JobRunStatus
from rpafabrik_api.reasons import ConditionType, Reason
from rpafabrik_api.resource import ConditionStatus
from rpafabrik_api.workerjob import (
    ItemCounts,
    RecentRuns,
    RunStatus,
    SavedTime,
    VolumeStatus,
    WorkerJobStatus,
)

FIELD_MANAGER = "rpafabrik-runs"
"""Owns the fields below in server-side apply; the operator's own fields have another."""
STOP_MANAGER = "rpafabrik-stops"
"""Owns the condition `Stopped`, which comes and goes while a run is under way."""
CONDITIONS = {
    "WorkerJob": frozenset({ConditionType.STOPPED}),
    "JobRun": frozenset({ConditionType.STOPPED, ConditionType.VOLUME_AS_EXPECTED}),
}
"""Conditions that runs alone set, by kind."""

_OF_JOB = (
    "lastRun",
    "saved",
    "lastSuccessfulTime",
    "recentRuns",
    "volume",
    "oldestOpenItemTime",
)
_GENERATION = 1
"""What a run speaks of: jobRef and input never change, so a run is of the first generation."""


def job_status(summary: contract.RunSummary) -> dict[str, Any]:
    """The fields of a WorkerJob's status that a finished run sets: facts, for the operator judges.

    The judgements are conditions, whose times move only with what was said before; and some come
    true by time alone.
    """
    standing, volume = summary.standing or contract.Standing(), summary.volume
    status = WorkerJobStatus(
        last_run=_run(summary),
        saved=saved(summary.job_saved),
        last_successful_time=standing.last_success,
        recent_runs=RecentRuns(
            succeeded=standing.succeeded,
            failed=standing.failed,
            failed_in_a_row=standing.failed_in_a_row,
        ),
        volume=volume
        and VolumeStatus(listed=volume.listed, min=volume.minimum, max=volume.maximum),
        oldest_open_item_time=standing.oldest_open,
    ).manifest()
    return {name: status[name] for name in _OF_JOB if name in status}


def run_status(summary: contract.RunSummary) -> dict[str, Any]:
    """The fields of a JobRun's status that its run sets when it ends."""
    succeeded = summary.result.successful
    # The operator has said Reconciling, or Stalled; only what we say here unsays it in
    # server-side apply.
    told = {
        ConditionType.SUCCEEDED: succeeded,
        ConditionType.RECONCILING: False,
        ConditionType.STALLED: not succeeded,
    }
    ended = tuple(_condition(summary, one, holds=holds) for one, holds in told.items())
    fields = JobRunStatus(
        conditions=ended + _volume(summary),
        listed=summary.counts.total,
        **dict(_run(summary)),
    ).manifest()
    fields.pop("observedGeneration")
    return fields


def _condition(
    summary: contract.RunSummary, kind: ConditionType, *, holds: bool
) -> resource.Condition:
    return resource.Condition(
        type=kind,
        status=ConditionStatus.TRUE if holds else ConditionStatus.FALSE,
        observed_generation=_GENERATION,
        last_transition_time=summary.finished_at,
        reason=summary.reason,
        message=summary.message[:2_000],
    )


def progress_status(progress: contract.Progress) -> dict[str, Any]:
    """The fields of a JobRun's status that its run sets on its way."""
    return {
        "items": counts(progress.counts).manifest(),
        "listed": progress.listed,
    }


def stop_status(because: str | None, at: datetime) -> dict[str, Any]:
    """The condition of a run that waits to be resumed, on the run and on its job; else nothing."""
    if because is None:
        return {}
    condition = resource.Condition(
        type=ConditionType.STOPPED,
        status=ConditionStatus.TRUE,
        last_transition_time=at,
        reason=Reason.STOPPED_ON_FAILURES,
        message=because,
    )
    return {"conditions": [condition.manifest()]}


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


def _volume(summary: contract.RunSummary) -> tuple[resource.Condition, ...]:
    """The condition that tells of the run's volume, where the job says what it expects."""
    if summary.volume is None:
        return ()
    reason, message = volume.judged(summary.volume)
    expected = reason is Reason.VOLUME_AS_EXPECTED
    condition = resource.Condition(
        type=ConditionType.VOLUME_AS_EXPECTED,
        status=ConditionStatus.TRUE if expected else ConditionStatus.FALSE,
        last_transition_time=summary.finished_at,
        reason=reason,
        message=message,
    )
    return (condition,)


def _run(summary: contract.RunSummary) -> RunStatus:
    return RunStatus(
        workflow_id=summary.run_id,
        purpose=summary.purpose,
        result=summary.result,
        start_time=summary.started_at,
        completion_time=summary.finished_at,
        items=counts(summary.counts),
        saved=saved(summary.saved),
        files=tuple(file[:1_000] for file in summary.files if file)[:50],
    )
