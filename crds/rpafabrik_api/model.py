"""The base of every API type: camelCase outside, bounds, and rules that hold everywhere.

A `Rule` is CEL. The API server enforces it (`x-kubernetes-validations` in the generated CRD) and
so does pydantic, with the same text and the same message, so that `kubectl apply`,
`rpafabrik validate` and `rpafabrik dev` refuse the same things in the same words.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, model_validator
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from rpafabrik_api import expressions

_SELF = expressions.Names(variables=("self",))


@dataclass(frozen=True, slots=True)
class Rule:
    """A cross-field rule: CEL over `self` (and `oldSelf`), and what must be."""

    rule: str
    message: str

    @property
    def transition(self) -> bool:
        """Whether the rule compares with the old object, which only the API server has."""
        return "oldSelf" in self.rule


class Model(BaseModel):
    """An immutable API type."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
    )
    rules: ClassVar[tuple[Rule, ...]] = ()

    @model_validator(mode="after")
    def _keep_rules(self) -> Self:
        rules = [rule for rule in self.rules if not rule.transition]
        value = {"self": self.manifest()} if rules else {}
        for rule in rules:
            if not expressions.holds(rule.rule, _SELF, value):
                # pydantic fills braces in the message from a context; a rule's text is plain.
                raise PydanticCustomError("rule", "{message}", {"message": rule.message})
        return self

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """The JSON schema, with the rules where the API server looks for them."""
        schema = handler(core_schema)
        if cls.rules:
            handler.resolve_ref_schema(schema)["x-kubernetes-validations"] = [
                {"rule": rule.rule, "message": rule.message} for rule in cls.rules
            ]
        return schema

    def manifest(self) -> dict[str, Any]:
        """The object as it stands in a manifest: JSON, camelCase, nothing that is unset."""
        return self.model_dump(mode="json", exclude_none=True)


def listed_by(key: str) -> Callable[[dict[str, Any]], None]:
    """Schema of a list whose entries are known by one field, which is theirs alone."""

    def extend(schema: dict[str, Any]) -> None:
        schema["x-kubernetes-list-type"] = "map"
        schema["x-kubernetes-list-map-keys"] = [key]

    return extend


def free_form(schema: dict[str, Any]) -> None:
    """Schema of an object whose fields are the user's own."""
    schema.pop("additionalProperties", None)
    schema["x-kubernetes-preserve-unknown-fields"] = True
