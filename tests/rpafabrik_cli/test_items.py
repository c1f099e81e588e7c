"""`rpafabrik items` on a ledger: what people see, and what they may do."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import typer

from rpafabrik_api.contract import Outcome
from rpafabrik_cli import items_commands
from rpafabrik_platform.ledger import entries, store
from support import ledger_entries

from .conftest import Command

JOB = "kassaavstamning"
SECRET = "Exempelgatan 1"


def failed(reference: str, code: str = "SystemAway", run_id: str = "run-1") -> entries.Item:
    return replace(
        ledger_entries.item(reference, run_id=run_id, outcome=Outcome.APPLICATION_EXCEPTION),
        code=code,
        message="the system is away",
        step="pay",
        attempts=3,
        payload=json.dumps({"id": reference, "address": SECRET}),
    )


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.fixture
def ledger(url: str) -> Iterator[store.Ledger]:
    with store.open_ledger(url) as opened:
        opened.open_run(ledger_entries.run("run-1"))
        opened.open_run(ledger_entries.run("run-2"))
        opened.record_many([failed("a"), failed("b", "Timeout"), ledger_entries.item("c")])
        yield opened


def test_list_tells_dead_letters_and_never_what_they_held(
    rpafabrik: Command, ledger: store.Ledger, url: str
) -> None:
    table = rpafabrik("items", "list", JOB, "--ledger", url)
    as_json = rpafabrik("items", "list", JOB, "--ledger", url, "-o", "json", "--code", "Timeout")
    as_csv = rpafabrik("items", "list", JOB, "--ledger", url, "-o", "csv")

    assert (table.code, table.err) == (0, "")
    assert [line.split()[0] for line in table.out.splitlines()] == ["Reference", "a", "b"]
    assert as_json.json == [
        {
            "reference": "b",
            "outcome": "ApplicationException",
            "code": "Timeout",
            "step": "pay",
            "attempts": 3,
            "completedAt": ledger_entries.NOON.isoformat(),
            "run": "run-1",
            "message": "the system is away",
        }
    ]
    rows = list(csv.DictReader(io.StringIO(as_csv.out)))
    assert [(row["reference"], row["code"]) for row in rows] == [
        ("a", "SystemAway"),
        ("b", "Timeout"),
    ]
    assert SECRET not in table.out + as_json.out + as_csv.out


def test_list_says_that_there_are_more(rpafabrik: Command, ledger: store.Ledger, url: str) -> None:
    some = rpafabrik("items", "list", JOB, "--ledger", url, "--limit", 1, "-o", "json")
    every = rpafabrik("items", "list", JOB, "--ledger", url, "--limit", 0, "-o", "json")

    assert [one["reference"] for one in some.json] == ["a"]
    assert some.err == "There are more than 1; --limit 0 lists all of them.\n"
    assert (len(every.json), every.err) == (2, "")


def test_list_takes_filters_together(rpafabrik: Command, ledger: store.Ledger, url: str) -> None:
    ledger.record(
        replace(failed("d", run_id="run-2"), completed_at=ledger_entries.NOON + timedelta(days=2))
    )
    ledger.note_skips("run-2", {"c": "run-1"})

    late = rpafabrik("items", "list", JOB, f"--ledger={url}", "--since=2026-03-03", "-o", "json")
    skipped = rpafabrik(
        "items", "list", JOB, f"--ledger={url}", "--outcome=Skipped", "--run=run-2", "-o", "json"
    )

    assert [one["reference"] for one in late.json] == ["d"]
    assert [(one["reference"], one["message"]) for one in skipped.json] == [("c", "done in run-1")]


def test_show_tells_where_an_item_was_done(
    rpafabrik: Command, ledger: store.Ledger, url: str
) -> None:
    told = rpafabrik("items", "show", JOB, "c", "--ledger", url).json

    assert told["state"] == "Completed, done in run-1"
    assert told["ended"]["run"] == "run-1"


def test_show_tells_what_an_item_held_only_to_who_asks_for_it(
    rpafabrik: Command, ledger: store.Ledger, url: str
) -> None:
    plain = rpafabrik("items", "show", JOB, "a", "--ledger", url)
    whole = rpafabrik("items", "show", JOB, "a", "--ledger", url, "--payload")

    assert SECRET not in plain.out
    assert plain.json["payloadBytes"] == len(failed("a").payload or "")
    assert whole.json["payload"] == {"id": "a", "address": SECRET}


def test_retry_is_told_with_who_and_why_and_the_history_keeps_it(
    rpafabrik: Command, ledger: store.Ledger, url: str
) -> None:
    where = ("--ledger", url)

    done = rpafabrik("items", "retry", JOB, "a", "--because", "lagat", "--by", "driften", *where)
    told = rpafabrik("items", "show", JOB, "a", *where).json

    assert (done.code, done.out) == (0, f"1 items wait for the next run of {JOB}.\n"), done.err
    assert told["state"] == "re-queued: waits for the next run"
    (requeued,) = told["requeued"]
    assert (requeued["by"], requeued["because"]) == ("driften", "lagat")
    assert requeued["superseded"]["code"] == "SystemAway"


def test_retry_of_all_names_the_user_of_the_machine(
    rpafabrik: Command, ledger: store.Ledger, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "nattens-driftvakt")

    done = rpafabrik("items", "retry", JOB, "--all", "--because", "lagat", "--ledger", url)

    assert done.out.startswith("2 items wait"), done.err
    (superseded,) = ledger.item("job-1", "a").superseded
    assert superseded.by == "nattens-driftvakt"


def test_retry_refuses_by_name_and_requeues_nothing(
    rpafabrik: Command, ledger: store.Ledger, url: str
) -> None:
    done = rpafabrik("items", "retry", JOB, "a", "c", "x", "--because", "lagat", "--ledger", url)

    assert done.code == 1
    assert done.err == ("Error: nothing is re-queued:\nc is Completed\nx is no item of the job\n")
    assert ledger.waiting("job-1").items == ()


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["list", "casa"], 1, "casa must be a job that has had a run, and is none: kassa"),
        (["list", JOB, "-n", "x"], 1, f"{JOB} must be a job in namespace x that has had a run"),
        (["show", JOB, "x"], 1, f"x must be an item of {JOB}, and is none"),
        (["retry", JOB, "--because", "lagat"], 2, "one of REFERENCE…, --code and --all must be"),
        (["retry", JOB, "a", "--all", "--because", "lagat"], 2, "one of REFERENCE…, --code and"),
        (["retry", JOB, "a", "--because", " "], 2, "--because must say why"),
        (
            ["retry", JOB, "a", "--because", "lagat", "--by", "121212-1212"],
            2,
            "by must name a role or an id and no person",
        ),
        (
            ["list", JOB, "--outcome=Skipped", "--outcome=Completed"],
            2,
            "--outcome Skipped must stand alone",
        ),
    ],
)
def test_what_cannot_be_meant_is_told(
    rpafabrik: Command, url: str, arguments: list[str], code: int, message: str
) -> None:
    done = rpafabrik("items", *arguments, "--ledger", url)

    assert done.code == code
    assert message in done.err


def test_job_of_two_namespaces_must_be_told_apart(
    rpafabrik: Command, ledger: store.Ledger, url: str
) -> None:
    other = replace(ledger_entries.run("run-8", job_uid="job-8"), namespace="annan")
    ledger.open_run(other)

    which = rpafabrik("items", "list", JOB, "--ledger", url)
    by_option = rpafabrik("items", "list", JOB, "--ledger", url, "-n", "annan", "-o", "json")
    by_name = rpafabrik("items", "list", f"annan/{JOB}", "--ledger", url, "-o", "json")

    assert which.err == f"Error: --namespace must say which {JOB} is meant: annan, ekonomi\n"
    assert (which.code, by_option.json, by_name.json) == (2, [], [])


def test_ledger_that_is_not_there_is_not_made(rpafabrik: Command, tmp_path: Path) -> None:
    file = tmp_path / "none.db"

    done = rpafabrik("items", "list", JOB, "--ledger", f"sqlite:///{file}")

    assert (done.code, file.exists()) == (2, False)
    assert f"--ledger must be a ledger that is there, and there is no file {file}" in done.err


def test_jobs_complete(ledger: store.Ledger, url: str, tmp_path: Path) -> None:
    def complete(ledger_url: str, incomplete: str) -> list[str]:
        context = typer.Context(typer.main.get_command(items_commands.app))
        context.params["ledger"] = ledger_url
        return items_commands.complete_job(context, incomplete)

    assert complete(url, "kas") == [JOB]
    assert complete(url, "ekonomi/") == [f"ekonomi/{JOB}"]
    assert complete(url, "x") == []
    assert complete(f"sqlite:///{tmp_path / 'none.db'}", "kas") == []


@pytest.mark.usefixtures("ledger")
def test_jobs_complete_where_the_environment_says_which_ledger(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RPAFABRIK_LEDGER_URL", url)
    context = typer.Context(typer.main.get_command(items_commands.app))

    assert items_commands.complete_job(context, "kas") == [JOB]
