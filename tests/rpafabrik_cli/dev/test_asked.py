"""What cannot be meant is refused before anything is started."""

from pathlib import Path
from typing import Any

import pytest

from rpafabrik_cli import failures
from rpafabrik_cli.dev import asked
from rpafabrik_cli.manifests.problem import InvalidManifests
from rpafabrik_cli.workers import Worker
from support.manifests import JOB, job

KASSA = Worker("ekonomi", ("robots.kassaavstamning",))
RUN = """\
---
apiVersion: rpafabrik.dev/v1alpha1
kind: JobRun
metadata: {name: idag}
spec:
  jobRef: {name: kassa}
"""
DECLARED = """\
apiVersion: rpafabrik.dev/v1alpha1
kind: DigitalWorker
metadata: {name: vard}
spec: {title: Vårdroboten, image: "example.org/robots:1", modules: [robots.nothing]}
"""


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def options(text: str, **changes: Any) -> asked.Options:
    Path("job.yaml").write_text(text)
    given: dict[str, Any] = {"paths": ("job.yaml",), "workers": (KASSA,), "state": Path("state")}
    return asked.Options(**{**given, **changes})


def refused(text: str, **changes: Any) -> str:
    with pytest.raises(InvalidManifests) as error:
        asked.check(options(text, **changes))
    return str(error.value)


def test_a_sound_job_is_run_by_the_worker_it_names() -> None:
    checked = asked.check(options(JOB))

    assert [one.metadata.name for one in checked.resources] == ["kassa"]
    assert checked.jobs == {("default", "kassa")}
    assert checked.robots == (("default", KASSA),)


def test_modules_of_a_worker_that_no_chosen_job_names_need_not_be_installed() -> None:
    other = job(("  name: kassa\n", "  name: annan\n"), ("{name: ekonomi}", "{name: vard}"))
    away = Worker("vard", ("robots.nothing",))

    by_option = options(f"{JOB}---\n{other}", jobs=("kassa",), workers=(KASSA, away))
    assert asked.check(by_option).robots == (("default", KASSA),)
    by_manifest = options(f"{JOB}---\n{DECLARED}")
    assert asked.check(by_manifest).robots == (("default", KASSA),)


def test_a_worker_option_whose_name_no_manifest_names_is_wrong_use() -> None:
    slip = Worker("ekonmi", ("robots.kassaavstamning",))

    with pytest.raises(failures.WrongUse, match=r"of the manifests \(ekonomi\), and 'ekonmi' is"):
        asked.check(options(JOB, workers=(slip,), temporal="localhost:7233"))


def test_a_job_without_its_worker_is_refused_with_the_option_to_add() -> None:
    assert refused(JOB, workers=()) == (
        "job.yaml:10: spec.workerRef.name: must be a digital worker that is given (none is):"
        " add a DigitalWorker of that name, or --worker ekonomi=MODULE"
    )


def test_a_digital_worker_beside_the_job_tells_its_modules() -> None:
    declared = """\
---
apiVersion: rpafabrik.dev/v1alpha1
kind: DigitalWorker
metadata: {name: ekonomi}
spec:
  title: Ekonomiroboten
  image: example.org/robots:1
  modules: [robots.kassaavstamning]
"""

    checked = asked.check(options(JOB + declared, workers=()))

    assert checked.robots == (("default", KASSA),)


def test_an_option_comes_before_what_is_declared() -> None:
    declared = """\
---
apiVersion: rpafabrik.dev/v1alpha1
kind: DigitalWorker
metadata: {name: ekonomi}
spec: {title: Ekonomiroboten, image: "example.org/robots:1", modules: [robots.nothing]}
"""

    checked = asked.check(options(JOB + declared, workers=(KASSA,)))

    assert checked.robots == (("default", KASSA),)


def test_beside_a_server_that_runs_the_worker_may_be_elsewhere() -> None:
    checked = asked.check(options(JOB, workers=(), temporal="localhost:7233"))

    assert checked.robots == ()


def test_an_unknown_activity_is_refused_with_its_line() -> None:
    assert refused(job(("activity: compare", "activity: compair"))).startswith(
        "job.yaml:21: spec.steps[1].activity: must be an activity of the digital worker"
    )


def test_a_run_of_no_job_is_refused() -> None:
    assert refused(JOB + RUN.replace("kassa", "casa")) == (
        "job.yaml:28: spec.jobRef.name: must be a WorkerJob of the same namespace, and 'casa' is"
        " none"
    )


def test_the_other_jobs_stay_declared_and_need_no_worker() -> None:
    other = job(("  name: kassa\n", "  name: annan\n"), ("{name: ekonomi}", "{name: vard}"))

    checked = asked.check(options(f"{JOB}---\n{other}", jobs=("kassa",)))

    assert [one.metadata.name for one in checked.resources] == ["kassa", "annan"]
    assert checked.jobs == {("default", "kassa")}
    assert checked.robots == (("default", KASSA),)


def test_a_job_that_is_none_is_wrong_use() -> None:
    with pytest.raises(failures.WrongUse, match=r"must name a WorkerJob \(kassa\), and 'casa'"):
        asked.check(options(JOB, jobs=("casa",)))


def test_without_a_schedule_there_is_nothing_to_wait_for() -> None:
    schedule = '  schedule:\n    cron: "0 6 * * 1-5"\n    timeZone: Europe/Stockholm\n'
    unscheduled = job((schedule, ""))

    with pytest.raises(failures.WrongUse, match="no job has a schedule"):
        asked.check(options(unscheduled))

    assert asked.check(options(unscheduled, run=True)).robots
