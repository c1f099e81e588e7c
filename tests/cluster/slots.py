"""Which node of this machine: a number gives all names and addresses that nodes may not share.

A slot belongs to whoever holds its lock, so that test runs and `make cluster-up` can be at work
at the same time.
"""

import contextlib
import fcntl
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from support import process

LOCKS = Path("/run/lock")
_COUNT = 8


@dataclass(frozen=True, slots=True)
class Slot:
    """The names and addresses of one node."""

    number: int

    @property
    def name(self) -> str:
        """What its bridge and its cgroup are called."""
        return f"rpafabrik{self.number}"

    @property
    def pods(self) -> IPv4Network:
        return IPv4Network(f"10.244.{self.number}.0/24")

    @property
    def node(self) -> IPv4Address:
        """The node's address, by which pods reach servers of this machine too."""
        return self.pods[1]

    @property
    def services(self) -> IPv4Network:
        return IPv4Network(f"10.96.{self.number}.0/24")

    @property
    def api(self) -> IPv4Address:
        """The API server's address, which is that of the Service `kubernetes`."""
        return self.services[1]


ALL = tuple(Slot(number) for number in range(_COUNT))


@contextlib.contextmanager
def taken(routes: Iterable[IPv4Network], locks: Path = LOCKS) -> Iterator[Slot]:
    """Hold the first slot that nobody holds and whose addresses no route leads to."""
    known = tuple(routes)
    for slot in ALL:
        with held(slot, locks) as mine:
            if mine and not overlaps(slot, known):
                yield slot
                return
    raise process.ProcessError(
        f"all {_COUNT} places for a node are taken: a node needs its part of "
        "10.244.0.0/16 and 10.96.0.0/16 to itself (see `ip route`)"
    )


@contextlib.contextmanager
def held(slot: Slot, locks: Path = LOCKS) -> Iterator[bool]:
    """Hold a slot if nobody else does."""
    with (locks / f"{slot.name}.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def overlaps(slot: Slot, routes: Iterable[IPv4Network]) -> bool:
    """Tell whether somebody else uses the slot's addresses; a default route is no use."""
    return any(
        route.prefixlen and (route.overlaps(slot.pods) or route.overlaps(slot.services))
        for route in routes
    )
