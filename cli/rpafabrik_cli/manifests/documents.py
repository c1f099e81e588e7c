"""YAML text to JSON values that remember the line of every field.

Values are read as `kubectl` reads them: dates stay text, and what JSON cannot hold is refused.
Nothing here knows what a manifest means.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from rpafabrik_api.findings import Path
from rpafabrik_cli.manifests.problem import InvalidManifests, Place, Problem

MAXIMUM_VALUES = 100_000
"""Aliases can make a small file large without end."""

_TAG = "tag:yaml.org,2002:"
_NUMBER = r"(?:[0-9][0-9_]*\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
_PLAIN = (
    ("bool", r"(?:true|True|TRUE|yes|Yes|YES|on|On|ON)$", "tTyYoO"),
    ("bool", r"(?:false|False|FALSE|no|No|NO|off|Off|OFF)$", "fFnNoO"),
    ("null", r"(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("int", r"[-+]?(?:0b[01]+|0o?[0-7]+|0x[0-9a-fA-F]+|0|[1-9][0-9_]*)$", "-+0123456789"),
    ("float", rf"[-+]?(?:{_NUMBER}|\.(?:inf|Inf|INF))$|\.(?:nan|NaN|NAN)$", "-+.0123456789"),
    ("merge", r"<<$", "<"),
)
"""What plain words are, in YAML 1.2 and in what kubectl takes beside it; any other is text."""
_TRUE = ("true", "yes", "on")


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document."""

    place: Place
    value: Any
    lines: dict[Path, int]

    def at(self, path: Path) -> Place:
        """Where a field stands, or the nearest field around it that is there."""
        while path and path not in self.lines:
            path = path[:-1]
        return Place(file=self.place.file, line=self.lines.get(path, self.place.line))


def parse(text: str, file: str) -> Iterator[Document]:
    """The documents of a file, the empty ones left out; raises `InvalidManifests`."""
    try:
        for node in yaml.compose_all(text, _Loader):
            reading = _Reading(file)
            value = reading.value(node, ())
            if value is not None:
                yield Document(reading.place(node), value, reading.lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = _at(file, mark) if mark else Place(file=file)
        told = f"{error.problem} {error.context}" if error.context else error.problem
        raise _invalid(place, f"must be YAML: {told}") from error
    except yaml.reader.ReaderError as error:
        place = Place(file=file, line=text.count("\n", 0, error.position) + 1)
        raise _invalid(place, f"must be YAML: {error.reason} (U+{error.character:04X})") from error


class _Loader(yaml.SafeLoader):
    """Composes nodes, with what is plain by `_PLAIN` and no more."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 # filled below, by the base class's own method


for _name, _pattern, _first in _PLAIN:
    _Loader.add_implicit_resolver(f"{_TAG}{_name}", re.compile(_pattern), list(_first))


@dataclass(slots=True)
class _Reading:
    """What is gathered while one document is read."""

    file: str
    lines: dict[Path, int] = field(default_factory=dict)
    values: int = 0
    open: list[yaml.Node] = field(default_factory=list)

    def place(self, node: yaml.Node) -> Place:
        return _at(self.file, node.start_mark)

    def value(self, node: yaml.Node, path: Path) -> Any:
        self.values += 1
        self.lines.setdefault(path, node.start_mark.line + 1)
        if self.values > MAXIMUM_VALUES:
            message = f"must hold at most {MAXIMUM_VALUES} values, aliases counted"
            raise _invalid(self.place(node), message)
        if any(node is outer for outer in self.open):
            raise _invalid(self.place(node), "must not hold an alias of what it stands in")
        self.open.append(node)
        try:
            match node:
                case yaml.SequenceNode(tag="tag:yaml.org,2002:seq"):
                    items = enumerate(node.value)
                    return [self.value(inner, (*path, index)) for index, inner in items]
                case yaml.MappingNode(tag="tag:yaml.org,2002:map"):
                    return self._object(node, path)
                case yaml.ScalarNode():
                    return self._scalar(node)
                case _:
                    raise self._foreign(node)
        finally:
            self.open.pop()

    def _object(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        value: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key_node, inner in node.value:
            if key_node.tag == f"{_TAG}merge":
                merged = {**self._merged(inner, path), **merged}
                continue
            if not isinstance(key_node, yaml.ScalarNode):
                raise _invalid(self.place(key_node), "must be text, as every key")
            key = key_node.value
            if key in value:
                message = f"{key!r} must be given once, and line {self.lines[*path, key]} gives it"
                raise _invalid(self.place(key_node), message)
            self.lines[*path, key] = key_node.start_mark.line + 1
            value[key] = self.value(inner, (*path, key))
        return {**merged, **value}

    def _merged(self, node: yaml.Node, path: Path) -> dict[str, Any]:
        """The fields that `<<` brings in; of a list, the first object has the last word."""
        merged: dict[str, Any] = {}
        for source in node.value if isinstance(node, yaml.SequenceNode) else [node]:
            if not isinstance(source, yaml.MappingNode):
                raise _invalid(self.place(source), "must be an object, for << to bring in")
            merged = {**self.value(source, path), **merged}
        return merged

    def _scalar(self, node: yaml.Node) -> Any:
        text, digits = node.value, node.value.replace("_", "")
        match node.tag.removeprefix(_TAG):
            case "bool":
                return text.lower() in _TRUE
            case "null":
                return None
            case "int":
                return int(re.sub(r"^([-+]?0)(?=[0-7]+$)", r"\1o", digits), 0)
            case "float" if math.isfinite(number := float(re.sub(r"\.(?=[iInN])", "", digits))):
                return number
            case "float":
                raise _invalid(self.place(node), f"must be a number of JSON, and is {text!r}")
            case "str" | "merge":
                return text
            case _:
                raise self._foreign(node)

    def _foreign(self, node: yaml.Node) -> InvalidManifests:
        return _invalid(self.place(node), f"must be plain YAML, and has the tag {node.tag!r}")


def _at(file: str, mark: Any) -> Place:
    return Place(file=file, line=mark.line + 1, column=mark.column + 1)


def _invalid(place: Place, message: str) -> InvalidManifests:
    return InvalidManifests([Problem(place=place, message=message)])
