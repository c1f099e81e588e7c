"""How values travel: as JSON that pydantic reads and writes, in every process of the factory."""

from temporalio import converter
from temporalio.contrib.pydantic import PydanticPayloadConverter

_ONE = PydanticPayloadConverter()


class PayloadConverter(converter.CompositePayloadConverter):
    """Pydantic's, with one memory of types for the whole process.

    Temporal makes a converter for every workflow, and pydantic takes milliseconds to build the
    reader of a type: more than the workflow itself.
    """

    def __init__(self) -> None:
        """Share what does the work."""
        super().__init__(*_ONE.converters.values())


data_converter = converter.DataConverter(payload_converter_class=PayloadConverter)
