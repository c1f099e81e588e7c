"""The rules of leadership by a lease. No call, no clock: `lease` has those.

Times are seconds of one process's monotonic clock: what another clock wrote is for people to read.
"""

from dataclasses import dataclass

LEASE_SECONDS = 10
"""How long a lease holds, for those that wait, after they saw it change."""
DEADLINE_SECONDS = 6.0
"""How long the leader acts on a renewal, from before it was sent: others wait longer."""
RENEW_SECONDS = 2.0
ASK_SECONDS = 1.0
"""How often those that wait look, so that a lease that is given up is taken at once."""
ROUND_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Record:
    """What the lease says."""

    holder: str
    """Empty when it was given up."""
    seconds: float
    version: str
    """Changes with every write: a write that names an old one is refused."""
    transitions: int = 0


@dataclass(frozen=True, slots=True)
class Acquire:
    """The lease is free, or its holder has kept silent for too long."""


@dataclass(frozen=True, slots=True)
class Renew:
    """The lease is held."""


@dataclass(frozen=True, slots=True)
class WaitFor:
    """Another holds it."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Lost:
    """The lease was held, and may be another's now."""

    because: str


def decide(
    record: Record | None, me: str, *, leading: bool, since: float, now: float
) -> Acquire | Renew | WaitFor | Lost:
    """Say what to do about the lease; None when there is none.

    `since` is when the leader sent its last renewal, or when one that waits saw the last change.
    """
    silent = now - since
    if leading:
        if silent >= DEADLINE_SECONDS:
            return Lost(f"it was not renewed for {silent:.1f} s")
        if record is None or record.holder != me:
            return Lost(f"its holder is {record.holder or 'nobody' if record else 'nobody'}")
        return Renew()
    if record is None or record.holder in ("", me) or silent >= record.seconds:
        return Acquire()
    return WaitFor(min(ASK_SECONDS, record.seconds - silent))
