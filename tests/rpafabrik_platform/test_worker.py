"""The platform worker's start."""

import asyncio

import pytest

from rpafabrik import connection
from rpafabrik.runtime import process
from rpafabrik_platform.activities.status import NoResources
from rpafabrik_platform.ledger import errors
from rpafabrik_platform.worker import PlatformSettings, run_platform
from support import postgres_fixture


def settings(ledger: str) -> PlatformSettings:
    nobody = connection.settings(address="127.0.0.1:1")
    return PlatformSettings(process=process.ProcessSettings(connection=nobody), ledger=ledger)


def test_settings_never_show_the_ledgers_password() -> None:
    assert "hunter2" not in repr(settings("postgresql://someone:hunter2@localhost/ledger"))


async def test_ledger_that_cannot_be_used_ends_the_worker_at_once() -> None:
    with pytest.raises(errors.LedgerRefused, match="must be sqlite:///FILE or postgresql://"):
        await run_platform(settings("mysql://localhost/ledger"), NoResources())


@pytest.mark.server
async def test_worker_waits_for_a_ledger_that_is_away(
    postgres: postgres_fixture.Server,
    postgres_url: str,
) -> None:
    await asyncio.to_thread(postgres.tell, "stop")
    try:
        starting = asyncio.create_task(run_platform(settings(postgres_url), NoResources()))
        done, _ = await asyncio.wait({starting}, timeout=2)
    finally:
        await asyncio.to_thread(postgres.tell, "start")

    assert not done
    with pytest.raises(errors.LedgerRefused, match="schema"):  # it is empty, which it now sees
        await starting
