"""Takes personal data out of text before it is logged. Pure."""

import re
from collections.abc import Mapping
from typing import Any

# In every way it is written: 19121212-1212, 121212+1212, 1912-12-12 1212, 1212721212. Check digits
# are not checked: a mistyped number is personal data too. Months tell it from organisation numbers.
_PERSONAL_NUMBER = re.compile(
    r"""
    (?<![0-9])
    (?:[0-9]{2})?[0-9]{2}               # year
    -?(?:0[1-9]|1[0-2])                 # month
    -?(?:[06][1-9]|[1278][0-9]|[39][01])  # day; 60 more in a coordination number
    [-+\u2013 ]?[0-9]{4}
    (?![0-9])
    """,
    re.VERBOSE,
)
# A uid or a digest: its digits may look like a personal number, and whoever follows a run needs it.
_ID = re.compile(
    r"(?<![0-9a-f])([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32})(?![0-9a-f])"
)
_EMAIL = re.compile(r"(?<![\w.+%'-])[\w.+%'-]++@[\w-]+(?:\.[\w-]+)+")


def text(value: str) -> str:
    """Return the text with personal numbers and e-mail addresses replaced."""
    # The ids stand at the odd places.
    parts = _ID.split(_EMAIL.sub("[email]", value))
    parts[::2] = [_PERSONAL_NUMBER.sub("[personnummer]", part) for part in parts[::2]]
    return "".join(parts)


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
