"""A problem: a finding with the file and line where it must be mended."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rpafabrik_api import findings
from rpafabrik_api.reasons import Reason
from rpafabrik_cli import failures


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in a file; line and column count from 1, and None is the whole file or line."""

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        parts = (self.file, self.line, self.column)
        return ":".join(str(part) for part in parts if part is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that must be mended, and where."""

    place: Place
    message: str
    path: str = ""
    reason: Reason = Reason.INVALID_SPEC

    def __str__(self) -> str:
        parts = (str(self.place), self.path, self.message)
        return ": ".join(part for part in parts if part)

    def as_json(self) -> dict[str, Any]:
        """The problem for programs."""
        return {
            "file": self.place.file,
            "line": self.place.line,
            "path": self.path,
            "message": self.message,
            "reason": str(self.reason),
        }


class InvalidManifests(failures.Failure):
    """Manifests that cannot be used; `problems` say why."""

    heading = ""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


def of(finding: findings.Finding, place: Place) -> Problem:
    """The finding, at its place."""
    return Problem(
        place=place,
        path=findings.show(finding.path),
        message=finding.message,
        reason=finding.reason,
    )
