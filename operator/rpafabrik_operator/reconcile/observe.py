"""Observe: gathers what planning needs, and no more than that."""

from rpafabrik_api.digitalworker import DigitalWorker
from rpafabrik_api.jobrun import JobRun
from rpafabrik_api.workerjob import WorkerJob
from rpafabrik_operator.planning import digitalworker, jobrun, mapping, pods, workerjob, world
from rpafabrik_operator.reconcile import ports


async def worker_job(
    job: WorkerJob, temporal: ports.Temporal
) -> workerjob.Observed | world.Unknown:
    """What there is of a job in Temporal."""
    try:
        schedule = await temporal.schedule(mapping.schedule_id(job))
        looks = workerjob.looks_at_runs(job, schedule)
        return workerjob.Observed(
            schedule=schedule,
            running=await temporal.running(mapping.schedule_id(job)) if looks else (),
            last=await _untold(job, schedule, temporal),
            catalogue=None if job.deleting else await temporal.catalogue(mapping.worker_queue(job)),
        )
    except ports.TemporalUnavailableError:
        return world.UNAVAILABLE


async def job_run(
    run: JobRun, cluster: ports.Cluster, temporal: ports.Temporal, *, presuming: bool
) -> jobrun.Observed:
    """What there is of a run; a finished one is not asked for.

    Presuming, nor is one that nothing was said of yet: it is as good as sure that it has no
    execution, and to start it does no harm if it has. A thousand runs at once are a thousand
    questions less.
    """
    if jobrun.finished(run) and not run.deleting:
        return jobrun.Observed()
    job = cluster.get("WorkerJob", run.metadata.namespace, run.spec.job_ref.name)
    execution = None
    heard_of = run.status.conditions or run.status.workflow_id
    if run.deleting or heard_of or not presuming:
        try:
            execution = await temporal.execution(mapping.run_id(run))
        except ports.TemporalUnavailableError:
            return jobrun.Observed(execution=world.UNAVAILABLE)
    return jobrun.Observed(job=job if isinstance(job, WorkerJob) else None, execution=execution)


def digital_worker(worker: DigitalWorker, pools: ports.Pools) -> digitalworker.Observed:
    """What there is of a worker in Kubernetes."""
    name, namespace = pods.names_of(worker), worker.metadata.namespace
    return digitalworker.Observed(
        settings=pools.robots,
        service_account=pools.objects.owned("ServiceAccount", namespace, name),
        deployment=pools.objects.owned("Deployment", namespace, name),
        queue=pools.queue(namespace, worker.metadata.name),
    )


async def _untold(
    job: WorkerJob, schedule: world.Schedule | None, temporal: ports.Temporal
) -> world.Execution | None:
    """The schedule's last run, when the status speaks of an older one."""
    if schedule is None or schedule.last_run_id is None or job.deleting:
        return None
    told = job.status.last_run
    if told and told.workflow_id == schedule.last_run_id:
        return None
    return await temporal.execution(schedule.last_run_id)
