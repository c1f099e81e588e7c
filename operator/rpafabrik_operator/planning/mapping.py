"""From resource models to the types that enter workflow histories."""

from typing import Any

from rpafabrik_api import contract, names
from rpafabrik_api.benefit import Benefit, Targets
from rpafabrik_api.jobrun import JobRun
from rpafabrik_api.steps import ActivityCall, HumanTask, ParallelStep, Retry, Step
from rpafabrik_api.workerjob import (
    DeletionPolicy,
    Items,
    Schedule,
    Stage,
    VolumeCheck,
    WorkerJob,
)
from rpafabrik_operator.planning.world import DesiredSchedule

_ACTIVITY_TIMEOUT_SECONDS = 60
_WORKFLOW_TIMEOUT_SECONDS = 86_400
_UNSCHEDULED = (Stage.CANDIDATE, Stage.RETIRED)
_RETRY = Retry()


def schedule_id(job: WorkerJob) -> str:
    """Id of the job's schedule."""
    return names.schedule_id(job.metadata.namespace, job.metadata.name, job.metadata.uid)


def run_id(run: JobRun) -> str:
    """Workflow id of the run."""
    metadata = run.metadata
    trial = contract.Purpose(run.spec.purpose).trial
    return names.run_id(metadata.namespace, metadata.name, metadata.uid, trial=trial)


def worker_queue(job: WorkerJob) -> str:
    """Task queue of the job's digital worker."""
    return names.worker_queue(job.metadata.namespace, job.spec.worker_ref.name)


def is_scheduled(job: WorkerJob) -> bool:
    """Whether runs start by a schedule, as the job is declared."""
    return job.spec.schedule is not None and job.spec.stage not in _UNSCHEDULED


def desired_schedule(job: WorkerJob, pause: str | None) -> DesiredSchedule | None:
    """The schedule that the job asks for; None when it asks for none."""
    schedule = job.spec.schedule
    if schedule is None or not is_scheduled(job):
        return None
    return DesiredSchedule(
        id=schedule_id(job),
        cron=" ".join(schedule.cron.split()),
        time_zone=schedule.time_zone,
        overlap_policy=schedule.overlap_policy,
        catchup_window_seconds=schedule.catchup_window_seconds,
        orphan=job.spec.deletion_policy == DeletionPolicy.ORPHAN,
        request=contract.RunRequest(
            job=definition(job),
            purpose=contract.Purpose.SCHEDULED,
            input=job.spec.input or {},
            resumed=job.resume or "",
        ),
        pause=pause,
    )


def run_request(run: JobRun, job: WorkerJob) -> contract.RunRequest:
    """What the run's workflow is given."""
    return contract.RunRequest(
        job=definition(job),
        purpose=contract.Purpose(run.spec.purpose),
        input={**(job.spec.input or {}), **(run.spec.input or {})},
        name=run.metadata.name,
        resumed=job.resume or "",
    )


def definition(job: WorkerJob) -> contract.Job:
    """The part of a job that a run needs."""
    spec = job.spec
    return contract.Job(
        uid=job.metadata.uid,
        namespace=job.metadata.namespace,
        name=job.metadata.name,
        department=spec.department,
        queue=worker_queue(job),
        time_zone=spec.schedule.time_zone if spec.schedule else _default_time_zone(),
        steps=tuple(_step(step) for step in spec.steps),
        items=contract.Items(
            source=_call(spec.items.source),
            reference=spec.items.reference,
            concurrency=spec.items.concurrency,
            failure_limit=_failure_limit(spec.items),
            expected=_expected(spec.items),
            arrived_at=spec.items.arrived_at,
            mode=spec.items.mode,
            chunk_size=spec.items.chunk_size,
        )
        if spec.items
        else None,
        on_completion=_call(spec.on_completion) if spec.on_completion else None,
        benefit=_benefit(spec.benefit) if spec.benefit else None,
        title=spec.title,
    )


def _failure_limit(items: Items) -> contract.FailureLimit:
    given = items.failure_limit
    if given is None:
        return contract.FailureLimit()
    return contract.FailureLimit(percent=given.percent, consecutive=given.consecutive)


def _expected(items: Items) -> contract.Expected:
    given = items.expected
    if given is None:
        return contract.Expected()
    return contract.Expected(
        minimum=given.min, maximum=given.max, before_items=given.check == VolumeCheck.BEFORE_ITEMS
    )


def _default_time_zone() -> str:
    return str(Schedule.model_fields["time_zone"].default)


def _step(step: Step | ParallelStep) -> contract.Step:
    parallel = step.parallel if isinstance(step, Step) and step.parallel else ()
    return contract.Step(
        name=step.name,
        when=step.when,
        activity=contract.ActivityCall(
            activity=step.activity,
            input=_input(step.input),
            retry=_retry(step.retry),
            timeout_seconds=step.timeout_seconds or _ACTIVITY_TIMEOUT_SECONDS,
            heartbeat_timeout_seconds=step.heartbeat_timeout_seconds,
        )
        if step.activity
        else None,
        wait_seconds=step.wait.seconds if step.wait else None,
        workflow=contract.WorkflowCall(
            type=step.workflow,
            input=_input(step.input),
            timeout_seconds=step.timeout_seconds or _WORKFLOW_TIMEOUT_SECONDS,
        )
        if step.workflow
        else None,
        parallel=tuple(_step(inner) for inner in parallel),
        human_task=_human_task(step.human_task) if step.human_task else None,
    )


def _human_task(task: HumanTask) -> contract.HumanTask:
    return contract.HumanTask(
        group=task.group,
        due_after_seconds=task.due_after_seconds,
        instruction=task.instruction,
        outcomes=task.outcomes,
    )


def _call(call: ActivityCall) -> contract.ActivityCall:
    return contract.ActivityCall(
        activity=call.activity,
        input=_input(call.input),
        retry=_retry(call.retry),
        timeout_seconds=call.timeout_seconds,
        heartbeat_timeout_seconds=call.heartbeat_timeout_seconds,
    )


def _input(given: dict[str, Any] | None) -> dict[str, Any]:
    return given or {}


def _retry(given: Retry | None) -> contract.Retry:
    retry = given or _RETRY
    return contract.Retry(
        maximum_attempts=retry.maximum_attempts,
        initial_interval_seconds=retry.initial_interval_seconds,
        maximum_interval_seconds=retry.maximum_interval_seconds,
    )


def _benefit(benefit: Benefit) -> contract.Benefit:
    targets = benefit.targets or Targets()
    return contract.Benefit(
        basis=benefit.basis,
        unit=benefit.unit,
        period=benefit.period,
        benefit_class=benefit.benefit_class,
        targets=contract.Targets(
            hours_per_year=targets.hours_per_year,
            automation_rate_percent=targets.automation_rate_percent,
            lead_time_seconds=targets.lead_time_seconds,
        ),
        baselines=tuple(
            contract.Baseline(
                valid_from=baseline.valid_from,
                manual_seconds=baseline.manual_seconds,
                per=baseline.per,
                source=baseline.source.value,
                approved_by=baseline.approved_by,
            )
            for baseline in benefit.baselines
        ),
    )
