"""Runs at once: one for each job, the unfinished ones of an earlier start first."""

import uuid
from collections.abc import Sequence

from rpafabrik_api.jobrun import JobRef, JobRun, JobRunSpec
from rpafabrik_api.resource import Metadata
from rpafabrik_api.workerjob import WorkerJob
from rpafabrik_cli.dev.file_cluster import MADE_HERE, FileCluster
from rpafabrik_operator.planning import jobrun

_NAME_LENGTH = 50


def wanted(cluster: FileCluster, jobs: Sequence[WorkerJob]) -> list[JobRun]:
    """The runs that `--run` stands for: what is unfinished goes on, and the rest is made."""
    going_on = unfinished(cluster, jobs)
    has_run = {_job(run) for run in going_on}
    missing = [job for job in jobs if (job.metadata.namespace, job.metadata.name) not in has_run]
    return [*going_on, *(_make(cluster, job) for job in missing)]


def unfinished(cluster: FileCluster, jobs: Sequence[WorkerJob]) -> list[JobRun]:
    """The runs of the jobs that were made here, or that a file declares, and have not ended."""
    chosen = {(job.metadata.namespace, job.metadata.name) for job in jobs}
    return [
        run
        for run in _all(cluster)
        if _job(run) in chosen and not run.deleting and not jobrun.finished(run)
    ]


def finished(cluster: FileCluster) -> list[JobRun]:
    """The runs made here that have ended: the ledger remembers what they did."""
    return [run for run in made_here(cluster) if jobrun.finished(run)]


def made_here(cluster: FileCluster) -> list[JobRun]:
    """The runs that no file declares."""
    return [run for run in _all(cluster) if MADE_HERE in run.metadata.annotations]


def _job(run: JobRun) -> tuple[str, str]:
    return run.metadata.namespace, run.spec.job_ref.name


def _make(cluster: FileCluster, job: WorkerJob) -> JobRun:
    name = f"{job.metadata.name[:_NAME_LENGTH]}-{uuid.uuid4().hex[:12]}"
    cluster.make(
        JobRun(
            metadata=Metadata(name=name, namespace=job.metadata.namespace),
            spec=JobRunSpec(job_ref=JobRef(name=job.metadata.name)),
        )
    )
    made = cluster.get("JobRun", job.metadata.namespace, name)
    assert isinstance(made, JobRun)  # noqa: S101 # it was made above
    return made


def _all(cluster: FileCluster) -> list[JobRun]:
    return [run for run in cluster.list("JobRun") if isinstance(run, JobRun)]
