"""One trace from a look at the resource to the ledger, across processes and histories."""

import asyncio
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from support import operator_world, otlp
from support.helm import Helm
from support.kubernetes_fixture import ApiServer
from support.operator_world import Home, World

pytestmark = pytest.mark.server

ITEMS, PAGE = 30, 5
HISTORIES = 2
"""It goes on with a new one at the least once."""
_Found = TypeVar("_Found")


@pytest.fixture
def home(
    api_server: ApiServer, impatient_server: str, helm: Helm, tmp_path: Path
) -> Iterator[Home]:
    with operator_world.opened(
        api_server, impatient_server, helm, tmp_path, resync_seconds=300
    ) as opened:
        yield opened


async def test_a_run_is_one_trace_from_the_resource_to_the_ledger(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with otlp.collecting() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
        with home.run("factory"), home.run("operator") as operator:
            world = await operator_world.connected(home)
            await asyncio.to_thread(run, world)
            trace = await until(lambda: trace_of(collector, "StartWorkflow:JobRun"))
            told = await until(lambda: whole(collector.of(trace)))

    assert told[0] == ("operator", "Reconcile:JobRun")
    assert {who for who, _ in told} == {"operator", "factory"}
    spans = Counter(name for _, name in told)
    assert spans["RunActivity:list_items"] == ITEMS // PAGE
    assert spans["RunActivity:compare"] == ITEMS
    assert spans["RunActivity:rpafabrik.recordItem"] == ITEMS
    started = [line for line in operator.log.read_text().splitlines() if "StartRun" in line]
    assert [re.findall(r"trace_id=(\w+)", line) for line in started] == [[trace.hex()]]


def run(world: World) -> None:
    pages = {"items": "${input.items}", "day": "${input.day}", "seconds": 0, "page": PAGE}
    world.apply(world.job("kord", spec__items__source__input=pages))
    world.wait("wj/kord", "Ready", "Reconciled")
    world.apply(world.jobrun("kord-idag", "kord", spec__input={"items": ITEMS}))
    world.wait("jr/kord-idag", "Succeeded", "Completed")


def trace_of(collector: otlp.Collector, name: str) -> bytes | None:
    return next((span.trace_id for _, span in collector.spans if span.name == name), None)


def whole(told: list[tuple[str, str]]) -> list[tuple[str, str]] | None:
    """The spans, once those are there that end last: the look's, and each history's of the run."""
    names = Counter(name for _, name in told)
    done = names["Reconcile:JobRun"] and names["RunActivity:rpafabrik.closeRun"]
    return told if done and names["RunWorkflow:JobRun"] >= HISTORIES else None


async def until(found: Callable[[], _Found | None], seconds: int = 30) -> _Found:
    for _ in range(10 * seconds):
        if (it := found()) is not None:
            return it
        await asyncio.sleep(0.1)
    raise AssertionError("never came")


async def test_without_a_collector_nothing_of_it_is_loaded() -> None:
    program = "import sys, rpafabrik_platform.worker, rpafabrik_operator.main; print(*sys.modules)"
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await child.communicate()

    loaded = out.decode().split()
    assert "opentelemetry.trace" in loaded
    assert not {"opentelemetry.sdk", "opentelemetry.exporter"} & {*loaded}
