"""What `kubectl get` and `kubectl describe` show of each state, as whole texts under `shown/`.

`RPAFABRIK_UPDATE_SHOWN=1 pytest tests/cluster/test_operator_shown.py` writes them anew: read them
as one who must answer "what is wrong, and what do I do?".
"""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rpafabrik_api import names
from support import operator_world
from support.helm import Helm
from support.kubernetes_fixture import ApiServer
from support.operator_wire import Wire
from support.operator_world import Home, World, until

from .test_operator_digitalworker import pods_become_ready

pytestmark = [pytest.mark.server, pytest.mark.long(50)]

SHOWN = Path(__file__).with_name("shown")
UPDATE = "RPAFABRIK_UPDATE_SHOWN"
_VARYING = (
    # What people wrote themselves, Kubernetes' own bookkeeping, and the test's namespace.
    (r"^Spec:\n(  .*\n)+", "Spec: …\n"),
    (r"^ *(Resource Version|UID|Creation Timestamp): .*\n", ""),
    (r"operator-[0-9a-f]{8}", "ekonomi"),
    (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UID"),
    (r"UID-workflow-\S+", "UID-workflow-TIME"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME"),
    (r"\b(\d+[smhd])+ ago\b", "AGE ago"),
    (r"(?<=\s)(\d+[smhd])+(?=\s|$)", "AGE"),
    (r"<invalid>", "AGE"),
    # Columns are as wide as what varies in them.
    (r"(?<=\S) {2,}", "  "),
    (r"-{3,}", "---"),
    (r" +$", ""),
)


@pytest.fixture(scope="module")
def operator_home(
    api_server: ApiServer,
    temporal_server: str,
    helm: Helm,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Home]:
    """Serve a namespace of this module's own: in another, a name may have a past that shows."""
    folder = tmp_path_factory.mktemp("shown")
    with operator_world.served(api_server, temporal_server, helm, folder) as home:
        yield home


async def test_a_job_shows_how_it_stands(world: World) -> None:
    held = world.job("hallen")
    held["metadata"]["annotations"] = {names.HOLD_ANNOTATION: "driften: fel belopp"}
    world.apply(
        world.job("redo"),
        world.job("pausad", spec__suspend=True),
        held,
        world.job("fel-steg", spec__steps__0__when="steps.hamta.found"),
        world.job("utan-robot", spec__workerRef__name="ingen"),
        world.job("pensionerad", spec__stage="Retired"),
    )
    for name, kind, reason in (
        ("redo", "Ready", "Reconciled"),
        ("pausad", "Suspended", "Suspended"),
        ("hallen", "Suspended", "Held"),
        ("fel-steg", "Ready", "UnknownStep"),
        ("utan-robot", "Ready", "WorkerUnavailable"),
        ("pensionerad", "Ready", "NotScheduled"),
    ):
        world.wait(f"wj/{name}", kind, reason)
        await warned(world, name, reason)
        compare(world, "wj", name)


async def test_a_run_shows_how_it_went(world: World) -> None:
    little = {"items": 2, "seconds": 0, "day": "2026-02-03"}
    slow, wrong = {**little, "seconds": 30}, {**little, "seconds": "inte ett tal"}
    world.apply(world.job("kassa"), world.job("pension", spec__stage="Retired"))
    world.wait("wj/kassa", "Ready", "Reconciled")
    for run, job, changes, reason in (
        ("pagar", "kassa", {"spec__input": slow}, "Running"),
        ("klar", "kassa", {"spec__input": on_day(little, 1)}, "Completed"),
        ("med-fel", "kassa", {"spec__input": on_day(wrong, 2)}, "CompletedWithErrors"),
        ("utan-kalla", "kassa", {"spec__input": {"items": "inte ett tal"}}, "SourceFailed"),
        ("for-sent", "pension", {}, "JobRetired"),
        ("for-tidigt", "finns-inte", {}, "UnknownJob"),
    ):
        world.apply(world.jobrun(run, job, **changes))
        world.wait(f"jr/{run}", "Succeeded", reason, seconds=60)
        compare(world, "jr", run)


async def test_a_digital_worker_shows_its_pods(world: World) -> None:
    world.apply(
        world.digital_worker("redo"),
        world.digital_worker("utan-pods"),
        world.digital_worker("avstangd", spec__replicas=0),
    )
    world.wait("dw/redo", "Ready", "PodsNotReady")
    pods_become_ready(world, "robots-redo", 2)
    for name, reason, polling in (
        ("redo", "PodsReady", "RobotsMissing"),
        ("utan-pods", "PodsNotReady", "RobotsMissing"),
        ("avstangd", "ScaledToZero", "ScaledToZero"),
    ):
        world.wait(f"dw/{name}", "Ready", reason)
        world.wait(f"dw/{name}", "Polling", polling)
        compare(world, "dw", name)


async def test_a_job_shows_that_temporal_is_away(lonely_home: Home) -> None:
    world = await operator_world.connected(lonely_home)
    with Wire(lonely_home.temporal).running() as wire:
        wire.cut()
        with lonely_home.run("operator", temporal=wire.address):
            world.apply(world.job("temporal-borta"))
            world.wait("wj/temporal-borta", "Ready", "TemporalUnavailable")
            compare(world, "wj", "temporal-borta")


def on_day(given: dict[str, Any], day: int) -> dict[str, Any]:
    """Items of another day: a reference that was seen before is skipped."""
    return {**given, "day": f"2026-03-{day:02}"}


def compare(world: World, kind: str, name: str) -> None:
    """Hold what is shown against its file, or write the file."""
    what = f"{kind}/{name}"
    commands = (("get", what), ("get", what, "-o", "wide"), ("describe", what))
    said = [f"$ kubectl {' '.join(one)}\n{world.kubectl(*one).stdout}" for one in commands]
    text = normalised("\n".join(said))
    file = SHOWN / f"{kind}-{name}.txt"
    if os.environ.get(UPDATE):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    assert text == file.read_text(), f"{UPDATE}=1 writes {file} anew"


def normalised(text: str) -> str:
    """What is shown without what differs from run to run: ages, times, uids, widths."""
    for pattern, instead in _VARYING:
        text = re.sub(pattern, instead, text, flags=re.MULTILINE)
    told, heading, events = text.partition("Events:")
    lines = events.splitlines(keepends=True)
    # Those of one second come in any order.
    return told + heading + "".join(lines[:3] + sorted(lines[3:]))


async def warned(world: World, name: str, reason: str) -> None:
    """Wait for the warning of a resource that waits for somebody: it comes after the status."""

    async def told() -> bool:
        listed = json.loads(world.kubectl("get", "events", "-o", "json").stdout)["items"]
        return (name, reason) in {(one["involvedObject"]["name"], one["reason"]) for one in listed}

    if reason == "UnknownStep":
        await until(told)
