"""What a line of the log holds, and what it never holds."""

import dataclasses
import io
import json
import logging
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment

import rpafabrik
from rpafabrik import logs
from rpafabrik_api import names

CASE = names.case_id("ekonomi", "kassaavstamning", "uid-1", "VC1/2026-01-02")

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Lines:
    stream = io.StringIO()
    logs.configure(json=True, stream=stream)
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def without_time(line: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in line.items() if key != "timestamp"}


def test_line_is_an_event_and_its_values(lines: Lines) -> None:
    rpafabrik.log.info("deposits_read", rows=3)

    [line] = lines()
    assert without_time(line) == {
        "event": "deposits_read",
        "level": "info",
        "logger": "rpafabrik",
        "rows": 3,
    }


def test_line_for_people_is_event_key_value() -> None:
    stream = io.StringIO()
    logs.configure(json=False, stream=stream)

    rpafabrik.log.info("deposits_read", rows=3, to="a@example.com")

    assert stream.getvalue().split()[1:] == [
        *("[info", "]", "deposits_read", "[rpafabrik]", "rows=3", "to=[email]")
    ]


def test_line_of_an_activity_tells_job_step_and_attempt(lines: Lines) -> None:
    environment = ActivityEnvironment()
    environment.info = dataclasses.replace(
        environment.info,
        activity_id="betalningar",
        activity_type="fetch_payments",
        attempt=2,
        workflow_id=CASE,
    )

    environment.run(lambda: rpafabrik.log.info("started"))

    [line] = lines()
    assert without_time(line) == {
        "activity": "fetch_payments",
        "attempt": 2,
        "event": "started",
        "job": "ekonomi/kassaavstamning",
        "level": "info",
        "logger": "rpafabrik",
        "step": "betalningar",
        "workflow_id": CASE,
    }


def test_every_value_of_every_line_is_masked(lines: Lines) -> None:
    rpafabrik.log.bind(who="19121212-1212").warning(
        "mail to a@example.com", tried=["121212-1212"], number=191212121212
    )
    rpafabrik.log.info("for %s", "a@example.com")

    first, second = lines()
    assert (first["event"], first["who"], first["tried"], first["number"]) == (
        "mail to [email]",
        "[personnummer]",
        ["[personnummer]"],
        "[personnummer]",
    )
    assert second["event"] == "for [email]"


def test_exception_is_masked_with_its_causes_and_notes(lines: Lines) -> None:
    try:
        try:
            raise KeyError("19121212-1212")  # noqa: TRY301 - it is the cause under test
        except KeyError as cause:
            error = RuntimeError("no answer for a@example.com")
            error.add_note("seen by 121212-1212")
            raise error from cause
    except RuntimeError:
        rpafabrik.log.exception("failed")

    [line] = lines()
    assert "KeyError: '[personnummer]'" in line["exception"]
    assert "RuntimeError: no answer for [email]\nseen by [personnummer]" in line["exception"]


def test_lines_of_other_libraries_go_the_same_way(lines: Lines) -> None:
    logging.getLogger("temporalio.worker").warning("failed for %s", "a@example.com")

    [line] = lines()
    assert without_time(line) == {
        "event": "failed for [email]",
        "level": "warning",
        "logger": "temporalio.worker",
    }


def test_warnings_go_the_same_way(lines: Lines) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=True)
        warnings.warn("old way, a@example.com", stacklevel=1)

    [line] = lines()
    assert line["logger"] == "py.warnings"
    assert "old way, [email]" in line["event"]


def test_temporal_never_logs_payloads_even_at_debug() -> None:
    stream = io.StringIO()
    logs.configure(json=True, level="DEBUG", stream=stream)

    logging.getLogger("temporalio.worker._activity").debug("Completing with %s", {"item": 1})
    rpafabrik.log.debug("seen")

    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["seen"]


def test_line_is_masked_before_logging_is_configured(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        rpafabrik.log.info("mail", to="a@example.com")

    assert "a@example.com" not in caplog.text
    assert "[email]" in caplog.text
