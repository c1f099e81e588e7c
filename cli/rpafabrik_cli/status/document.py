"""The health of a factory as programs read it: JSON, with times as ISO 8601 in UTC. Pure."""

import dataclasses
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any

from pydantic.alias_generators import to_camel

from rpafabrik_cli.status.view import Health


def health(shown: Health) -> dict[str, Any]:
    """Everything."""
    return {"well": shown.well, **_plain(shown)}


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="seconds")
        case IntEnum():
            return value.name.capitalize()
        case tuple():
            return [_plain(one) for one in value]
        case _ if dataclasses.is_dataclass(value):
            fields = dataclasses.fields(value)
            return {to_camel(one.name): _plain(getattr(value, one.name)) for one in fields}
        case _:
            return value
