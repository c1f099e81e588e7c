"""`rpafabrik benefit realise`: enters what came true into the ledger."""

import uuid
from datetime import UTC, datetime

from rpafabrik_cli import ledgers
from rpafabrik_cli.processes import common
from rpafabrik_platform import realising
from rpafabrik_platform.activities import calls
from rpafabrik_platform.ledger import errors


def run(ledger: str, told: calls.Realising) -> calls.Realised:
    """Enter it; what stands then."""
    with common.refusing(errors.LedgerRefused):
        entry = realising.realising(told, str(uuid.uuid4()), datetime.now(UTC))
        with ledgers.opened(ledger) as opened:
            return realising.realised(opened.realise(entry))
