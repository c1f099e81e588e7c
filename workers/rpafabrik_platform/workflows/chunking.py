"""How many items a chunk has: as many as it may, as go into a payload, as it does in its time.

Pure.
"""

from collections.abc import Iterable

SECONDS = 10
"""A chunk begins nothing after so long, so that a hold or a limit soon counts."""
MOST_AT_ONCE = 10
SLOTS_EACH = 10
"""A chunk has so many slots before the run's concurrency is spread over another one."""
PAYLOAD_BYTES = 1_000_000
"""A chunk larger than this has one item. Temporal takes 2 MB."""


def at_once(concurrency: int) -> int:
    """How many chunks are in work together."""
    return max(1, min(MOST_AT_ONCE, concurrency // SLOTS_EACH))


def slots(concurrency: int) -> int:
    """How many items of a chunk are in work together."""
    return concurrency // at_once(concurrency)


def next_size(size: int, ended: int, most: int) -> int:
    """The size after a chunk of `size` items of which so many ended in its time."""
    return max(1, ended) if ended < size else min(most, size * 2)


def fitting(sizes: Iterable[int], most: int) -> int:
    """How many of the items, of so many bytes, the next chunk takes; at least one."""
    count = taken = 0
    for size in sizes:
        taken += size
        if count == most or (count and taken > PAYLOAD_BYTES):
            break
        count += 1
    return count
