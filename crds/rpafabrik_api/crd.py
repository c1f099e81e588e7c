"""CustomResourceDefinitions from the types: structural schemas, as the API server wants them."""

from typing import Any

from rpafabrik_api import digitalworker, jobrun, names, resource, workerjob

KINDS: tuple[type[resource.Resource], ...] = (
    workerjob.WorkerJob,
    jobrun.JobRun,
    digitalworker.DigitalWorker,
)

_DROPPED = {"title", "const", "propertyNames", "additionalProperties"}
"""JSON schema that a structural schema cannot hold, or need not."""


_BY_KIND = {model.definition.kind: model for model in KINDS}


def by_kind(kind: str) -> type[resource.Resource] | None:
    """The type of a kind."""
    return _BY_KIND.get(kind)


def custom_resource_definition(model: type[resource.Resource]) -> dict[str, Any]:
    """The CRD of a kind, as JSON."""
    definition = model.definition
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{definition.plural}.{names.GROUP}"},
        "spec": {
            "group": names.GROUP,
            "scope": "Namespaced",
            "names": {
                "kind": definition.kind,
                "listKind": f"{definition.kind}List",
                "plural": definition.plural,
                "singular": definition.kind.lower(),
                "shortNames": list(definition.short_names),
                "categories": ["rpafabrik"],
            },
            "versions": [
                {
                    "name": names.VERSION,
                    "served": True,
                    "storage": True,
                    "subresources": {"status": {}},
                    "additionalPrinterColumns": [_column(column) for column in definition.columns],
                    "schema": {"openAPIV3Schema": schema(model)},
                }
            ],
        },
    }


def schema(model: type[resource.Resource]) -> dict[str, Any]:
    """The structural schema of a kind."""
    raw = model.model_json_schema(by_alias=True, mode="validation")
    definitions = raw.pop("$defs", {})
    structural: dict[str, Any] = _structural(raw, definitions)
    properties = structural["properties"]
    # The API server knows these three by itself, and refuses a schema that says more of them.
    properties["apiVersion"] = properties["kind"] = {"type": "string"}
    name = properties["metadata"]["properties"]["name"]
    properties["metadata"] = {"type": "object", "properties": {"name": name}}
    # Until the operator has looked, observedGeneration is 0 and not missing: who waits for a
    # resource by that field would else take what nobody has looked at for done.
    properties["status"]["default"] = {}
    structural["required"] = ["spec"]
    return structural


def _structural(node: Any, definitions: dict[str, Any]) -> Any:
    """The node with references put in place and unions with null unwrapped."""
    if isinstance(node, list):
        return [_structural(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        target = definitions[node["$ref"].rpartition("/")[2]]
        node = {**target, **{key: value for key, value in node.items() if key != "$ref"}}
        return _structural(node, definitions)
    if "anyOf" in node:
        (some,) = (option for option in node["anyOf"] if option != {"type": "null"})
        own = {key: value for key, value in node.items() if key not in {"anyOf", "default"}}
        return _structural({**some, **own}, definitions)
    return {
        key: {name: _structural(value, definitions) for name, value in inner.items()}
        if key == "properties"
        else _set(inner)
        if key == "default"
        else inner
        if key in {"enum", "required"}
        else " ".join(inner.split())
        if key == "description"
        else _structural(inner, definitions)
        for key, inner in node.items()
        if key not in _DROPPED
    }


def _set(default: Any) -> Any:
    """The default without what it leaves unset, for which a structural schema has no null."""
    if isinstance(default, dict):
        return {key: _set(value) for key, value in default.items() if value is not None}
    return default


def _column(column: resource.Column) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "name": column.name,
        "type": column.type,
        "jsonPath": column.path,
    }
    return shown | ({"priority": 1} if column.wide else {})
