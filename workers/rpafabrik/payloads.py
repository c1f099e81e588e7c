"""How values travel: as JSON that pydantic reads and writes, in every process of the factory."""

from collections.abc import Sequence
from typing import Any

import pydantic
from temporalio import converter
from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import PydanticPayloadConverter

from rpafabrik import masking

_ONE = PydanticPayloadConverter()


class UnreadableError(ValueError):
    """A value is not as its type says; the message names the fields, and holds no value."""


class PayloadConverter(converter.CompositePayloadConverter):
    """Pydantic's, with one memory of types for the whole process.

    Temporal makes a converter for every workflow, and pydantic takes milliseconds to build the
    reader of a type: more than the workflow itself.
    """

    def __init__(self) -> None:
        """Share what does the work."""
        super().__init__(*_ONE.converters.values())

    def from_payloads(
        self, payloads: Sequence[Payload], type_hints: list[type] | None = None
    ) -> list[Any]:
        """Read values; an error says which fields are wrong, and nothing of what stood there.

        Raises:
            UnreadableError: A value is not as its type says.
        """
        try:
            return super().from_payloads(payloads, type_hints)
        except pydantic.ValidationError as error:
            raise unreadable(error) from None


def unreadable(error: pydantic.ValidationError) -> UnreadableError:
    """The same without input: what is raised here ends in logs, histories and the ledger."""
    found = error.errors(include_input=False, include_context=False, include_url=False)
    told = (": ".join(filter(None, (_field(one["loc"]), one["msg"]))) for one in found)
    # A key of a mapping, or what a validator of the developer's says, may be personal all the same.
    return UnreadableError(masking.text(f"{error.title}: {'; '.join(told)}"))


def _field(location: tuple[int | str, ...]) -> str:
    return ".".join(map(str, location))


data_converter = converter.DataConverter(payload_converter_class=PayloadConverter)
