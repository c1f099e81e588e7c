"""Names the modules that hold fixtures, and says what holds for all tests."""

import gc
import os
from itertools import chain, islice
from pathlib import Path

import pytest
from hypothesis import settings

pytest_plugins = [
    "support.logs_fixture",
    "support.kubernetes_fixture",
    "support.helm_fixture",
    "support.node_fixture",
    "support.postgres_fixture",
    "support.prometheus_fixture",
    "support.temporal_fixture",
]

# A loaded machine is slow, and a test's time is nobody's proof of anything.
settings.register_profile("rpafabrik", deadline=None)
settings.load_profile("rpafabrik")

# What is imported and collected stays: to look for garbage in it is a fifth of the time it takes.
gc.disable()

_MEMORY = Path("/dev/shm")
_ROOM = 8 * 2**30


def _serves(found: os.statvfs_result) -> bool:
    """Whether there is room, and programs may be run there."""
    return found.f_bavail * found.f_frsize > _ROOM and not found.f_flag & os.ST_NOEXEC


# Nothing of a test need survive a power cut: where memory serves, none waits for a disk.
if _MEMORY.is_dir() and _serves(os.statvfs(_MEMORY)):
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))

# Servers written in Go look for garbage at twice their memory; theirs is little.
os.environ.setdefault("GOGC", "400")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the modules that take long, each worker with its share of them.

    Else one begins with such a one when the others have nothing left, and all wait for it.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    modules: dict[Path, list[pytest.Item]] = {}
    short: list[pytest.Item] = []
    for item in items:
        if item.get_closest_marker("long"):
            modules.setdefault(item.path, []).append(item)
        else:
            short.append(item)
    shares: list[list[pytest.Item]] = [[] for _ in range(workers)]
    seconds = [0] * workers
    for module in sorted(modules.values(), key=_seconds, reverse=True):
        least = seconds.index(min(seconds))
        seconds[least] += _seconds(module)
        shares[least] += module
    # xdist gives each worker as many tests as any other, one after the other as they lie here.
    rest, left = iter(short), len(items)
    for number, share in enumerate(shares):
        size = left // (workers - number)
        share.extend(islice(rest, max(0, size - len(share))))
        left -= len(share)
    items[:] = [*chain.from_iterable(shares), *rest]


def _seconds(module: list[pytest.Item]) -> int:
    marker = module[0].get_closest_marker("long")
    assert marker
    return int(marker.args[0])


def pytest_collection_finish() -> None:
    """Look for garbage from now on, and not among what stays till the end."""
    gc.freeze()
    gc.enable()
