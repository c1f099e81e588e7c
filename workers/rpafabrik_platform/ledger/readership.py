"""Who of several platforms reads the ledger for all: whoever holds a lock of the database's own.

The lock lasts as long as the connection that took it, so it is free as soon as its holder is gone.
"""

import contextlib

import sqlalchemy as sa

from rpafabrik_platform.ledger import database, errors

_LOCK = 0x7270_6661_6272_696B  # "rpfabrik"


class Readership:
    """Takes the lock when it can, and keeps it. Only one thread at a time may ask."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._place = database.place(engine.url)
        self._holding: sa.Connection | None = None

    def held(self) -> bool:
        """Whether this process reads for all."""
        if self._engine.dialect.name == "sqlite":  # a file has one platform
            return True
        if self._holding is not None and _alive(self._holding):
            return True
        self.release()
        with errors.translated(self._place):
            connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            if connection.scalar(sa.select(sa.func.pg_try_advisory_lock(_LOCK))):
                self._holding = connection
                return True
            connection.close()
            return False

    def release(self) -> None:
        """Let another read."""
        if self._holding is None:
            return
        connection, self._holding = self._holding, None
        # Not back into the pool, where it would keep the lock.
        with contextlib.suppress(sa.exc.DBAPIError):
            connection.invalidate()
            connection.close()


def _alive(connection: sa.Connection) -> bool:
    try:
        connection.scalar(sa.select(1))
    except sa.exc.DBAPIError:
        return False
    return True
