"""PATH… to resources, or to everything that must be mended first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rpafabrik_api import checks, crd, findings, names, resource
from rpafabrik_api.findings import Finding
from rpafabrik_api.workerjob import WorkerJob
from rpafabrik_cli.manifests import documents, problem, sources, spelling
from rpafabrik_cli.manifests.documents import Document
from rpafabrik_cli.manifests.problem import InvalidManifests, Place, Problem

Key = tuple[str, str, str]
"""Kind, namespace, name."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A resource, and the document that declares it."""

    resource: resource.Resource
    document: Document

    @property
    def key(self) -> Key:
        """What no other manifest may have."""
        metadata = self.resource.metadata
        return self.resource.kind, metadata.namespace, metadata.name

    def problem(self, finding: findings.Finding) -> Problem:
        """A finding about this manifest, where it stands."""
        return problem.of(finding, self.document.at(finding.path))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the files hold."""

    manifests: tuple[Manifest, ...]
    problems: tuple[Problem, ...]
    files: int
    notes: tuple[str, ...] = ()
    """What was passed over, and why."""

    def refuse_problems(self) -> None:
        """Raise `InvalidManifests` when there is anything to mend."""
        if self.problems:
            raise InvalidManifests(self.problems)


def read(paths: Iterable[str]) -> Reading:
    """Read and check every manifest; one that is broken does not hide what is wrong elsewhere."""
    paths = tuple(paths)
    texts, problems = sources.read(paths)
    manifests: list[Manifest] = []
    notes: list[str] = []
    for source in texts:
        try:
            found = list(documents.parse(source.text, source.name))
        except InvalidManifests as error:
            problems.extend(error.problems)
            continue
        if not found:
            message = "must hold a manifest, and is empty"
            problems.append(Problem(place=Place(file=source.name), message=message))
        for document in found:
            if (note := _passed_over(document)) is not None:
                notes.append(note)
                continue
            try:
                manifests.append(_manifest(document))
            except InvalidManifests as error:
                problems.extend(error.problems)
    problems += [*_doubled(manifests), *_checked(manifests)]
    if not manifests and not problems:
        message = f"must hold at least one resource of {names.GROUP}"
        problems.append(Problem(place=Place(file=" ".join(paths)), message=message))
    return Reading(
        manifests=tuple(manifests),
        problems=tuple(sorted(problems, key=_in_order)),
        files=len(texts),
        notes=tuple(notes),
    )


def _passed_over(document: Document) -> str | None:
    """The note about a document of somebody else's group; None when it is ours to read."""
    body = document.value
    if not isinstance(body, dict) or not isinstance(body.get("apiVersion"), str):
        return None
    group = body["apiVersion"].rpartition("/")[0]
    if group == names.GROUP:
        return None
    kind = body.get("kind", "a document")
    return f"{document.place}: {kind} of {body['apiVersion']} is passed over"


def _manifest(document: Document) -> Manifest:
    body = document.value
    try:
        _refuse_other_versions(body)
        return Manifest(findings.read(_known_metadata(body)), document)
    except findings.InvalidManifestError as error:
        kind = str(body.get("kind")) if isinstance(body, dict) else ""
        wrong = _spelled(kind, _first_causes(error.findings))
        problems = [problem.of(finding, document.at(finding.path)) for finding in wrong]
        raise InvalidManifests(problems) from error


def _refuse_other_versions(body: Any) -> None:
    """Say so before the kind is looked at: another version may have other kinds."""
    version = body.get("apiVersion") if isinstance(body, dict) else None
    if isinstance(body, dict) and version != names.API_VERSION:
        message = f"must be {names.API_VERSION}, and is {version or 'missing'}"
        raise findings.InvalidManifestError([Finding(("apiVersion",), message)])


def _known_metadata(body: Any) -> Any:
    """The manifest without those fields of Kubernetes' own that no type of ours reads."""
    metadata = body.get("metadata") if isinstance(body, dict) else None
    if not isinstance(metadata, dict):
        return body
    kept = {name: value for name, value in metadata.items() if name not in spelling.OBJECT_META}
    return {**body, "metadata": kept}


def _first_causes(found: Sequence[Finding]) -> list[Finding]:
    """Leave out what is said of a list or object only because something in it is wrong."""
    return [
        finding
        for finding in found
        if not any(
            len(other.path) > len(finding.path) and other.path[: len(finding.path)] == finding.path
            for other in found
        )
    ]


def _spelled(kind: str, found: Sequence[Finding]) -> list[Finding]:
    """Say what was meant by a field that is none; then that one is not missing as well."""
    meant = {finding.path: spelling.suggestion(kind, finding.path) for finding in found}
    there = {(*path[:-1], name) for path, name in meant.items() if name}
    return [
        replace(finding, message=f"is no field of this object; did you mean {name}?")
        if (name := meant[finding.path])
        else finding
        for finding in found
        if finding.path not in there
    ]


def _doubled(manifests: Sequence[Manifest]) -> Iterable[Problem]:
    first: dict[Key, Manifest] = {}
    for manifest in manifests:
        before = first.setdefault(manifest.key, manifest)
        if before is not manifest:
            kind, namespace, name = manifest.key
            message = (
                f"must be the only {kind} {name} in namespace {namespace},"
                f" and {before.document.at(('metadata', 'name'))} declares it too"
            )
            yield manifest.problem(Finding(("metadata", "name"), message))


def _checked(manifests: Sequence[Manifest]) -> Iterable[Problem]:
    for manifest in manifests:
        if isinstance(manifest.resource, WorkerJob):
            for finding in checks.findings(manifest.resource.spec):
                yield manifest.problem(finding)


def _in_order(found: Problem) -> tuple[str, int]:
    return found.place.file, found.place.line or 0


def kinds(manifests: Sequence[Manifest]) -> str:
    """How many of each kind: `2 WorkerJobs, 1 JobRun`."""
    told = []
    for model in crd.KINDS:
        kind = model.definition.kind
        count = sum(manifest.resource.kind == kind for manifest in manifests)
        if count:
            told.append(f"{count} {kind}{'s' if count > 1 else ''}")
    return ", ".join(told)
