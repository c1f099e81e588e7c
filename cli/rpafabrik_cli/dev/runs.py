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
    unfinished = [run for run in made_here(cluster) if not jobrun.finished(run)]
    return [_of(job, unfinished) or _make(cluster, job) for job in jobs]


def declared(cluster: FileCluster) -> list[JobRun]:
    """The runs that the files declare and that have not ended: applied once, run once."""
    return [
        run
        for run in _all(cluster)
        if MADE_HERE not in run.metadata.annotations
        and not run.deleting
        and not jobrun.finished(run)
    ]


def finished(cluster: FileCluster) -> list[JobRun]:
    """The runs made here that have ended: the ledger remembers what they did."""
    return [run for run in made_here(cluster) if jobrun.finished(run)]


def made_here(cluster: FileCluster) -> list[JobRun]:
    """The runs that no file declares."""
    return [run for run in _all(cluster) if MADE_HERE in run.metadata.annotations]


def _of(job: WorkerJob, runs: Sequence[JobRun]) -> JobRun | None:
    """A run of the job."""
    where = job.metadata.namespace, job.metadata.name
    found = (run for run in runs if (run.metadata.namespace, run.spec.job_ref.name) == where)
    return next(found, None)


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
