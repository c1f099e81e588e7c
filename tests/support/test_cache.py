"""What is kept is made once, whole or not at all, and old things make room."""

import os
from pathlib import Path

import pytest

from support import cache


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def write(text: str) -> cache.Make:
    return lambda folder: folder.joinpath("it").write_text(text)


def test_a_thing_is_made_once() -> None:
    first = cache.kept("things", "a", write("first"))
    second = cache.kept("things", "a", write("second"))

    assert (first / "it").read_text() == "first"
    assert second == first


def test_a_thing_whose_making_failed_is_not_there_and_is_made_anew() -> None:
    def fail(folder: Path) -> None:
        (folder / "half").write_text("half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        cache.kept("things", "a", fail)
    made = cache.kept("things", "a", write("whole"))

    assert [path.name for path in made.iterdir()] == ["it"]


def test_of_many_things_those_that_were_used_last_are_kept() -> None:
    for age, key in enumerate("abc"):
        made = cache.kept("things", key, write(key))
        os.utime(made, (age, age))

    cache.kept("things", "a", write("again"))
    cache.kept("things", "d", write("d"))

    assert {path.name for path in made.parent.iterdir() if path.is_dir()} == {"a", "c", "d"}


def test_a_digest_tells_apart_what_only_looks_alike_when_joined() -> None:
    assert cache.digest([b"ab", b"c"]) != cache.digest([b"a", b"bc"])
