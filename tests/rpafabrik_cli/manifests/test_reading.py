"""Documents become resources, or findings that name the cause and not its echoes."""

from pathlib import Path

import pytest

from rpafabrik_cli.manifests import reading
from rpafabrik_cli.manifests.problem import InvalidManifests
from support.manifests import JOB, job


@pytest.fixture
def manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path("job.yaml")


def problems(manifest: Path, text: str) -> list[str]:
    manifest.write_text(text)
    return [str(problem) for problem in reading.read([str(manifest)]).problems]


def test_fields_of_object_meta_that_we_do_not_read_are_no_mistake(manifest: Path) -> None:
    more = "  name: kassa\n  labels: {app: x}\n  annotations: {team: y}\n  generateName: z\n"

    assert problems(manifest, job(("  name: kassa\n", more))) == []


def test_a_misspelt_field_of_object_meta_is_a_mistake(manifest: Path) -> None:
    assert problems(manifest, job(("  name: kassa\n", "  name: kassa\n  lables: {}\n"))) == [
        "job.yaml:5: metadata.lables: is no field of this object; did you mean labels?"
    ]


def test_a_mistake_deep_in_a_list_is_not_told_of_the_list_as_well(manifest: Path) -> None:
    wrong = job(("  - name: compare\n", "  - name: Compare!\n"))

    assert problems(manifest, wrong) == [
        "job.yaml:20: spec.steps[1].name: must match ^[a-z][a-z0-9_]*$, and is 'Compare!'"
    ]


def test_a_broken_document_does_not_hide_other_files(manifest: Path) -> None:
    Path("broken.yaml").write_text("a: [")
    manifest.write_text(JOB)

    found = reading.read(["broken.yaml", "job.yaml"])

    assert [one.key for one in found.manifests] == [("WorkerJob", "default", "kassa")]
    assert len(found.problems) == 1


def test_one_name_in_two_namespaces_is_two_jobs(manifest: Path) -> None:
    other = job(("  name: kassa\n", "  name: kassa\n  namespace: annan\n"))

    assert problems(manifest, f"{JOB}---\n{other}") == []


def test_problems_are_raised_together(manifest: Path) -> None:
    manifest.write_text(job(("Europe/Stockholm", "Mars"), ('"0 6 * * 1-5"', '"a b c d e"')))

    with pytest.raises(InvalidManifests) as refused:
        reading.read([str(manifest)]).refuse_problems()

    assert [problem.path for problem in refused.value.problems] == [
        "spec.schedule.cron",
        "spec.schedule.timeZone",
    ]
