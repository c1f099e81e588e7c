"""Fixtures: the PostgreSQL that the ledger of the example lies in."""

from support.postgres_fixture import postgres  # noqa: F401 - fixtures are found by name
