"""What people do with dead letters, straight in a factory's ledger."""

import json
from datetime import UTC, datetime
from typing import Any

from rpafabrik_platform.ledger import entries, store
from support import jobs
from support.factory import Factory


def requeue(factory: Factory, *references: str) -> entries.Requeued:
    with store.open_ledger(factory.ledger) as ledger:
        return ledger.requeue(
            entries.Requeue(
                job_uid=jobs.UID,
                by="driften",
                because="lagat",
                at=datetime.now(UTC),
                references=references,
            )
        )


def mend(factory: Factory, name: str, **changed: Any) -> dict[str, Any]:
    """Let the kept item end well the next time, as a system that was mended would."""
    item = {**jobs.item(name), **changed}
    with store.open_ledger(factory.ledger) as ledger, ledger._transaction() as connection:
        connection.exec_driver_sql(
            "UPDATE payloads SET payload = ? WHERE reference = ?", (json.dumps(item), name)
        )
    return item
