"""A file cluster beside a Temporal in memory, followed as `rpafabrik dev` does."""

import asyncio
import io
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console

from rpafabrik_api import contract
from rpafabrik_cli.dev.display import Display
from rpafabrik_cli.dev.file_cluster import FileCluster
from rpafabrik_cli.dev.following import Following
from rpafabrik_operator.reconcile.reconcile import Reconciler
from support.fake_world import FakeWorld

IDENTITY = uuid.UUID(int=1)


async def until(true: Callable[[], object]) -> None:
    """Wait for what another task of the test's loop is about to do."""
    async with asyncio.timeout(120):
        while not true():  # noqa: ASYNC110 # the world has no event for it
            await asyncio.sleep(0.001)


@dataclass(frozen=True, slots=True)
class Laptop:
    """What a test of following needs."""

    cluster: FileCluster
    world: FakeWorld
    following: Following
    screen: io.StringIO


@pytest.fixture
def laptop(tmp_path: Path) -> Laptop:
    world = FakeWorld()
    cluster = FileCluster(tmp_path, IDENTITY, world.clock)
    screen = io.StringIO()

    async def no_progress(_workflow_id: str) -> contract.Progress | None:
        return None

    following = Following(
        cluster=cluster,
        temporal=world,
        reconciler=Reconciler(cluster, world, world.clock),
        progress=no_progress,
        display=Display(Console(file=screen, width=200)),
    )
    return Laptop(cluster, world, following, screen)
