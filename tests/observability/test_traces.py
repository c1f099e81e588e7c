"""One trace from a look at the resource to the ledger, across processes and histories."""

import asyncio
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from temporalio.client import ScheduleBackfill

from support import operator_world, otlp
from support.helm import Helm
from support.kubernetes_fixture import ApiServer
from support.operator_world import Home, World

pytestmark = pytest.mark.server

ITEMS, PAGE = 30, 5
HISTORIES = 2
"""It goes on with a new one at the least once."""
LOOKS = 5
ITEM = "RunActivity:rpafabrik.recordItem"
CREATED = "CreateSchedule:JobRun"
ASKED = {"JobRun": "StartWorkflow:JobRun", "WorkerJob": CREATED}
"""What a look at a resource of the kind asks of Temporal."""
_Found = TypeVar("_Found")


@pytest.fixture
def home(
    api_server: ApiServer, impatient_server: str, helm: Helm, tmp_path: Path
) -> Iterator[Home]:
    with operator_world.opened(
        api_server, impatient_server, helm, tmp_path, resync_seconds=1
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
            told = await until(lambda: whole(collector.of(trace), HISTORIES))

    assert told[0] == ("operator", "Reconcile:JobRun")
    assert {who for who, _ in told} == {"operator", "factory"}
    spans = Counter(name for _, name in told)
    assert spans["RunActivity:list_items"] == ITEMS // PAGE
    assert spans["RunActivity:compare"] == ITEMS
    assert spans[ITEM] == ITEMS
    started = [line for line in operator.log.read_text().splitlines() if "StartRun" in line]
    assert [re.findall(r"trace_id=(\w+)", line) for line in started] == [[trace.hex()]]


async def test_the_first_run_of_a_schedule_is_in_its_trace_and_later_ones_link_to_it(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with otlp.collecting() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
        with home.run("factory"), home.run("operator"):
            world = await operator_world.connected(home)
            await asyncio.to_thread(schedule, world)
            handle = world.client.get_schedule_handle(world.schedule_id("kord"))
            due = (await handle.describe()).info.next_action_times[0]
            second = timedelta(seconds=1)
            # Its time comes at once: the run is as that which will be started then.
            await handle.backfill(ScheduleBackfill(due - second, due + second))
            first = await until(lambda: whole(collector.of(trace_of(collector, CREATED) or b""), 1))
            await handle.trigger()
            [early, late] = await until(lambda: started(collector, 2))
            later = await until(lambda: whole(collector.of(late.trace_id), 1))
            # It is looked at time and again, and never written again.
            await until(lambda: collector.count("Reconcile:WorkerJob") > LOOKS or None)

    assert first[0] == ("operator", "Reconcile:WorkerJob")
    assert early.trace_id == trace_of(collector, CREATED)
    assert not early.links
    assert later[0] == ("factory", "ScheduledStart:JobRun")
    assert [link.trace_id for link in late.links] == [early.trace_id]
    assert not late.parent_span_id
    for told, written in ((first, ITEM), (later, "RunActivity:rpafabrik.closeRun")):
        spans = Counter(name for _, name in told)
        assert spans["ScheduledStart:JobRun"] == spans["RunWorkflow:JobRun"] == 1
        assert spans[written] == 1
    assert (collector.count(CREATED), collector.count("UpdateSchedule:JobRun")) == (1, 0)


def schedule(world: World) -> None:
    world.apply(world.job("kord"))
    world.wait("wj/kord", "Ready", "Reconciled")


def started(collector: otlp.Collector, count: int) -> list[Span] | None:
    """The starts of runs of schedules, once there are so many, by their time."""
    found = [span for _, span in collector.spans if span.name == "ScheduledStart:JobRun"]
    found.sort(key=lambda span: span.start_time_unix_nano)
    return found if len(found) == count else None


def run(world: World) -> None:
    pages = {"items": "${input.items}", "day": "${input.day}", "seconds": 0, "page": PAGE}
    world.apply(world.job("kord", spec__items__source__input=pages))
    world.wait("wj/kord", "Ready", "Reconciled")
    world.apply(world.jobrun("kord-idag", "kord", spec__input={"items": ITEMS}))
    world.wait("jr/kord-idag", "Succeeded", "Completed")


def trace_of(collector: otlp.Collector, name: str) -> bytes | None:
    return next((span.trace_id for _, span in collector.spans if span.name == name), None)


def whole(told: list[tuple[str, str]], histories: int) -> list[tuple[str, str]] | None:
    """The spans, once those are there that end last: the look's, and each history's of the run."""
    names = Counter(name for _, name in told)
    looked = all(names[f"Reconcile:{kind}"] for kind, asked in ASKED.items() if names[asked])
    done = looked and names["RunActivity:rpafabrik.closeRun"]
    return told if done and names["RunWorkflow:JobRun"] >= histories else None


async def until(found: Callable[[], _Found | None], seconds: int = 120) -> _Found:
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
