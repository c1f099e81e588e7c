"""The ledger's schema through time: Alembic revisions, and the check that a database is current.

Revisions are written by hand, in `versions/`, and import nothing of `schema`: it moves on, they
do not.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import command, config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from rpafabrik_platform.ledger import errors

_POSTGRESQL_LOCK = 5_072_604_001
"""Any number, the same for ever: one process migrates at a time."""


def upgrade(connection: sa.Connection, revision: str = "head") -> None:
    """Bring the database to a schema (the current one), within the connection's transaction."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_POSTGRESQL_LOCK)))
    _refuse_newer(connection)
    alembic = _config()
    alembic.attributes["connection"] = connection
    command.upgrade(alembic, revision)


def check(connection: sa.Connection) -> None:
    """Refuse a database whose schema is not the current one."""
    _refuse_newer(connection)
    found = _revision(connection)
    if found != _scripts().get_current_head():
        state = "has no schema yet" if found is None else f"has the older schema {found}"
        raise errors.LedgerRefused(
            f"the ledger's database {state}: it must be migrated first,"
            " with `rpafabrik ledger migrate`"
        )


def _refuse_newer(connection: sa.Connection) -> None:
    found = _revision(connection)
    if found is not None and found not in {
        script.revision for script in _scripts().walk_revisions()
    }:
        raise errors.LedgerRefused(
            f"the ledger's database has schema {found}, which this version of rpafabrik does not"
            " know: a newer version must be used"
        )


def _revision(connection: sa.Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> config.Config:
    alembic = config.Config()
    alembic.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return alembic


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())
