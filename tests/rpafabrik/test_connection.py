"""Where settings come from, what is wrong with them, and how long to wait. No server."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpafabrik import connection, errors
from rpafabrik.runtime import process


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("ADDRESS", "NAMESPACE", "API_KEY", "TLS", "PROFILE"):
        monkeypatch.delenv(f"TEMPORAL_{name}", raising=False)
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(tmp_path / "temporal.toml"))


def test_nothing_set_means_the_dev_server() -> None:
    settings = connection.settings()

    assert (settings.address, settings.namespace) == ("localhost:7233", "default")


def test_environment_is_read_and_arguments_come_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", "temporal.example.com:7233")
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "rpa")
    monkeypatch.setenv("TEMPORAL_API_KEY", "made-up")

    settings = connection.settings(namespace="rpa-test")

    assert (settings.address, settings.namespace, settings.api_key) == (
        "temporal.example.com:7233",
        "rpa-test",
        "made-up",
    )


def test_api_key_stays_out_of_what_a_process_shows_of_its_settings() -> None:
    settings = process.ProcessSettings(connection=connection.Settings(api_key="made-up"))

    assert "made-up" not in repr(settings)


@pytest.mark.parametrize("address", ["temporal", "http://temporal:7233", "temporal:", "a b:1"])
def test_address_that_is_not_host_and_port_is_refused(address: str) -> None:
    with pytest.raises(errors.StartError, match=r"address .* must be host:port"):
        connection.settings(address=address)


def test_broken_configuration_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "temporal.toml").write_text("[profile")

    with pytest.raises(errors.StartError, match="Temporal's configuration cannot be read"):
        connection.settings()


async def test_missing_certificate_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_TLS_CLIENT_CERT_PATH", "/no/such/cert.pem")
    monkeypatch.setenv("TEMPORAL_TLS_CLIENT_KEY_PATH", "/no/such/key.pem")

    with pytest.raises(errors.StartError, match=r"must be readable: .*/no/such/cert\.pem"):
        await connection.connect(connection.settings())


@given(st.integers(0, 10**6), st.floats(0, 1, exclude_max=True))
def test_wait_grows_to_a_bound_and_is_spread(attempt: int, spread: float) -> None:
    wait = connection.wait_seconds(attempt, spread=spread)

    assert 0.5 <= wait <= connection.LONGEST_WAIT_SECONDS
    assert wait <= connection.wait_seconds(attempt + 1, spread=spread)
