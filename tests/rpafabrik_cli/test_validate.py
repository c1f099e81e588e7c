"""`rpafabrik validate` shows each mistake with file, line and field, and says what must be."""

import io
import sys
from pathlib import Path

import pytest

from support.manifests import JOB, job

from .conftest import Command

WORKER = """\
apiVersion: rpafabrik.dev/v1alpha1
kind: DigitalWorker
metadata: {name: vard}
spec: {title: Vårdroboten, image: "example.org/robots:1", modules: [robots.nothing]}
"""


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


MISTAKES = {
    "broken YAML": (
        job(("  title: Kassa", "  title: 'Kassa")),
        "job.yaml:23:1: must be YAML: found unexpected end of stream",
    ),
    "a field given twice": (
        job(("  department: Ekonomi\n", "  department: Ekonomi\n  title: Kassa\n")),
        "job.yaml:8:3: 'title' must be given once, and line 6 gives it",
    ),
    "an unknown field": (
        job(("  workerRef:", "  workerref:")),
        "job.yaml:10: spec.workerref: is no field of this object; did you mean workerRef?",
    ),
    "an unknown field, deep": (
        job(("    timeZone:", "    timezone:")),
        "job.yaml:13: spec.schedule.timezone: is no field of this object; did you mean timeZone?",
    ),
    "an unknown field, like no other": (
        job(("  workerRef:", "  colour: blue\n  workerRef:")),
        "job.yaml:10: spec.colour: is no field of this object; it must be removed",
    ),
    "a missing field": (
        job(("  title: Kassaavstämning\n", "")),
        "job.yaml:5: spec.title: must be given",
    ),
    "no CEL": (
        job(("count > 0", "count >")),
        "job.yaml:22: spec.steps[1].when: must be CEL; 'steps.deposits.count >' is not",
    ),
    "no condition": (
        job(("when: steps.deposits.count > 0", 'when: size("yes")')),
        "job.yaml:22: spec.steps[1].when: must be true or false",
    ),
    "an unknown step": (
        job(("steps.deposits.count", "steps.deposit.count")),
        "job.yaml:22: spec.steps[1].when: must name an earlier step (deposits), and 'deposit'",
    ),
    "an unknown name": (
        job(('item.centre + "/" + item.date', "thing.centre")),
        "job.yaml:16: spec.items.reference: must speak of item, and 'thing",
    ),
    "cron that is none": (
        job(('"0 6 * * 1-5"', '"0 25 * * *"')),
        "job.yaml:12: spec.schedule.cron: must be five fields (minute, hour, day of month,",
    ),
    "a time zone that is none": (
        job(("Europe/Stockholm", "Europe/Lund")),
        "job.yaml:13: spec.schedule.timeZone: must be a name of the IANA time zone database,",
    ),
    "two jobs of one name": (
        f"{JOB}---\n{JOB}",
        (
            "job.yaml:27: metadata.name: must be the only WorkerJob kassa in namespace default, and"
            " job.yaml:4 declares it too"
        ),
    ),
    "an unknown kind": (
        job(("kind: WorkerJob", "kind: RobotJob")),
        "job.yaml:2: kind: must be one of WorkerJob, JobRun, DigitalWorker, and is 'RobotJob'",
    ),
    "an unknown version": (
        job(("v1alpha1", "v2")),
        "job.yaml:1: apiVersion: must be rpafabrik.dev/v1alpha1, and is rpafabrik.dev/v2",
    ),
    "no version": (
        job(("apiVersion: rpafabrik.dev/v1alpha1\n", "")),
        "job.yaml:1: apiVersion: must be rpafabrik.dev/v1alpha1, and is missing",
    ),
    "a list that is no manifest": (
        "- 1\n",
        "job.yaml:1: must be an object, and is a list",
    ),
    "an empty file": ("# nothing yet\n", "job.yaml: must hold a manifest, and is empty"),
}


@pytest.mark.parametrize(("text", "line"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_shown_with_file_line_and_field(
    text: str, line: str, rpafabrik: Command
) -> None:
    Path("job.yaml").write_text(text)

    ended = rpafabrik("validate", "job.yaml")

    assert ended.code == 1
    assert ended.out.startswith(line), ended.out
    assert ended.out.count("\n") == 1


def test_a_file_that_is_not_there_is_told(rpafabrik: Command) -> None:
    ended = rpafabrik("validate", "nowhere.yaml")

    assert (ended.code, ended.out) == (
        1,
        "nowhere.yaml: must be a file or a folder, and there is none\n",
    )


def test_an_unknown_activity_is_told_with_what_the_worker_has(rpafabrik: Command) -> None:
    Path("job.yaml").write_text(job(("activity: compare", "activity: compair")))
    worker = "ekonomi=robots.kassaavstamning"

    ended = rpafabrik("validate", "job.yaml", "--worker", worker)

    assert ended.code == 1
    assert ended.out == (
        "job.yaml:21: spec.steps[1].activity: must be an activity of the digital worker (compare,"
        " fetch_deposits, list_cash_reports, write_reconciliation), and 'compair' is none\n"
    )


def test_activities_of_a_worker_that_is_not_given_are_not_judged(rpafabrik: Command) -> None:
    Path("job.yaml").write_text(job(("activity: compare", "activity: compair")))
    Path("worker.yaml").write_text(WORKER)

    ended = rpafabrik("validate", ".", "--worker", "vard=robots.kassaavstamning")

    assert ended.code == 0


def test_a_module_that_cannot_be_imported_is_told(rpafabrik: Command) -> None:
    Path("job.yaml").write_text(JOB)

    ended = rpafabrik("validate", "job.yaml", "--worker", "ekonomi=robots.nothing")

    assert ended.code == 1
    assert ended.out.startswith(
        "job.yaml:10: spec.workerRef.name: must be a digital worker that can start: module"
        " robots.nothing cannot be imported: ModuleNotFoundError"
    )


def test_a_module_that_cannot_be_imported_hides_no_other_mistake(rpafabrik: Command) -> None:
    Path("job.yaml").write_text(job(("Europe/Stockholm", "Mars")))

    ended = rpafabrik("validate", "job.yaml", "-w", "ekonomi=robots.nothing", "-o", "json")

    assert [(each["path"], each["reason"]) for each in ended.json] == [
        ("spec.schedule.timeZone", "InvalidTimeZone"),
        ("spec.workerRef.name", "WorkerUnavailable"),
    ]


def test_a_module_of_a_digital_worker_without_jobs_is_imported_too(rpafabrik: Command) -> None:
    Path("worker.yaml").write_text(WORKER)

    ended = rpafabrik("validate", "worker.yaml", "--worker", "vard=robots.nothing")

    assert ended.code == 1
    assert ended.out.startswith("worker.yaml:3: metadata.name: must be a digital worker that can")


def test_a_worker_option_whose_name_no_manifest_names_is_wrong_use(rpafabrik: Command) -> None:
    Path("job.yaml").write_text(JOB)
    Path("worker.yaml").write_text(WORKER)

    ended = rpafabrik("validate", "job.yaml", "worker.yaml", "-w", "ekonmi=robots.nothing")

    assert (ended.code, ended.out) == (2, "")
    assert ended.err == (
        "Error: --worker must name a digital worker of the manifests (ekonomi, vard), and 'ekonmi'"
        " is none\n"
    )


def test_a_module_beside_the_manifests_is_found(
    rpafabrik: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    Path("job.yaml").write_text(JOB)
    Path("my_robot.py").write_text(
        "from temporalio import activity\n"
        "@activity.defn\ndef list_cash_reports(): ...\n"
        "@activity.defn\ndef fetch_deposits(): ...\n"
    )

    ended = rpafabrik("validate", "job.yaml", "--worker", "ekonomi=my_robot")

    assert "spec.steps[1].activity: must be an activity of the digital worker" in ended.out


def test_every_mistake_in_every_file_is_told_in_order(rpafabrik: Command) -> None:
    Path("jobs").mkdir()
    Path("jobs/b.yml").write_text(job(("Europe/Stockholm", "x"), ("count > 0", ">")))
    Path("jobs/a.yaml").write_text("a: [")
    Path("jobs/notes.txt").write_text("no manifest")

    ended = rpafabrik("validate", "jobs", "--output", "json")

    assert ended.code == 1
    assert [(each["file"], each["line"], each["reason"]) for each in ended.json] == [
        ("jobs/a.yaml", 1, "InvalidSpec"),
        ("jobs/b.yml", 13, "InvalidTimeZone"),
        ("jobs/b.yml", 22, "InvalidExpression"),
    ]


def test_problems_are_json_for_programs(rpafabrik: Command) -> None:
    Path("job.yaml").write_text(job(("Europe/Stockholm", "Mars")))

    ended = rpafabrik("validate", "job.yaml", "-o", "json")

    assert ended.json == [
        {
            "file": "job.yaml",
            "line": 13,
            "path": "spec.schedule.timeZone",
            "message": "must be a name of the IANA time zone database, such as Europe/Stockholm,"
            " and is 'Mars'",
            "reason": "InvalidTimeZone",
        }
    ]


def test_what_is_well_is_told_with_what_was_checked(rpafabrik: Command) -> None:
    Path("job.yaml").write_text(JOB)

    ended = rpafabrik("validate", "job.yaml", "-w", "ekonomi=robots.kassaavstamning")

    assert (ended.code, ended.out) == (
        0,
        (
            "1 WorkerJob in 1 file: all is well (fields, expressions, schedules, activities of"
            " ekonomi).\n"
        ),
    )


def test_nothing_wrong_is_an_empty_list_for_programs(rpafabrik: Command) -> None:
    Path("job.yaml").write_text(JOB)

    assert rpafabrik("validate", "job.yaml", "-o", "json").json == []


def test_manifests_come_from_standard_input(
    rpafabrik: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = job(("Europe/Stockholm", "Mars"))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))

    ended = rpafabrik("validate", "-")

    assert ended.out.startswith("<stdin>:13: spec.schedule.timeZone: must be")


def test_a_document_of_somebody_elses_is_passed_over_with_a_note(rpafabrik: Command) -> None:
    other = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"
    Path("all.yaml").write_text(f"{other}---\n{JOB}")

    ended = rpafabrik("validate", "all.yaml")

    assert ended.code == 0
    assert ended.err == "all.yaml:1:1: ConfigMap of v1 is passed over\n"


def test_files_that_declare_nothing_of_ours_are_refused(rpafabrik: Command) -> None:
    Path("other.yaml").write_text("apiVersion: v1\nkind: ConfigMap\n")

    ended = rpafabrik("validate", "other.yaml")

    assert (ended.code, ended.out) == (
        1,
        "other.yaml: must hold at least one resource of rpafabrik.dev\n",
    )


def test_a_worker_option_without_a_module_is_wrong_use(rpafabrik: Command) -> None:
    Path("job.yaml").write_text(JOB)

    ended = rpafabrik("validate", "job.yaml", "--worker", "ekonomi")

    assert ended.code == 2
    assert "Error: --worker must be NAME=MODULE[,MODULE], and is 'ekonomi'" in ended.err
