"""Fixtures of the faults: a PostgreSQL that crashes."""

from support.postgres_fixture import postgres, postgres_url  # noqa: F401 - fixtures are found by name
