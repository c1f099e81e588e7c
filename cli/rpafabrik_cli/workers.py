"""`--worker NAME=MODULE[,MODULE]`: which Python modules are which digital worker."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rpafabrik import errors
from rpafabrik.runtime import discovery
from rpafabrik_api import checks, contract
from rpafabrik_api.digitalworker import DigitalWorker
from rpafabrik_api.findings import Finding, Path
from rpafabrik_api.reasons import Reason
from rpafabrik_api.resource import Resource
from rpafabrik_api.workerjob import WorkerJob
from rpafabrik_cli import working_directory
from rpafabrik_cli.failures import WrongUse
from rpafabrik_cli.manifests.problem import Problem
from rpafabrik_cli.manifests.reading import Manifest

REFERENCE: Path = ("spec", "workerRef", "name")
"""Where a job names its digital worker."""
_NAME: Path = ("metadata", "name")


@dataclass(frozen=True, slots=True)
class Worker:
    """A digital worker and its modules."""

    name: str
    modules: tuple[str, ...]

    def catalogue(self) -> contract.Catalogue:
        """What it can do; imports its modules, and raises `errors.StartError` if it cannot."""
        working_directory.import_from()
        return discovery.discover(self.modules).catalogue


def parse(options: Iterable[str]) -> tuple[Worker, ...]:
    """The workers that the options name; the modules of a name given twice are added up."""
    workers: dict[str, tuple[str, ...]] = {}
    for option in options:
        name, _, listed = option.partition("=")
        modules = tuple(module.strip() for module in listed.split(",") if module.strip())
        if not name.strip() or not modules:
            example = "--worker ekonomi=robots.kassaavstamning"
            raise WrongUse(f"--worker must be NAME=MODULE[,MODULE], and is {option!r}: {example}")
        workers[name.strip()] = (*workers.get(name.strip(), ()), *modules)
    return tuple(Worker(name, modules) for name, modules in workers.items())


def with_declared(given: Iterable[Worker], manifests: Iterable[Manifest]) -> tuple[Worker, ...]:
    """The workers of the options, and those that a DigitalWorker declares and no option names."""
    known = {worker.name: worker.modules for worker in given}
    declared: dict[str, tuple[str, ...]] = {}
    for manifest in manifests:
        worker = manifest.resource
        if isinstance(worker, DigitalWorker) and worker.metadata.name not in known:
            name = worker.metadata.name
            declared[name] = (*declared.get(name, ()), *worker.spec.modules)
    return tuple(Worker(name, modules) for name, modules in (known | declared).items())


def refuse_strangers(given: Iterable[Worker], manifests: Iterable[Manifest]) -> None:
    """Refuse a worker whose name stands in no manifest: a slip would leave the right one out."""
    known = {name for one in manifests if (name := _named(one.resource))}
    for worker in given:
        if worker.name not in known:
            choice = ", ".join(sorted(known)) or "none"
            raise WrongUse(
                f"--worker must name a digital worker of the manifests ({choice}), and"
                f" {worker.name!r} is none"
            )


def problems(manifests: Iterable[Manifest], workers: Iterable[Worker]) -> Iterator[Problem]:
    """What the manifests ask of the workers and they cannot do; imports those that are named."""
    manifests = list(manifests)
    for worker in workers:
        if its := [one for one in manifests if _named(one.resource) == worker.name]:
            yield from _problems(its, worker)


def _problems(manifests: Sequence[Manifest], worker: Worker) -> Iterator[Problem]:
    try:
        known = worker.catalogue()
    except errors.StartError as error:
        message = f"must be a digital worker that can start: {error}"
        for one in manifests:
            path = REFERENCE if isinstance(one.resource, WorkerJob) else _NAME
            yield one.problem(Finding(path, message, Reason.WORKER_UNAVAILABLE))
        return
    for one in manifests:
        if isinstance(one.resource, WorkerJob):
            for finding in checks.unknown_activities(one.resource.spec, known):
                yield one.problem(finding)


def _named(resource: Resource) -> str | None:
    """The digital worker that a manifest names; a JobRun leaves that to its job."""
    match resource:
        case WorkerJob():
            return resource.spec.worker_ref.name
        case DigitalWorker():
            return resource.metadata.name
        case _:
            return None
