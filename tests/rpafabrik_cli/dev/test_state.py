"""A state directory is one process's at a time, keeps an identity, and can be cleared."""

import os
from pathlib import Path

import pytest

from rpafabrik_cli import failures, ledgers
from rpafabrik_cli.dev import state
from rpafabrik_platform.ledger import store


def test_a_second_process_is_refused_and_told_who_has_it(tmp_path: Path) -> None:
    second = state.claimed(tmp_path / "dev")

    with state.claimed(tmp_path / "dev"), pytest.raises(failures.WrongUse) as refused:
        second.__enter__()

    assert str(refused.value) == (
        f"--state {tmp_path}/dev must be free, and rpafabrik dev with process id {os.getpid()}"
        " uses it: stop that, or choose another folder"
    )


def test_it_is_free_again_afterwards(tmp_path: Path) -> None:
    for _ in range(2):
        with state.claimed(tmp_path) as claimed:
            assert claimed.folder == tmp_path


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(failures.WrongUse, match="must be a folder that can be written"):
        state.claimed(tmp_path / "file" / "dev").__enter__()


def test_it_is_the_same_until_it_is_cleared(tmp_path: Path) -> None:
    with state.claimed(tmp_path) as claimed:
        claimed.prepare()
        first = claimed.identity()
        assert claimed.identity() == first

        claimed.clear()
        claimed.prepare()

        assert claimed.identity() != first


@pytest.mark.parametrize("name", ["My%20Repo", "a?b#c", "Ärenden nya"])
def test_the_ledger_is_found_whatever_the_folder_is_called(tmp_path: Path, name: str) -> None:
    with state.claimed(tmp_path / name) as claimed:
        store.open_ledger(claimed.ledger_url).close()
        ledgers.opened(claimed.ledger_url).close()

        assert claimed.ledger.exists()


def test_clearing_leaves_the_lock(tmp_path: Path) -> None:
    with state.claimed(tmp_path) as claimed:
        claimed.prepare()
        claimed.log("temporal").write_text("x")
        claimed.clear()

        assert [entry.name for entry in tmp_path.iterdir()] == ["lock"]
        with pytest.raises(failures.WrongUse):
            state.claimed(tmp_path).__enter__()
