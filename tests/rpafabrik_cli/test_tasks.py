"""`rpafabrik tasks`: what people see on a ledger, and what they answer to a factory at work."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import typer
from temporalio.client import Client

from rpafabrik_api import contract
from rpafabrik_cli import failures, tasks, tasks_answer, tasks_commands
from rpafabrik_cli.dev import presence
from rpafabrik_platform.ledger import store
from support import factory as factories
from support import jobs, ledger_entries, people, temporal_server
from support.factory import Factory

from .conftest import Command, Ended

JOB = "kassaavstamning"
SECRET = "Se VC001."
WHO = ("--by", "handläggare ekonomi", "--because", "kvittot är rätt")


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.fixture
def ledger(url: str) -> Iterator[store.Ledger]:
    with store.open_ledger(url) as opened:
        opened.open_run(ledger_entries.run("run-1"))
        opened.open_task(ledger_entries.task("later", due_at=ledger_entries.DONE))
        soon = ledger_entries.NOON + timedelta(minutes=1)
        opened.open_task(ledger_entries.task("sooner", due_at=soon, group="juridik"))
        opened.open_task(ledger_entries.task("answered"))
        opened.answer_task("answered", ledger_entries.answer())
        yield opened


@pytest.mark.usefixtures("ledger")
def test_list_tells_what_waits_those_due_first_and_not_what_people_are_to_read(
    rpafabrik: Command, url: str
) -> None:
    table = rpafabrik("tasks", "list", "--ledger", url)
    as_json = rpafabrik("tasks", "list", JOB, "--group", "juridik", "--ledger", url, "-o", "json")
    as_csv = rpafabrik("tasks", "list", "--ledger", url, "-o", "csv", "--limit", 1)

    assert (table.code, table.err) == (0, "")
    assert [line.split()[0] for line in table.out.splitlines()] == ["Task", "sooner", "later"]
    assert as_json.json == [
        {
            "id": "sooner",
            "job": f"ekonomi/{JOB}",
            "reference": "VC001",
            "step": "ask",
            "group": "juridik",
            "outcomes": ["Godkänd", "Avvisad"],
            "openedAt": "2026-03-02T12:00:00+00:00",
            "dueAt": "2026-03-02T12:01:00+00:00",
            "run": "run-1",
            "trial": False,
        }
    ]
    (row,) = csv.DictReader(io.StringIO(as_csv.out))
    assert (row["id"], row["outcomes"]) == ("sooner", "Godkänd Avvisad")
    assert as_csv.err == "There are more than 1; --limit 0 lists all of them.\n"
    assert SECRET not in table.out + as_json.out + as_csv.out


def test_list_tells_a_trials_tasks_from_real_ones(
    rpafabrik: Command, ledger: store.Ledger, url: str
) -> None:
    ledger.open_run(replace(ledger_entries.run("run-2"), purpose=contract.Purpose.SHADOW))
    ledger.open_task(ledger_entries.task("tried", run_id="run-2"))

    table = rpafabrik("tasks", "list", "--ledger", url)
    as_csv = rpafabrik("tasks", "list", "--ledger", url, "-o", "csv")

    marked = [line.split()[0] for line in table.out.splitlines() if f"{JOB} (trial)" in line]
    assert marked == ["tried"]
    assert {row["id"]: row["trial"] for row in csv.DictReader(io.StringIO(as_csv.out))} == {
        "sooner": "false",
        "later": "false",
        "tried": "true",
    }


@pytest.mark.usefixtures("ledger")
def test_show_tells_what_to_read_and_what_was_answered(rpafabrik: Command, url: str) -> None:
    waiting = rpafabrik("tasks", "show", "later", "--ledger", url).json
    answered = rpafabrik("tasks", "show", "answered", "--ledger", url).json

    assert (waiting["state"], waiting["instruction"], waiting["closedAt"]) == ("Open", SECRET, None)
    assert (answered["state"], answered["instruction"]) == ("Answered", None)
    assert answered["answer"] == {
        "outcome": "Avvisad",
        "by": "handläggare ekonomi",
        "because": "kvittot saknas",
        "seconds": 90,
    }


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["list", "casa"], 1, "casa must be a job that has had a run, and is none"),
        (["show", "none"], 2, "the task must be one that the ledger knows, and it knows none"),
    ],
)
def test_what_the_ledger_does_not_know_is_told(
    rpafabrik: Command, url: str, arguments: list[str], code: int, message: str
) -> None:
    done = rpafabrik("tasks", *arguments, "--ledger", url)

    assert (done.code, message in done.err) == (code, True), done.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([*WHO], "Missing option '--outcome'"),
        (["--outcome", "Godkänd", "--by", "driften"], "Missing option '--because'"),
        (["--outcome", "Godkänd", *WHO], "--minutes must say how long the person spent on it"),
        (["--outcome", "Godkänd", *WHO, "--minutes", "en"], "--minutes must be a number above 0"),
        (["--outcome", "Godkänd", *WHO, "--minutes", "0"], "--minutes must be a number above 0"),
        (["--outcome", "Godkänd", *WHO, "--minutes", "NaN"], "--minutes must be a number above 0"),
        (["--outcome", "Godkänd", *WHO, "--minutes", "1e400"], "--minutes must be a number above"),
    ],
)
def test_answer_that_lacks_something_is_sent_nowhere(
    rpafabrik: Command, arguments: list[str], message: str
) -> None:
    done = rpafabrik("tasks", "complete", "task-1", *arguments)

    assert (done.code, message in done.err) == (2, True), done.err


@pytest.mark.parametrize(("minutes", "seconds"), [("4", 240), ("2.5", 150), ("0,5", 30)])
def test_minutes_are_whole_seconds_and_may_have_a_comma(minutes: str, seconds: int) -> None:
    assert tasks.seconds(minutes) == seconds


def test_temporal_that_does_not_answer_is_told(rpafabrik: Command) -> None:
    where = ("--temporal-address", "localhost:1")
    done = rpafabrik(
        "tasks", "complete", "task-1", "--outcome", "Ja", *WHO, "--minutes", "1", *where
    )

    assert done.code == 1
    assert "Temporal must answer at localhost:1; `rpafabrik dev` starts one here" in done.err
    assert "(rpafabrik tasks show task-1 tells whether the task is answered)" in done.err


@pytest.fixture
async def factory(temporal_server: str, tmp_path: Path) -> AsyncIterator[Factory]:
    made = await factories.prepared(temporal_server, tmp_path)
    async with made.platform(), made.robot():
        yield made


async def complete(rpafabrik: Command, factory: Factory, task: str, *more: str) -> Ended:
    """Answer as people do: in a process of their own, for which a thread is near enough."""
    to = factory.settings
    where = ("--temporal-address", to.address, "--temporal-namespace", to.namespace)
    given = ("tasks", "complete", task, "--minutes", "1,5", *WHO, *where, *more)
    return await asyncio.to_thread(rpafabrik, *given)


@pytest.mark.server
async def test_answer_lets_the_item_go_on_and_a_second_one_is_told_when(
    rpafabrik: Command, factory: Factory
) -> None:
    handle = await factory.start(jobs.job(people.ASK), items=[jobs.item("a")])
    task = (await people.until_open(factory))["a"].task.task_id

    wrong = await complete(rpafabrik, factory, task, "--outcome", "Kanske")
    first = await complete(rpafabrik, factory, task, "--outcome", "Godkänd")
    summary = await handle.result()
    second = await complete(rpafabrik, factory, task, "--outcome", "Avvisad")

    assert (wrong.code, wrong.err) == (
        1,
        "Error: outcome must be one of Godkänd, Avvisad\n",
    )
    assert (first.code, first.out) == (0, "test/job: ask is Godkänd, and the item goes on.\n")
    assert summary.saved == contract.Saved(gross_seconds=600, net_seconds=510)
    assert second.code == 1
    assert second.err.startswith("Error: the task was answered at ")
    assert "ekonomi" not in second.err


@pytest.mark.server
async def test_answer_goes_to_the_dev_that_runs_in_this_folder(
    rpafabrik: Command, factory: Factory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = await factory.start(jobs.job(people.ASK), items=[jobs.item("a")])
    task = (await people.until_open(factory))["a"].task.task_id
    monkeypatch.chdir(tmp_path)
    file = tmp_path / ".rpafabrik/dev/running.json"
    file.parent.mkdir(parents=True)

    with presence.told(file, factory.settings, own=True):
        given = ("tasks", "complete", task, "--outcome", "Godkänd", "--minutes", "1", *WHO)
        done = await asyncio.to_thread(rpafabrik, *given)

    assert done.code == 0, done.err
    assert (await handle.result()).counts == contract.Counts(reviewed=1)


@pytest.mark.server
async def test_temporal_that_goes_before_the_answer_is_entered_is_told(
    rpafabrik: Command, tmp_path: Path
) -> None:
    with temporal_server.lasting(tmp_path) as server:
        client = await Client.connect(server.address)
        given = ("tasks", "complete", "task-1", "--outcome", "Ja", *WHO, "--minutes", "1")
        answering = asyncio.create_task(
            asyncio.to_thread(rpafabrik, *given, "--temporal-address", server.address)
        )
        async with asyncio.timeout(60):
            while not [one async for one in client.list_activities("")]:  # noqa: ASYNC110 # nobody tells
                await asyncio.sleep(0.1)
        server.kill()
        done = await answering

    assert done.code == 1
    assert done.err.startswith(
        f"Error: Temporal must answer at {server.address} until the answer is entered"
    )
    assert "(rpafabrik tasks show task-1 tells whether the task is answered)" in done.err


@pytest.mark.server
async def test_answer_that_the_platform_has_not_taken_yet_is_said_to_wait(
    temporal_server: str, tmp_path: Path
) -> None:
    to = (await factories.prepared(temporal_server, tmp_path)).settings
    told = tasks_answer.Answer(
        task_id="task-1", outcome="Godkänd", by="handläggare", because="rätt", seconds=60
    )

    with pytest.raises(failures.Failure) as failed:
        await asyncio.to_thread(tasks_answer.send, told, to.address, to.namespace, 2)

    assert str(failed.value) == (
        "the platform must answer within 2 s, and did not: Temporal has the answer, and it is"
        " entered once the platform is back (rpafabrik tasks show task-1 tells whether the task is"
        " answered)"
    )


@pytest.mark.usefixtures("ledger")
def test_tasks_and_their_words_complete(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = typer.Context(typer.main.get_command(tasks_commands.app))
    context.params["task"] = "later"
    monkeypatch.setenv("RPAFABRIK_LEDGER_URL", url)

    assert tasks_commands._complete_task(context, "") == ["sooner", "later"]
    assert tasks_commands._complete_task(context, "l") == ["later"]
    assert tasks_commands._complete_outcome(context, "G") == ["Godkänd"]
    monkeypatch.setenv("RPAFABRIK_LEDGER_URL", f"sqlite:///{tmp_path / 'none.db'}")
    assert tasks_commands._complete_task(context, "") == []
    assert tasks_commands._complete_outcome(context, "") == []
