"""`--worker NAME=MODULE[,MODULE]`: which Python modules are which digital worker."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rpafabrik import errors
from rpafabrik.runtime import discovery
from rpafabrik_api import checks, contract
from rpafabrik_api.digitalworker import DigitalWorker
from rpafabrik_api.workerjob import WorkerJob
from rpafabrik_cli import working_directory
from rpafabrik_cli.failures import Failure, WrongUse
from rpafabrik_cli.manifests.problem import Problem
from rpafabrik_cli.manifests.reading import Manifest


@dataclass(frozen=True, slots=True)
class Worker:
    """A digital worker and its modules."""

    name: str
    modules: tuple[str, ...]

    def catalogue(self) -> contract.Catalogue:
        """What it can do; imports its modules."""
        working_directory.import_from()
        try:
            return discovery.discover(self.modules).catalogue
        except errors.StartError as error:
            raise Failure(f"digital worker {self.name}: {error}") from error


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


def unknown_activities(manifests: Iterable[Manifest], workers: Iterable[Worker]) -> list[Problem]:
    """What the jobs of the workers ask for and the workers cannot do."""
    catalogues = {worker.name: worker.catalogue() for worker in workers}
    return [*_unknown(manifests, catalogues)]


def _unknown(
    manifests: Iterable[Manifest], catalogues: dict[str, contract.Catalogue]
) -> Iterator[Problem]:
    for manifest in manifests:
        job = manifest.resource
        if isinstance(job, WorkerJob) and (known := catalogues.get(job.spec.worker_ref.name)):
            for finding in checks.unknown_activities(job.spec, known):
                yield manifest.problem(finding)
