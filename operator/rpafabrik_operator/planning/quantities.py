"""Quantities as Kubernetes writes them, read as numbers."""

import math
from fractions import Fraction

_SUFFIXES = {
    "": Fraction(1),
    "m": Fraction(1, 1000),
    "k": Fraction(1000),
    **{suffix: Fraction(1000) ** power for power, suffix in enumerate("MGTPE", 2)},
    **{f"{suffix}i": Fraction(1024) ** power for power, suffix in enumerate("KMGTPE", 1)},
}


def thousandths(quantity: str) -> int:
    """How much it is; the API server rounds up what pods ask for just so."""
    digits = quantity.rstrip("".join(_SUFFIXES))
    return math.ceil(Fraction(digits) * _SUFFIXES[quantity.removeprefix(digits)] * 1000)
