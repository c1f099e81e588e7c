"""Where no node can run its tests say so in one line, and in CI they fail."""

import os
import subprocess
import sys
from pathlib import Path

TREE = Path(__file__).parents[2]
BECAUSE = "a node needs a cluster of our own, and RPAFABRIK_TEST_KUBECONFIG gives another"


def test_a_node_that_cannot_run_leaves_its_tests_out() -> None:
    ended, told = run_a_node_test({})

    (line,) = [line for line in told.splitlines() if line.startswith("SKIPPED")]
    assert (ended, line.endswith(BECAUSE)) == (0, True), told


def test_in_ci_a_node_that_cannot_run_is_a_failure() -> None:
    ended, told = run_a_node_test({"CI": "true"})

    assert ended == 1
    assert f"Failed: {BECAUSE}" in told


def run_a_node_test(more: dict[str, str]) -> tuple[int, str]:
    test = "tests/cluster/test_node.py::test_the_kubelet_lets_nobody_in_without_a_name"
    kept = {
        name: value
        for name, value in os.environ.items()
        if name != "CI" and not name.startswith("PYTEST_")
    }
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", test],
        cwd=TREE,
        env={**kept, "RPAFABRIK_TEST_KUBECONFIG": "/nowhere", **more},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout
