"""What every kind has in common: metadata, conditions, and how its CRD presents it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from rpafabrik_api import model, names


class Metadata(BaseModel):
    """The part of Kubernetes' ObjectMeta that we read. Anything else in it is Kubernetes' own."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, serialize_by_alias=True, frozen=True
    )

    name: Annotated[
        str, Field(min_length=1, max_length=63, pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
    ]
    namespace: Annotated[str, Field(min_length=1, max_length=63)] = "default"
    uid: str = ""
    generation: int = 1
    resource_version: str = ""
    annotations: dict[str, str] = {}
    creation_timestamp: datetime | None = None
    deletion_timestamp: datetime | None = None


class ConditionStatus(StrEnum):
    """Whether a condition holds."""

    TRUE = "True"
    FALSE = "False"
    UNKNOWN = "Unknown"


class Condition(model.Model):
    """One aspect of the state, as the Kubernetes API conventions define conditions."""

    type: Annotated[str, Field(max_length=63)]
    """The aspect, in CamelCase."""
    status: ConditionStatus
    """True, False or Unknown."""
    observed_generation: Annotated[int, Field(ge=0, json_schema_extra={"format": "int64"})] = 0
    """The metadata.generation that this condition speaks of."""
    last_transition_time: datetime
    """When status last changed."""
    reason: Annotated[str, Field(min_length=1, max_length=63, pattern=r"^[A-Z][A-Za-z0-9]*$")]
    """One CamelCase word that programs may rely on; docs/api lists them."""
    message: Annotated[str, Field(max_length=2_000)] = ""
    """A sentence for people."""


Conditions = Annotated[
    tuple[Condition, ...], Field(max_length=16, json_schema_extra=model.listed_by("type"))
]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of `kubectl get`."""

    name: str
    path: str
    type: Literal["string", "integer", "date", "boolean"] = "string"
    wide: bool = False
    description: str = ""


@dataclass(frozen=True, slots=True)
class Definition:
    """How a kind is named and shown."""

    kind: str
    plural: str
    short_names: tuple[str, ...]
    columns: tuple[Column, ...]


class Resource(model.Model):
    """A custom resource."""

    model_config = ConfigDict(title=None)
    definition: ClassVar[Definition]

    api_version: Literal["rpafabrik.dev/v1alpha1"] = names.API_VERSION  # type: ignore[assignment] # a Final in all but name
    kind: str
    metadata: Metadata

    @property
    def held(self) -> str | None:
        """Who holds the resource and why, when somebody does."""
        return self.metadata.annotations.get(names.HOLD_ANNOTATION) or None

    @property
    def resume(self) -> str | None:
        """Who resumes stopped runs and why, when somebody has done so."""
        return self.metadata.annotations.get(names.RESUME_ANNOTATION) or None

    @property
    def deleting(self) -> bool:
        """Whether deletion has been asked for."""
        return self.metadata.deletion_timestamp is not None


def condition(conditions: Iterable[Condition], kind: str) -> Condition | None:
    """The condition of a type, when there is one."""
    return next((found for found in conditions if found.type == kind), None)
