"""What is said of a value that cannot be read, and what is never said."""

import datetime as dt
import traceback
from dataclasses import dataclass
from typing import Any

import pytest

from rpafabrik import payloads


@dataclass(frozen=True)
class Person:
    name: str
    born: dt.date


def refusal(value: Any, hint: Any) -> str:
    converter = payloads.data_converter.payload_converter
    with pytest.raises(payloads.UnreadableError) as refused:
        converter.from_payloads(converter.to_payloads([value]), [hint])
    assert "Storgatan" not in "".join(traceback.format_exception(refused.value))
    return str(refused.value)


def test_every_field_that_is_wrong_is_named_without_what_stood_there() -> None:
    assert refusal([{"name": 7, "born": "Storgatan 3"}, {"name": "Anna"}], list[Person]) == (
        "list[Person]: 0.name: Input should be a valid string; "
        "0.born: Input should be a valid date or datetime, invalid character in year; "
        "1.born: Field required"
    )


def test_value_that_has_no_fields_is_named_by_its_type() -> None:
    assert refusal("Storgatan 3", int) == (
        "int: Input should be a valid integer, unable to parse string as an integer"
    )


def test_keys_of_a_mapping_are_masked() -> None:
    assert refusal({"19121212-1212": "Storgatan 3"}, dict[str, int]).startswith(
        "dict[str,int]: [personnummer]: Input should be"
    )
