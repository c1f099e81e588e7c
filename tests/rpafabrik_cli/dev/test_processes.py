"""Children are kept running, stopped last one first, and never outlive the one who started them."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rpafabrik_cli import failures
from rpafabrik_cli.dev import leftovers
from rpafabrik_cli.dev.leftovers import ProcessFile
from rpafabrik_cli.dev.processes import Service, Supervisor

from .conftest import until


class Nursery:
    """Services of small Python programs, and what is told of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told: list[str] = []
        self.file = ProcessFile(folder / "processes.json")

    def supervisor(self) -> Supervisor:
        return Supervisor(self.file, self.told.append)

    def service(self, program: str, name: str = "child") -> Service:
        return Service(
            name=name,
            command=(sys.executable, "-I", "-S", "-c", program),
            log=self.folder / f"{name}.log",
            environment=os.environ,
            stop_seconds=5,
            ours=True,
        )

    def said(self, name: str = "child") -> list[str]:
        log = self.folder / f"{name}.log"
        return log.read_text().splitlines() if log.exists() else []

    async def until_said(self, count: int, name: str = "child") -> list[str]:
        await until(lambda: len(self.said(name)) >= count)
        return self.said(name)

    async def keep(self, program: str) -> None:
        """Keep a child for as long as it can be kept."""
        async with self.supervisor() as supervisor:
            await supervisor.start(self.service(program))
            await supervisor.beside(asyncio.sleep(60))


@pytest.fixture
def nursery(tmp_path: Path) -> Nursery:
    return Nursery(tmp_path)


SAY_AND_SLEEP = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"


async def test_a_killed_child_is_started_again_and_that_is_told(nursery: Nursery) -> None:
    async with nursery.supervisor() as supervisor:
        await supervisor.start(nursery.service(SAY_AND_SLEEP))
        (first,) = await nursery.until_said(1)

        os.kill(int(first), signal.SIGKILL)

        _, second = await nursery.until_said(2)
        assert leftovers.started(int(second))

    assert first != second
    assert nursery.told == ["child was ended by SIGKILL; starting it again"]
    assert leftovers.started(int(second)) is None


async def test_what_a_child_has_started_ends_with_it(nursery: Nursery) -> None:
    program = (
        "import subprocess, sys, time;"
        "print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']).pid,"
        " flush=True); time.sleep(60)"
    )
    async with nursery.supervisor() as supervisor:
        await supervisor.start(nursery.service(program))
        (grandchild,) = await nursery.until_said(1)

    await asyncio.sleep(0.1)
    assert leftovers.started(int(grandchild)) is None


async def test_children_are_stopped_last_one_first(nursery: Nursery) -> None:
    program = (
        "import signal, sys, time\n"
        "def stop(*_): print(time.monotonic(), flush=True); time.sleep(0.1); sys.exit()\n"
        "signal.signal(signal.SIGTERM, stop); print('up', flush=True); time.sleep(60)"
    )
    async with nursery.supervisor() as supervisor:
        for name in ("first", "second"):
            await supervisor.start(nursery.service(program, name))
            await nursery.until_said(1, name)

    assert float(nursery.said("second")[1]) < float(nursery.said("first")[1])


async def test_a_child_that_does_not_stop_is_ended(nursery: Nursery) -> None:
    program = (
        "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "print(os.getpid(), flush=True); time.sleep(60)"
    )
    stubborn = nursery.service(program)
    async with nursery.supervisor() as supervisor:
        await supervisor.start(
            Service(
                name="stubborn",
                command=stubborn.command,
                log=stubborn.log,
                environment=os.environ,
                stop_seconds=0.2,
            )
        )
        (pid,) = await nursery.until_said(1)

    assert leftovers.started(int(pid)) is None
    assert nursery.told == ["stubborn did not stop in time; it is ended"]


async def test_a_child_that_says_wrong_use_is_not_started_again(nursery: Nursery) -> None:
    program = "import sys; print('Error: --module must be there'); sys.exit(2)"

    with pytest.raises(failures.Failure) as refused:
        await nursery.keep(program)

    assert (str(refused.value), nursery.told) == ("child: --module must be there", [])


async def test_a_child_that_keeps_dying_ends_the_work_with_its_last_words(
    nursery: Nursery,
) -> None:
    with pytest.raises(failures.Failure) as refused:
        await nursery.keep("raise SystemExit('no database')")

    assert "child ended 5 times in a row, the last time with: no database" in str(refused.value)


async def test_work_beside_children_gives_its_result(nursery: Nursery) -> None:
    async with nursery.supervisor() as supervisor:
        await supervisor.start(nursery.service(SAY_AND_SLEEP))

        assert await supervisor.beside(asyncio.sleep(0, "done")) == "done"


PARENT = """
import asyncio, os, sys
from pathlib import Path
from rpafabrik_cli.dev.leftovers import ProcessFile
from rpafabrik_cli.dev.processes import Service, Supervisor
async def main(folder):
    async with Supervisor(ProcessFile(folder / "processes.json"), print) as supervisor:
        await supervisor.start(Service(name="child", command=(sys.executable, "-c", sys.argv[2]),
            log=folder / "child.log", environment=os.environ))
        await asyncio.sleep(60)
asyncio.run(main(Path(sys.argv[1])))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's death signal is Linux's")
async def test_a_child_ends_when_its_parent_is_killed(nursery: Nursery) -> None:
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PARENT, nursery.folder, SAY_AND_SLEEP)
    )
    (child,) = await nursery.until_said(1)

    parent.kill()
    await parent.wait()

    await until(lambda: leftovers.started(int(child)) is None)


WATCHER = (
    "import os, sys; from rpafabrik_cli.dev import leash;"
    "sys.exit(leash.by_watching(os.getppid(), sys.argv[1:]))"
)


def test_without_the_kernel_the_leash_watches(tmp_path: Path) -> None:
    middle = (
        "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', *sys.argv[1:]]);"
        "time.sleep(60)"
    )
    log = tmp_path / "log"
    command = [sys.executable, "-c", SAY_AND_SLEEP]
    with (
        log.open("w") as out,
        subprocess.Popen([sys.executable, "-c", middle, WATCHER, *command], stdout=out) as parent,
    ):
        deadline = time.monotonic() + 20
        while not log.read_text().strip():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        child = int(log.read_text())
        parent.kill()

    while leftovers.started(child):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_leash_passes_signals_and_the_exit_code_on() -> None:
    program = (
        "import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: sys.exit(7));"
        "print('up', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", WATCHER, sys.executable, "-c", program], stdout=subprocess.PIPE
    ) as leashed:
        assert leashed.stdout is not None
        assert leashed.stdout.readline() == b"up\n"
        leashed.terminate()

    assert leashed.returncode == 7
