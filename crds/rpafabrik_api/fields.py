"""Field types that more than one kind uses, each with its bounds."""

from typing import Annotated, Any

from pydantic import Field

from rpafabrik_api import expressions, model

_INT32 = {"format": "int32"}
_INT64 = {"format": "int64"}
_YEAR = 366 * 24 * 3600

ResourceName = Annotated[
    str,
    Field(min_length=1, max_length=63, pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"),
]
"""Name of a resource: lower-case letters, digits and '-'."""

ObjectName = Annotated[
    str,
    Field(min_length=1, max_length=253, pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$"),
]
"""Name of a Kubernetes object of any kind."""

ModuleName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=200,
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$",
    ),
]
"""Name of a Python module or package, dotted."""

StepName = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9_]*$")]
"""Name of a step: a CEL identifier, since expressions say `steps.<name>`."""

TypeName = Annotated[
    str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z_][A-Za-z0-9_.-]*$")
]
"""Name of an activity or workflow type."""

Text = Annotated[str, Field(min_length=1, max_length=200)]
"""A line of text for people."""

FilePath = Annotated[str, Field(min_length=1, max_length=1_000)]
"""Where a file lies, as the robot that wrote it says."""

Expression = Annotated[str, Field(min_length=1, max_length=expressions.MAXIMUM_LENGTH)]
"""CEL."""

Seconds = Annotated[int, Field(ge=1, le=_YEAR, json_schema_extra=_INT32)]
"""A time of at least a second and at most a year."""

Count = Annotated[int, Field(ge=0, le=2**31 - 1, json_schema_extra=_INT32)]
"""A number of things."""

Amount = Annotated[int, Field(ge=0, le=2**53 - 1, json_schema_extra=_INT64)]
"""A sum, exact in JSON."""

Input = Annotated[
    dict[str, Any],
    Field(max_length=64, json_schema_extra=model.free_form),
]
"""Free-form JSON, at most 64 fields and 64 KiB."""
