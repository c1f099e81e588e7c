"""Whether a live object is as it should be: everything wanted is there, more may be.

The API server adds defaults and writes quantities its own way; neither is a difference.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from rpafabrik_operator.planning import quantities

_QUANTITIES = ("cpu", "memory")


def covers(live: Any, wanted: Any, key: str = "") -> bool:
    """Whether `live` holds all of `wanted`. Lists must agree entry by entry."""
    match wanted:
        case Mapping():
            return isinstance(live, Mapping) and all(
                covers(live.get(name), value, name) for name, value in wanted.items()
            )
        case str() if key in _QUANTITIES:
            return isinstance(live, str) and (
                quantities.thousandths(live) == quantities.thousandths(wanted)
            )
        case Sequence() if not isinstance(wanted, str):
            return (
                isinstance(live, Sequence)
                and len(live) == len(wanted)
                and all(covers(one, other) for one, other in zip(live, wanted, strict=True))
            )
        case "":
            return live in {"", None}  # the API server leaves an empty string out
        case _:
            return bool(live == wanted)
