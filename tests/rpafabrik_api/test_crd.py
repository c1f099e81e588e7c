"""The generated CRDs keep the API conventions, field by field."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from rpafabrik_api import crd, resource

ROOT = Path(__file__).parents[2]


def fields(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every field of a schema with its path, lists' entries included."""
    for name, field in schema.get("properties", {}).items():
        here = f"{path}.{name}"
        yield here, field
        yield from fields(field, here)
        if "items" in field:
            yield f"{here}[]", field["items"]
            yield from fields(field["items"], f"{here}[]")


def own_fields(kind: type[resource.Resource]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (path, field)
        for path, field in fields(crd.schema(kind))
        if path.startswith((".spec.", ".status."))
    ]


@pytest.fixture(params=crd.KINDS, ids=lambda kind: kind.definition.kind)
def kind(request: pytest.FixtureRequest) -> type[resource.Resource]:
    found: type[resource.Resource] = request.param
    return found


def test_every_string_has_a_length(kind: type[resource.Resource]) -> None:
    unbounded = [
        path
        for path, field in own_fields(kind)
        if field.get("type") == "string" and not {"maxLength", "enum", "format"} & set(field)
    ]
    assert unbounded == []


def test_every_list_has_a_size(kind: type[resource.Resource]) -> None:
    unbounded = [
        path
        for path, field in own_fields(kind)
        if field.get("type") == "array" and "maxItems" not in field
    ]
    assert unbounded == []


def test_every_number_is_whole_bounded_and_sized(kind: type[resource.Resource]) -> None:
    wrong = [
        path
        for path, field in own_fields(kind)
        if field.get("type") == "number"
        or (
            field.get("type") == "integer"
            and not (field.get("format") in {"int32", "int64"} and {"minimum"} & set(field))
            and path not in SIGNED
        )
    ]
    assert wrong == []


SIGNED = {
    ".status.saved.netSeconds",
    ".status.lastRun.saved.netSeconds",
}
"""Net time may be below zero: people spent more on exceptions than was saved."""


def test_every_field_of_spec_is_described(kind: type[resource.Resource]) -> None:
    silent = [
        path
        for path, field in own_fields(kind)
        if path.startswith(".spec.") and not path.endswith("[]") and not field.get("description")
    ]
    assert silent == []


def test_schema_is_structural(kind: type[resource.Resource]) -> None:
    forbidden = {"$ref", "anyOf", "oneOf", "const", "$defs", "additionalProperties"}
    found = [path for path, field in own_fields(kind) if forbidden & set(field)]
    assert found == []


def test_columns_speak_of_fields_that_are_there(kind: type[resource.Resource]) -> None:
    known = {path for path, _ in fields(crd.schema(kind))} | {".metadata.creationTimestamp"}
    for column in kind.definition.columns:
        assert column.path.partition("[?")[0] in known, column


def test_generated_files_are_the_committed_ones(kind: type[resource.Resource]) -> None:
    committed = ROOT / "crds" / f"{kind.definition.plural}.yaml"
    assert yaml.safe_load(committed.read_text("utf-8")) == crd.custom_resource_definition(kind)
