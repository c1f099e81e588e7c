"""Every test finds logging as it was: who configures it in a test does so for that test alone."""

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    # Else logging believes it captures still, though pytest gave `warnings` back its own.
    logging.captureWarnings(capture=False)
