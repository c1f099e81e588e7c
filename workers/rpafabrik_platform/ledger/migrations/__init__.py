"""The ledger's schema through time: Alembic revisions, and the check that a database is current.

Revisions are written by hand, in `versions/`, and import nothing of `schema`: it moves on, they
do not.

The first digit of a revision is its generation. Within one, a revision only adds what a version
that does not know it need neither read nor write (a table, a column with a default), so that
version goes on with the ledger: until an upgrade has ended, and after it was rolled back. Any other
change begins the next generation, at 1001.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import command, config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from rpafabrik.logs import log
from rpafabrik_platform.ledger import errors

_POSTGRESQL_LOCK = 5_072_604_001
"""Any number, the same for ever: one process migrates at a time."""


def upgrade(connection: sa.Connection, revision: str = "head") -> None:
    """Bring the database to a schema (the current one), within the connection's transaction.

    One that is ahead, within the generation, stays as it is.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_POSTGRESQL_LOCK)))
    if _is_ahead(connection):
        return
    alembic = _config()
    alembic.attributes["connection"] = connection
    command.upgrade(alembic, revision)


def check(connection: sa.Connection) -> None:
    """Refuse a database whose schema is neither the current one nor ahead of it."""
    if _is_ahead(connection):
        return
    found = _revision(connection)
    if found != _scripts().get_current_head():
        state = "has no schema yet" if found is None else f"has the older schema {found}"
        raise errors.LedgerRefused(
            f"the ledger's database {state}: it must be migrated first,"
            " with `rpafabrik ledger migrate`"
        )


def _is_ahead(connection: sa.Connection) -> bool:
    """Whether a newer version has added to the schema; refuse one of another generation."""
    found, scripts = _revision(connection), _scripts()
    if found is None or found in {script.revision for script in scripts.walk_revisions()}:
        return False
    known = scripts.get_current_head() or ""
    if found[0] != known[0]:
        raise errors.LedgerRefused(
            f"the ledger's database has schema {found}, which this version of rpafabrik does not"
            " know: a newer version must be used"
        )
    log.warning("ledger_ahead", schema=found, known=known)
    return True


def _revision(connection: sa.Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> config.Config:
    alembic = config.Config()
    alembic.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return alembic


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())
