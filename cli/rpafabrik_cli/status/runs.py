"""The runs under way, as JobRuns tell of them and as Temporal does. Pure."""

from collections.abc import Iterator

from rpafabrik_api import contract, resource
from rpafabrik_api.jobrun import JobRun
from rpafabrik_api.reasons import ConditionType, Reason
from rpafabrik_api.resource import ConditionStatus
from rpafabrik_api.workerjob import WorkerJob
from rpafabrik_cli.status import jobs, remedies, view
from rpafabrik_cli.status.facts import Execution, Facts
from rpafabrik_cli.status.view import Level, Trouble
from rpafabrik_operator.planning import jobrun, mapping

_GETS_ON: dict[str, str] = {Reason.RUNNING: "Running", Reason.HELD: "Held"}
"""Reasons that are nobody's trouble here (a hold is told of the job), and the state's word."""


def views(facts: Facts) -> tuple[view.Run, ...]:
    """A row for each run that has not ended."""
    known = {one.workflow_id: one for one in facts.temporal.running} if facts.temporal else {}
    declared = [run for run in facts.resources.runs if not jobrun.finished(run)]
    mine = {mapping.run_id(run) for run in facts.resources.runs}
    scheduled = [one for one in known.values() if one.workflow_id not in mine]
    return (
        *(_declared(run, known.get(mapping.run_id(run)), facts) for run in declared),
        *_scheduled(scheduled, facts),
    )


def _declared(run: JobRun, seen: Execution | None, facts: Facts) -> view.Run:
    succeeded = resource.condition(run.status.conditions, ConditionType.SUCCEEDED)
    reason = succeeded.reason if succeeded else Reason.PENDING
    trouble = None if reason in _GETS_ON else _waits(run, reason, facts)
    counts, items = (seen.progress.counts if seen and seen.progress else None), run.status.items
    return view.Run(
        name=run.spec.job_ref.name,
        namespace=run.metadata.namespace,
        state=_GETS_ON.get(reason, reason),
        level=_level(reason, trouble),
        troubles=view.worst(trouble),
        run=run.metadata.name,
        workflow_id=mapping.run_id(run),
        started=run.status.start_time or (seen.started_at if seen else None),
        done=counts.total if counts else items.total,
        listed=seen.progress.listed if seen and seen.progress else run.status.listed,
        exceptions=_exceptions(counts)
        if counts
        else items.business_exceptions + items.application_exceptions,
    )


def _waits(run: JobRun, reason: str, facts: Facts) -> Trouble | None:
    """Why a run does not get on; what a job tells of its run is not told again."""
    succeeded = resource.condition(run.status.conditions, ConditionType.SUCCEEDED)
    since = succeeded.last_transition_time if succeeded else run.metadata.creation_timestamp
    new = since is not None and facts.now - since < jobs.GRACE
    if reason == Reason.STOPPED_ON_FAILURES and _job_tells(run, facts):
        return None
    return Trouble(
        level=Level.ATTENTION if new and reason == Reason.PENDING else Level.UNWELL,
        reason=reason,
        message=succeeded.message if succeeded else "no operator has looked at the run",
        since=since,
        remedy=remedies.of_run(run, reason, facts.laptop),
    )


def _job_tells(run: JobRun, facts: Facts) -> bool:
    return any(
        job.metadata.name == run.spec.job_ref.name
        and job.metadata.namespace == run.metadata.namespace
        and _stop(job)
        for job in facts.resources.jobs
    )


def _scheduled(seen: list[Execution], facts: Facts) -> Iterator[view.Run]:
    """Runs of the schedules: no resource tells of them."""
    for job in facts.resources.jobs:
        prefix = mapping.schedule_id(job)
        for one in seen:
            if job.metadata.uid and one.workflow_id.startswith(prefix):
                yield _of_schedule(job, one, facts)


def _of_schedule(job: WorkerJob, seen: Execution, facts: Facts) -> view.Run:
    progress = seen.progress
    trouble = None
    if progress and progress.stopped_because and not _stop(job):
        trouble = Trouble(
            level=Level.UNWELL,
            reason=Reason.STOPPED_ON_FAILURES,
            message=progress.stopped_because,
            since=None,
            remedy=remedies.of_job(job, Reason.STOPPED_ON_FAILURES, facts.laptop),
        )
    return view.Run(
        name=job.metadata.name,
        namespace=job.metadata.namespace,
        state=_word(progress),
        level=_level(_word(progress), trouble),
        troubles=view.worst(trouble),
        run="",
        workflow_id=seen.workflow_id,
        started=seen.started_at,
        done=progress.counts.total if progress else None,
        listed=progress.listed if progress else None,
        exceptions=_exceptions(progress.counts) if progress else None,
    )


def _level(word: str, trouble: Trouble | None) -> Level:
    if trouble:
        return trouble.level
    return Level.UNWELL if word == Reason.STOPPED_ON_FAILURES else Level.WELL


def _word(progress: contract.Progress | None) -> str:
    if progress and progress.stopped_because:
        return Reason.STOPPED_ON_FAILURES
    return "Held" if progress and progress.held_because else "Running"


def _exceptions(counts: contract.Counts) -> int:
    return counts.business_exceptions + counts.application_exceptions


def _stop(job: WorkerJob) -> bool:
    stopped = resource.condition(job.status.conditions, ConditionType.STOPPED)
    return stopped is not None and stopped.status == ConditionStatus.TRUE
