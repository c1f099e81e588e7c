"""The processes of dev: where they find Temporal, and what of the environment they see."""

import os
from pathlib import Path

import pytest

from rpafabrik_cli import failures
from rpafabrik_cli.dev import services
from rpafabrik_cli.dev.state import State
from rpafabrik_cli.workers import Worker


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path)


def test_a_developers_settings_for_other_servers_stay_away_from_our_own(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_API_KEY", "secret")
    monkeypatch.setenv("RPAFABRIK_QUEUE", "another")

    server = services.own_server(state)
    platform = services.platform(server, state)

    assert "TEMPORAL_API_KEY" not in platform.environment
    assert "RPAFABRIK_QUEUE" not in platform.environment
    assert Path(platform.environment["TEMPORAL_CONFIG_FILE"]).read_text() == ""
    assert platform.environment["PATH"] == os.environ["PATH"]
    assert f"--temporal-address={server.address}" in platform.command


def test_a_given_server_is_reached_as_temporals_own_settings_say(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_API_KEY", "secret")

    server = services.given_server("temporal:7233")

    assert (server.address, server.service, server.ui) == ("temporal:7233", None, None)
    assert services.platform(server, state).environment["TEMPORAL_API_KEY"] == "secret"


def test_robots_listen_on_the_queue_of_their_namespace(state: State) -> None:
    server = services.given_server("temporal:7233")

    service = services.robots(server, state, "vard", Worker("ekonomi", ("a", "b.c")))

    assert service.name == "worker-vard-ekonomi"
    assert service.log == state.folder / "logs" / "worker-vard-ekonomi.log"
    assert service.command[-3:] == (
        "--queue=rpafabrik-worker/vard/ekonomi",
        "--module=a",
        "--module=b.c",
    )


def test_without_the_program_it_says_where_to_get_it(
    state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))

    with pytest.raises(failures.Failure, match="the program temporal must be on PATH"):
        services.own_server(state)
