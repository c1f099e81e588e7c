"""The ways of showing a report. Imports nothing that is slow."""

from enum import StrEnum


class Format(StrEnum):
    """How a report is shown."""

    TABLE = "table"
    CSV = "csv"
    EXCEL = "excel"
    JSON = "json"
