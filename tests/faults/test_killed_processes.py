"""SIGKILL and Ctrl-C in the middle of the demo lose nothing, double nothing, leave nothing."""

import signal
import sys
from pathlib import Path

import pytest

from support import demo
from support.demo import Demo

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(sys.platform != "linux", reason="the kernel's death signal is Linux's"),
]

CENTRES = 60
FIRST = 5
"""Rows in the ledger when the blow falls: the run is under way, and most of it is to come."""


@pytest.fixture
def kassa(tmp_path: Path) -> Demo:
    return demo.make(tmp_path, CENTRES)


def assert_whole(kassa: Demo) -> None:
    assert kassa.rows() == demo.expected_rows(kassa.folder / "facit.csv")


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("start-dev", "temporal"),
        ("rpafabrik_cli platform", "platform"),
        ("rpafabrik_cli worker", "worker-ekonomi-ekonomi"),
    ],
)
def test_a_killed_child_is_started_again_and_the_run_goes_on(
    kassa: Demo, part: str, name: str
) -> None:
    with kassa.started() as dev:
        kassa.wait_for_rows(FIRST)
        children = kassa.children()

        demo.kill(kassa.child(part))
        code, document = demo.finished(dev)

    assert code == 0, kassa.told()
    assert f"{name} was ended by SIGKILL; starting it again" in kassa.told()
    assert_whole(kassa)
    assert document["runs"][0]["items"]["total"] == CENTRES
    demo.wait_until(lambda: not any(map(demo.command_line, children)))


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_a_run_goes_on_where_dev_was_stopped(kassa: Demo, blow: signal.Signals) -> None:
    with kassa.started() as dev:
        kassa.wait_for_rows(FIRST)
        children = kassa.children()

        dev.send_signal(blow)
        code, document = demo.finished(dev)

    assert document is None
    assert code == (-blow if blow is signal.SIGKILL else 130)
    assert len(children) == 3
    demo.wait_until(lambda: not any(map(demo.command_line, children)), seconds=5)
    assert kassa.rows().total() < CENTRES, "the blow must fall in the middle"

    code, document = kassa.run()

    assert code == 0, kassa.told()
    assert "ekonomi/kassaavstamning: going on where it stopped" in kassa.told()
    assert_whole(kassa)
    items = document["runs"][0]["items"]
    assert (items["total"], items["skipped"]) == (CENTRES, 0)
