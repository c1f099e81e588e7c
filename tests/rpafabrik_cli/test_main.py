"""Help is quick and teaches, shells can complete, and errors are one line and an exit code."""

import json
import os
import pty
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rpafabrik_cli import main
from support.manifests import JOB

from .conftest import Command

PROGRAM = Path(sys.executable).with_name("rpafabrik")
COMMANDS = (
    "validate",
    "dev",
    "status",
    "hold",
    "release",
    "worker",
    "platform",
    "operator",
    "ledger",
)


def test_help_names_every_command_and_shows_how_to_begin(rpafabrik: Command) -> None:
    ended = rpafabrik("--help")

    assert ended.code == 0
    assert "rpafabrik dev job.yaml --worker ekonomi=robots.kassaavstamning --run" in ended.out
    for command in COMMANDS:
        assert f" {command} " in ended.out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, rpafabrik: Command) -> None:
    assert rpafabrik(command, "--help").code == 0


def every_command() -> Iterator[tuple[str, str]]:
    """Words and docstring of each command, those of groups included."""
    groups = [(f"{one.name} ", one.typer_instance) for one in main.app.registered_groups]
    for prefix, app in [("", main.app), *groups]:
        assert app
        for command in app.registered_commands:
            assert command.callback
            name = command.name or command.callback.__name__
            yield f"{prefix}{name}", command.callback.__doc__ or ""


@pytest.mark.parametrize(("words", "told"), list(every_command()))
def test_examples_can_be_copied_from_the_help(
    words: str, told: str, rpafabrik: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")

    shown = [line.strip() for line in rpafabrik(*words.split(), "--help").out.splitlines()]

    examples = re.findall(r"^ +((?:rpafabrik|--by) .*)$", told, re.MULTILINE)
    assert examples
    assert [line for line in examples if line not in shown] == []


def test_help_imports_nothing_that_is_slow() -> None:
    program = (
        "import sys; sys.argv = ['rpafabrik', '--help']\n"
        "from rpafabrik_cli import main\n"
        "try: main.main()\n"
        "except SystemExit: pass\n"
        "slow = {'temporalio', 'pydantic', 'sqlalchemy', 'kopf', 'kubernetes', 'yaml'}\n"
        "print(sorted(slow & {*sys.modules}), file=sys.stderr)"
    )
    started = time.process_time()

    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert ended.stderr == b"[]\n"
    assert time.process_time() - started < 0.5


def test_a_missing_package_is_told_with_the_extra_that_brings_it() -> None:
    program = (
        "import sys; sys.modules['sqlalchemy'] = None; sys.argv = ['rpafabrik', 'ledger',"
        " 'migrate']; from rpafabrik_cli import main; main.main()"
    )

    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert (ended.returncode, ended.stderr) == (
        2,
        "Error: the package sqlalchemy must be installed: pip install 'rpafabrik[platform]'\n",
    )


def test_the_version_is_told(rpafabrik: Command) -> None:
    assert rpafabrik("--version").out.startswith("rpafabrik 0.")


def test_shells_complete_commands() -> None:
    environment = {
        **os.environ,
        "_RPAFABRIK_COMPLETE": "complete_bash",
        "COMP_WORDS": "rpafabrik va",
        "COMP_CWORD": "1",
    }

    ended = subprocess.run([PROGRAM], env=environment, capture_output=True, text=True, check=True)

    assert ended.stdout.split() == ["validate"]


def complete_job(program: list[str], ledger: str) -> subprocess.CompletedProcess[str]:
    """Press Tab after `rpafabrik items list`."""
    environment = {
        **os.environ,
        "RPAFABRIK_LEDGER_URL": ledger,
        "_RPAFABRIK_COMPLETE": "complete_bash",
        "COMP_WORDS": "rpafabrik items list ",
        "COMP_CWORD": "3",
    }
    return subprocess.run(program, env=environment, capture_output=True, text=True, check=False)


def test_a_ledger_that_does_not_answer_completes_to_nothing_in_a_moment() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()

        ended = complete_job(
            [str(PROGRAM)], f"postgresql://x@127.0.0.1:{silent.getsockname()[1]}/x"
        )

        assert time.monotonic() - began < 9  # the driver itself waits 10 s
    assert (ended.stdout.strip(), ended.stderr) == ("", "")


def test_without_its_package_a_command_completes_to_nothing() -> None:
    program = (
        "import sys; sys.modules['sqlalchemy'] = None; sys.argv = ['rpafabrik'];"
        "from rpafabrik_cli import main; main.program()"
    )

    ended = complete_job([sys.executable, "-c", program], "sqlite:///none.db")

    assert (ended.stdout.strip(), ended.stderr) == ("", "")


def test_a_shell_is_told_how_to_complete() -> None:
    environment = {**os.environ, "_RPAFABRIK_COMPLETE": "source_bash"}

    ended = subprocess.run([PROGRAM], env=environment, capture_output=True, text=True, check=True)

    assert "complete -o default -F _rpafabrik_completion rpafabrik" in ended.stdout


def test_an_option_that_is_none_is_wrong_use(rpafabrik: Command) -> None:
    ended = rpafabrik("validate", "--wroker")

    assert ended.code == 2
    assert "No such option: --wroker" in ended.err


def test_a_failure_is_one_line(rpafabrik: Command, tmp_path: Path) -> None:
    ended = rpafabrik("dev", tmp_path / "nowhere.yaml", "--run")

    assert ended.code == 1
    assert ended.err == (
        f"{tmp_path}/nowhere.yaml: must be a file or a folder, and there is none\n"
    )


def test_invalid_manifests_are_json_for_programs(rpafabrik: Command, tmp_path: Path) -> None:
    ended = rpafabrik("dev", tmp_path / "nowhere.yaml", "--run", "-o", "json")

    assert (ended.code, ended.json["succeeded"]) == (1, False)
    assert [problem["line"] for problem in ended.json["problems"]] == [None]


def dev(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """`rpafabrik dev` on a sound job, in a process of its own."""
    (folder / "job.yaml").write_text(JOB)
    worker = "--worker=ekonomi=robots.kassaavstamning"
    command = [str(PROGRAM), "dev", "job.yaml", worker, *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--job", "urn:x:42"], "--job must name a WorkerJob (kassa), and 'urn:x:42' is none"),
        (["--timeout", "5"], "--timeout must go with --run: schedules have no end"),
        (["--run", "--temporal", "foo"], "Temporal's address 'foo' must be host:port"),
    ],
)
def test_wrong_use_of_dev_is_told_to_people_and_to_programs(
    tmp_path: Path, options: list[str], message: str
) -> None:
    ended = dev(tmp_path, *options, "--output", "json")

    assert (ended.returncode, ended.stderr.splitlines()[-1]) == (2, f"Error: {message}")
    assert json.loads(ended.stdout) == {"succeeded": False, "error": message}


def test_a_time_to_give_up_holds_while_temporal_does_not_answer(tmp_path: Path) -> None:
    options = ("--run", "--timeout=1", "--temporal=localhost:1", "--output=json")

    ended = dev(tmp_path, *options)

    message = (
        "the runs must end within 1 s (--timeout), and have not; the same command goes on with them"
    )
    assert (ended.returncode, json.loads(ended.stdout)) == (
        1,
        {"succeeded": False, "error": message},
    )


def test_a_terminal_that_knows_few_letters_is_told_what_it_can_show(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    (tmp_path / "job.yaml").write_text(JOB.replace("title: Kassa", "titel: ☃Kassa"))

    ended = subprocess.run(
        [PROGRAM, "validate", "job.yaml", "☃.yaml"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        check=False,
    )

    assert (ended.returncode, ended.stderr.decode("latin-1")) == (1, "2 things to mend.\n")
    assert b"?.yaml: must be a file or a folder, and there is none" in ended.stdout


@pytest.mark.parametrize(("no_color", "begin"), [("", "\x1b["), ("1", "Error: ")])
def test_errors_are_red_on_a_terminal_unless_no_color_is_set(no_color: str, begin: str) -> None:
    terminal, its_end = pty.openpty()

    subprocess.run(
        [PROGRAM, "worker", "--module", "x"],
        env={**os.environ, "NO_COLOR": no_color},
        stderr=its_end,
        check=False,
    )

    os.close(its_end)
    told = os.read(terminal, 1_000).decode()
    os.close(terminal)
    assert told.startswith(begin), told


def test_debug_shows_where_an_error_came_from(rpafabrik: Command, tmp_path: Path) -> None:
    quiet = rpafabrik("dev", tmp_path / "nowhere.yaml")
    loud = rpafabrik("--debug", "dev", tmp_path / "nowhere.yaml")

    assert "Traceback" not in quiet.err
    assert "Traceback" in loud.err


def test_a_worker_is_named_in_one_way(rpafabrik: Command) -> None:
    ended = rpafabrik("worker", "--module", "robots.kassaavstamning")

    assert ended.code == 2
    assert ended.err == "Error: --worker or --queue must be given, and not both\n"


def test_a_worker_whose_module_is_missing_is_wrong_use(rpafabrik: Command) -> None:
    ended = rpafabrik("worker", "--worker", "ekonomi", "--module", "robots.nothing")

    assert ended.code == 2
    assert "Error: module robots.nothing cannot be imported" in ended.err


@pytest.mark.parametrize("option", ["--health-port", "--metrics-port"])
def test_a_port_that_is_none_is_wrong_use(rpafabrik: Command, option: str) -> None:
    ended = rpafabrik("worker", "-w", "ekonomi", "-m", "robots.kassaavstamning", option, 99_999)

    assert (ended.code, "65535" in ended.err) == (2, True)


@pytest.mark.parametrize(
    ("level", "words"), [("info", "robots.nothing"), ("loud", "'loud' is not")]
)
def test_a_log_level_is_taken_in_either_case_and_must_be_one(level: str, words: str) -> None:
    given = ("-w", "ekonomi", "-m", "robots.nothing", "--log-level", level)

    ended = subprocess.run([PROGRAM, "worker", *given], capture_output=True, text=True, check=False)

    assert (ended.returncode, words in ended.stderr) == (2, True), ended.stderr


def test_a_platform_whose_ledger_is_no_url_is_wrong_use(rpafabrik: Command) -> None:
    ended = rpafabrik("platform", "--ledger", "kassabok.txt")

    assert ended.code == 2
    assert "Error: the ledger's URL must be sqlite:///FILE or postgresql://" in ended.err


def test_a_ledger_is_migrated_as_often_as_one_likes(rpafabrik: Command, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ledger.db"

    ended = [rpafabrik("ledger", "migrate", "--ledger", url) for _ in range(2)]

    assert {(one.code, one.out) for one in ended} == {
        (0, "The ledger has the schema of this version.\n")
    }
    assert (tmp_path / "ledger.db").exists()


ENDING = """
import atexit
from rpafabrik_cli import main

class Late:
    def __del__(self):
        print("Python was taken down")

def command():
    atexit.register(print, "what was registered is called")
    print("the command has run")
    raise SystemExit(3)

late = Late()
main.main = command
main.program()
"""


def test_a_process_ends_with_its_command_before_python_is_taken_down() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", ENDING], capture_output=True, text=True, check=False
    )

    assert ended.stdout == "the command has run\nwhat was registered is called\n", ended.stderr
    assert ended.returncode == 3
