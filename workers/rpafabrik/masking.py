"""Takes personal data out of text before it is logged. Pure."""

import re
from collections.abc import Mapping
from typing import Any

_DATE = (
    r"(?:[0-9]{2})?[0-9]{2}-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12][0-9]|3[01]|6[1-9]|[78][0-9]|9[01])"
)
_PERSONAL_NUMBER = re.compile(rf"(?<![0-9]){_DATE}[-+ ]?[0-9]{{4}}(?![0-9])")
_EMAIL = re.compile(r"(?<![\w.+%'-])[\w.+%'-]++@[\w-]+(?:\.[\w-]+)+")


def text(value: str) -> str:
    """Return the text with personal numbers and e-mail addresses replaced."""
    return _EMAIL.sub("[email]", _PERSONAL_NUMBER.sub("[personnummer]", value))


def value(given: Any) -> Any:
    """Return the value, masked all the way down; what is no plain value becomes its text."""
    match given:
        case None | bool():
            return given
        case str():
            return text(given)
        case Mapping():
            return {text(str(key)): value(inner) for key, inner in given.items()}
        case list() | tuple() | set() | frozenset():
            return [value(inner) for inner in given]
        case int() | float():
            masked = text(str(given))
            return given if masked == str(given) else masked
        case _:
            return text(str(given))
