"""What is wrong with a manifest: each finding names the field and says what must be."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from rpafabrik_api import crd, resource
from rpafabrik_api.reasons import Reason

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that must be mended."""

    path: Path
    message: str
    reason: Reason = Reason.INVALID_SPEC

    def __str__(self) -> str:
        return f"{show(self.path)}: {self.message}" if self.path else self.message


class InvalidManifestError(ValueError):
    """A manifest that is not what its kind must be; `findings` say why."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("; ".join(str(finding) for finding in findings))
        self.findings = tuple(findings)


def show(path: Path) -> str:
    """A path as people write it: spec.steps[2].when."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def read(body: Any, *, strict: bool = True) -> resource.Resource:
    """The resource that a manifest declares; raises `InvalidManifestError`.

    `strict` refuses unknown fields, as `kubectl apply` does. What comes from the API server is
    read with `strict=False`, for a newer CRD may hold fields that this version does not know.
    """
    if not isinstance(body, dict):
        raise InvalidManifestError([Finding((), f"must be an object, and is {_kind_of(body)}")])
    kinds = [kind.definition.kind for kind in crd.KINDS]
    model = crd.by_kind(str(body.get("kind")))
    if model is None:
        message = f"must be one of {', '.join(kinds)}, and is {body.get('kind')!r}"
        raise InvalidManifestError([Finding(("kind",), message)])
    try:
        return model.model_validate(body, extra="forbid" if strict else "ignore")
    except ValidationError as error:
        raise InvalidManifestError([*_explained(error)]) from error


def _explained(error: ValidationError) -> Iterable[Finding]:
    for detail in error.errors(include_url=False):
        path, context = detail["loc"], detail.get("ctx", {})
        match detail["type"]:
            case "extra_forbidden":
                message = "is no field of this object; it must be removed or spelled as in the docs"
            case "missing":
                message = "must be given"
            case "rule":
                message = detail["msg"]
            case "string_pattern_mismatch":
                message = f"must match {context['pattern']}, and is {detail['input']!r}"
            case "enum" | "literal_error":
                message = f"must be {context['expected']}, and is {detail['input']!r}"
            case _:
                message = f"{_must(detail['msg'])}, and is {_short(detail['input'])}"
        yield Finding(path, message)


def _must(message: str) -> str:
    """The library's "Input should be …" as our "must be …"."""
    for prefix in ("Input should ", "Value should ", "String should ", "Tuple should "):
        if message.startswith(prefix):
            return "must " + message.removeprefix(prefix)
    return message[:1].lower() + message[1:]


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 # a line stays a line


def _kind_of(value: Any) -> str:
    return "empty" if value is None else f"a {type(value).__name__}"
