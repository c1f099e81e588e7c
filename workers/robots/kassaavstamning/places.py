"""Registers of care centres, and the codes that name them."""

import re
from dataclasses import dataclass

_CODE = re.compile(r"[A-Za-z0-9ÅÄÖåäö_-]{1,32}")


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A register of a care centre."""

    centre: str
    register: str


def code(text: str) -> str:
    """`text`, when it can name a file and stand in a reference."""
    if _CODE.fullmatch(text):
        return text
    raise ValueError("must be 1 to 32 letters, digits, hyphens or underscores")
