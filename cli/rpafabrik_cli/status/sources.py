"""What a factory is seen through: a cluster, or the laptop where `rpafabrik dev` runs."""

from dataclasses import dataclass
from typing import Protocol

from rpafabrik import connection
from rpafabrik_cli.status.facts import Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What there is to see at once, and whom else to ask."""

    facts: Facts
    temporal: connection.Settings | None
    """None: nobody said where it is, or it does not run."""
    ledger: str | None
    """Its URL."""


class Source(Protocol):
    """One of them."""

    async def look(self) -> Seen:
        """See how it is now; raises `failures.Failure` when nothing can be seen."""
        ...
