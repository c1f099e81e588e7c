"""Did you mean: the field that somebody meant who wrote one that is none."""

import difflib
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel

from rpafabrik_api import crd, resource
from rpafabrik_api.findings import Path

OBJECT_META = frozenset(
    {
        "creationTimestamp",
        "deletionGracePeriodSeconds",
        "finalizers",
        "generateName",
        "labels",
        "managedFields",
        "ownerReferences",
        "selfLink",
    }
)
"""Fields of Kubernetes' ObjectMeta that `resource.Metadata` does not read."""


def suggestion(kind: str, path: Path) -> str | None:
    """The field nearest to an unknown one; None when it is known, or like no other."""
    model = crd.by_kind(kind)
    known = _fields(model, path[:-1]) if model and path else []
    name = str(path[-1]) if path else ""
    if not known or name in known:
        return None
    lower = {each.lower(): each for each in known}
    near = difflib.get_close_matches(name.lower().replace("_", ""), lower, n=1, cutoff=0.6)
    return lower[near[0]] if near else None


def _fields(model: type[BaseModel] | None, path: Path) -> list[str]:
    """The fields of the object at a path; none where the object is the user's own."""
    for part in path:
        if model is None:
            break
        if isinstance(part, str):
            field = next((f for f in model.model_fields.values() if f.alias == part), None)
            model = next(_models(field.annotation), None) if field else None
    if model is None:
        return []
    names = [field.alias for field in model.model_fields.values() if field.alias]
    return [*names, *OBJECT_META] if model is resource.Metadata else names


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models in an annotation, through lists, unions and bounds."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)
