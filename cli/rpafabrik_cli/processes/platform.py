"""`rpafabrik platform` and `rpafabrik ledger migrate`."""

from dataclasses import dataclass, field
from pathlib import Path

from rpafabrik_cli.processes import common
from rpafabrik_platform.activities import status
from rpafabrik_platform.ledger import errors, store
from rpafabrik_platform.worker import PlatformSettings, run_platform


@dataclass(frozen=True, slots=True)
class Cluster:
    """The cluster whose resources are told how their runs go."""

    kubeconfig: Path | None


@dataclass(frozen=True, slots=True)
class Platform:
    """What it writes to."""

    ledger: str = field(repr=False)
    """URL; it may hold a password."""
    cluster: Cluster | None
    drain_seconds: int


def run(settings: common.Common, platform: Platform) -> None:
    """Run the platform worker."""
    with common.refusing(errors.LedgerRefused):
        common.run(settings, _run(settings, platform))


async def _run(settings: common.Common, platform: Platform) -> None:
    told = PlatformSettings(
        process=settings.process("platform", platform.drain_seconds), ledger=platform.ledger
    )
    if platform.cluster is None:
        await run_platform(told, status.NoResources())
        return
    # Kubernetes' client is large, and on a laptop it need not be there.
    from rpafabrik_platform import kubernetes_status  # noqa: PLC0415 # see above

    async with kubernetes_status.connected(platform.cluster.kubeconfig) as reporter:
        await run_platform(told, reporter)


def migrate(ledger: str) -> None:
    """Bring the ledger to the schema of this version."""
    with common.refusing(errors.LedgerError):
        store.migrate(ledger)
