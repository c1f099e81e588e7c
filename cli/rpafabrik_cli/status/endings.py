"""How the last run of a job ended, as the job tells of it, or its JobRun. Pure."""

from collections.abc import Iterable, Iterator

from rpafabrik_api import contract, resource
from rpafabrik_api.jobrun import JobRun
from rpafabrik_api.reasons import ConditionType
from rpafabrik_api.workerjob import RunStatus, WorkerJob
from rpafabrik_cli.status.view import LastRun


def last(job: WorkerJob, runs: Iterable[JobRun]) -> LastRun | None:
    """The run that ended last; of a run that is told of twice, what says more."""
    ended = [*_of_status(job), *_of_runs(runs)]
    return max(ended, key=lambda one: (one.ended, bool(one.reason)), default=None)


def _of_status(job: WorkerJob) -> Iterator[LastRun]:
    last = job.status.last_run
    if last and last.completion_time and last.result:
        yield LastRun(
            workflow_id=last.workflow_id,
            result=last.result,
            started=last.start_time,
            ended=last.completion_time,
            failed_items=_failed_items(last),
        )


def _of_runs(runs: Iterable[JobRun]) -> Iterator[LastRun]:
    """Runs that failed as a whole tell nobody but their own JobRun."""
    for run in runs:
        succeeded = resource.condition(run.status.conditions, ConditionType.SUCCEEDED)
        trial = contract.Purpose(run.spec.purpose).trial
        if trial or succeeded is None or run.status.completion_time is None:
            continue
        result = run.status.result or contract.RunResult.FAILED
        yield LastRun(
            workflow_id=run.status.workflow_id,
            result=result,
            reason=succeeded.reason,
            message=succeeded.message,
            started=run.status.start_time,
            ended=run.status.completion_time,
            failed_items=_failed_items(run.status),
        )


def _failed_items(run: RunStatus) -> int:
    return run.items.application_exceptions + run.items.abandoned
