"""Paths become texts: each file once, folders by name, and what cannot be read is told."""

from pathlib import Path

import pytest

from rpafabrik_cli.manifests import sources
from rpafabrik_cli.manifests.problem import Place, Problem
from rpafabrik_cli.manifests.sources import Source


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_folder_gives_its_yaml_files_by_name_and_nothing_deeper() -> None:
    Path("jobs/deeper").mkdir(parents=True)
    for name in ("b.yml", "a.yaml", "c.txt", "deeper/d.yaml"):
        Path("jobs", name).write_text(name)

    read, problems = sources.read(["jobs"])

    assert read == [Source("jobs/a.yaml", "a.yaml"), Source("jobs/b.yml", "b.yml")]
    assert problems == []


def test_a_folder_may_hold_what_kustomize_reads() -> None:
    Path("jobs").mkdir()
    for name in ("a.yaml", "kustomization.yaml"):
        Path("jobs", name).write_text(name)

    assert sources.read(["jobs"]) == ([Source("jobs/a.yaml", "a.yaml")], [])


def test_a_file_that_is_named_twice_is_read_once() -> None:
    Path("jobs").mkdir()
    Path("jobs/a.yaml").write_text("a")

    read, _ = sources.read(["jobs/a.yaml", "jobs", "./jobs/../jobs/a.yaml"])

    assert read == [Source("jobs/a.yaml", "a")]


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    Path("a.yaml").write_bytes(b"\xef\xbb\xbfa: 1")

    assert sources.read(["a.yaml"])[0] == [Source("a.yaml", "a: 1")]


def test_what_cannot_be_read_does_not_hide_what_can() -> None:
    Path("good.yaml").write_text("a: 1")
    Path("latin.yaml").write_bytes("a: 1\nb: å".encode("latin-1"))
    Path("empty").mkdir()

    read, problems = sources.read(["latin.yaml", "empty", "nowhere", "good.yaml"])

    assert read == [Source("good.yaml", "a: 1")]
    assert problems == [
        Problem(
            place=Place(file="latin.yaml", line=2), message="must be UTF-8, and byte 0xe5 is not"
        ),
        Problem(place=Place(file="empty"), message="must hold a manifest (*.yaml or *.yml)"),
        Problem(
            place=Place(file="nowhere"),
            message="must be a file or a folder, and there is none",
        ),
    ]
