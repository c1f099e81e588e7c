"""What somebody asked `rpafabrik dev` for, and whether it can be meant. Starts nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rpafabrik_api.findings import Finding
from rpafabrik_api.jobrun import JobRun
from rpafabrik_api.reasons import Reason
from rpafabrik_api.resource import Resource
from rpafabrik_api.workerjob import WorkerJob
from rpafabrik_cli import failures, workers
from rpafabrik_cli.manifests import reading
from rpafabrik_cli.manifests.problem import InvalidManifests, Problem
from rpafabrik_cli.manifests.reading import Manifest
from rpafabrik_cli.workers import Worker


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The command line."""

    paths: tuple[str, ...]
    workers: tuple[Worker, ...]
    state: Path
    run: bool = False
    """Run at once, and not by the schedules."""
    jobs: tuple[str, ...] = ()
    """Only these, by name; empty is all."""
    keep: bool = False
    fresh: bool = False
    temporal: str | None = None
    """Address of a server that runs; None starts one."""
    timeout_seconds: int | None = None
    as_json: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """Manifests that can be run, which of them are to be, and by whom."""

    resources: tuple[Resource, ...]
    """All of them: what is not asked for now is declared all the same."""
    jobs: frozenset[tuple[str, str]]
    """Namespace and name of the jobs that are asked for."""
    robots: tuple[tuple[str, Worker], ...]
    """Namespace and digital worker, each once."""
    notes: tuple[str, ...] = ()


def check(options: Options) -> Checked:
    """Read the manifests; raise `InvalidManifests` unless all of them can be run."""
    if options.timeout_seconds is not None and not options.run:
        raise failures.WrongUse("--timeout must go with --run: schedules have no end")
    found = reading.read(options.paths)
    found.refuse_problems()
    workers.refuse_strangers(options.workers, found.manifests)
    chosen = _chosen(found.manifests, options.jobs)
    given = workers.with_declared(options.workers, found.manifests)
    problems = [*_without_job(chosen)]
    if options.temporal is None:  # elsewhere, a worker may run that we know nothing of
        problems += _without_worker(chosen, given)
    # A digital worker that is only declared has nothing to do here, and may not be installed.
    problems += workers.problems(
        (one for one in chosen if isinstance(one.resource, WorkerJob)), given
    )
    if problems:
        raise InvalidManifests(problems)
    jobs = [one.resource for one in chosen if isinstance(one.resource, WorkerJob)]
    if not options.run and not any(job.spec.schedule for job in jobs):
        raise failures.WrongUse("no job has a schedule (spec.schedule): --run runs them at once")
    return Checked(
        resources=tuple(one.resource for one in found.manifests),
        jobs=frozenset((job.metadata.namespace, job.metadata.name) for job in jobs),
        robots=tuple(_robots(jobs, given)),
        notes=found.notes,
    )


def _chosen(manifests: Iterable[Manifest], names: tuple[str, ...]) -> list[Manifest]:
    """The manifests, or only those of the named jobs."""
    manifests = list(manifests)
    jobs = [one for one in manifests if isinstance(one.resource, WorkerJob)]
    known = {one.resource.metadata.name for one in jobs}
    if unknown := [name for name in names if name not in known]:
        choice = ", ".join(sorted(known)) or "none"
        raise failures.WrongUse(
            f"--job must name a WorkerJob ({choice}), and {unknown[0]!r} is none"
        )
    if not names:
        return manifests
    return [one for one in manifests if _job_name(one.resource) in names]


def _job_name(resource: Resource) -> str:
    return resource.spec.job_ref.name if isinstance(resource, JobRun) else resource.metadata.name


def _without_job(manifests: Iterable[Manifest]) -> Iterator[Problem]:
    manifests = list(manifests)
    keys = {one.key for one in manifests}
    for one in manifests:
        run = one.resource
        if not isinstance(run, JobRun):
            continue
        if ("WorkerJob", run.metadata.namespace, run.spec.job_ref.name) not in keys:
            message = f"must be a WorkerJob of the same namespace, and {_job_name(run)!r} is none"
            path = ("spec", "jobRef", "name")
            yield one.problem(Finding(path, message, Reason.UNKNOWN_JOB))


def _without_worker(manifests: Iterable[Manifest], given: Iterable[Worker]) -> Iterator[Problem]:
    names = sorted(worker.name for worker in given)
    for one in manifests:
        if not isinstance(one.resource, WorkerJob):
            continue
        name = one.resource.spec.worker_ref.name
        if name not in names:
            message = (
                f"must be a digital worker that is given ({', '.join(names) or 'none is'}):"
                f" add a DigitalWorker of that name, or --worker {name}=MODULE"
            )
            yield one.problem(Finding(workers.REFERENCE, message, Reason.WORKER_UNAVAILABLE))


def _robots(jobs: Iterable[WorkerJob], given: Iterable[Worker]) -> Iterator[tuple[str, Worker]]:
    by_name = {worker.name: worker for worker in given}
    wanted = {(job.metadata.namespace, job.spec.worker_ref.name) for job in jobs}
    for namespace, name in sorted(wanted):
        if name in by_name:
            yield namespace, by_name[name]
