"""Structured logging for digital workers: every line masked, no line with item data bound to it.

`log` works anywhere; `configure` decides once per process how lines look.
"""

import structlog

log: structlog.stdlib.BoundLogger = structlog.get_logger("rpafabrik")
"""The logger of digital workers: `log.info("deposit_found", rows=3)`."""
