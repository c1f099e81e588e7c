"""`rpafabrik platform` and `rpafabrik ledger migrate`."""

from rpafabrik_cli.processes import common
from rpafabrik_platform.activities import status
from rpafabrik_platform.ledger import errors, store
from rpafabrik_platform.worker import PlatformSettings, run_platform


def run(settings: common.Common, ledger: str, drain_seconds: int) -> None:
    """Run the platform worker."""
    told = PlatformSettings(process=settings.process(drain_seconds), ledger=ledger)
    with common.refusing(errors.LedgerRefused):
        common.run(settings, run_platform(told, status.NoResources()))


def migrate(ledger: str) -> None:
    """Bring the ledger to the schema of this version."""
    with common.refusing(errors.LedgerError):
        store.migrate(ledger)
