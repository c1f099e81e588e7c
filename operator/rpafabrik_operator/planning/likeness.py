"""Whether a live object is as it should be: everything wanted is there, more may be.

The API server adds defaults and writes quantities its own way; neither is a difference.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

_SUFFIXES = {
    "m": Decimal("0.001"),
    **{suffix: Decimal(1000) ** power for power, suffix in enumerate("KMGT", 1)},
    **{f"{suffix}i": Decimal(1024) ** power for power, suffix in enumerate("KMGT", 1)},
}
_QUANTITIES = ("cpu", "memory")


def covers(live: Any, wanted: Any, key: str = "") -> bool:
    """Whether `live` holds all of `wanted`. Lists must agree entry by entry."""
    match wanted:
        case Mapping():
            return isinstance(live, Mapping) and all(
                covers(live.get(name), value, name) for name, value in wanted.items()
            )
        case str() if key in _QUANTITIES:
            return isinstance(live, str) and _amount(live) == _amount(wanted)
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


def _amount(quantity: str) -> Decimal | None:
    """A Kubernetes quantity as a number; None when it is none."""
    digits = quantity.rstrip("mKMGTi")
    try:
        return Decimal(digits) * _SUFFIXES.get(quantity[len(digits) :], Decimal(1))
    except InvalidOperation:
        return None
