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
CHILDREN = {
    "worker-ekonomi-ekonomi": "rpafabrik_cli worker",
    "platform": "rpafabrik_cli platform",
    "temporal": "start-dev",
}
"""What each child is called, and what its command line has in it."""


@pytest.fixture
def kassa(tmp_path: Path) -> Demo:
    return demo.make(tmp_path, CENTRES)


def assert_whole(kassa: Demo) -> None:
    assert kassa.rows() == demo.expected_rows(kassa.folder / "facit.csv")


def test_killed_children_are_started_again_and_the_run_goes_on(kassa: Demo) -> None:
    with kassa.started("--run") as dev:
        for done, part in zip((5, 15, 25), CHILDREN.values(), strict=True):
            kassa.wait_for_rows(done)
            demo.kill(kassa.child(part))
        code, document = demo.finished(dev)

    assert code == 0, kassa.told()
    for name in CHILDREN:
        assert f"{name} was ended by SIGKILL; starting it again" in kassa.told()
    assert_whole(kassa)
    assert document["runs"][0]["items"]["total"] == CENTRES
    assert kassa.children() == {}


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGINT])
def test_a_run_goes_on_where_dev_was_stopped(kassa: Demo, blow: signal.Signals) -> None:
    with kassa.started("--run") as dev:
        kassa.wait_for_rows(5)
        children = kassa.children()
        dev.send_signal(blow)
        code, document = demo.finished(dev)

    succeeded = document["succeeded"] if document else None
    assert (code, succeeded) == ((-blow, None) if blow is signal.SIGKILL else (130, False))
    assert len(children) == len(CHILDREN)
    demo.wait_until(lambda: not any(map(demo.command_line, children)), seconds=5)
    assert kassa.rows().total() < CENTRES, "the blow must fall in the middle"

    code, document = kassa.run()

    assert code == 0, kassa.told()
    assert "ekonomi/kassaavstamning: going on where it stopped" in kassa.told()
    assert_whole(kassa)
    items = document["runs"][0]["items"]
    assert (items["total"], items["skipped"]) == (CENTRES, 0)
