"""Results read well: rounded hours, outcomes that occur, and the same figures for programs."""

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from rpafabrik_api import contract
from rpafabrik_cli.dev import results
from rpafabrik_cli.dev.results import Ended, Where

NOON = datetime(2026, 1, 7, 12, 0, tzinfo=UTC)
SUMMARY = contract.RunSummary(
    run_id="jobrun/ekonomi/kassa-1/uid",
    result=contract.RunResult.SUCCEEDED,
    started_at=NOON,
    finished_at=NOON + timedelta(seconds=7.25),
    counts=contract.Counts(completed=132, business_exceptions=17),
    saved=contract.Saved(gross_seconds=21_687, net_seconds=21_000),
    job_saved=contract.Saved(gross_seconds=43_374, net_seconds=42_000),
    files=("ut/kassa.xlsx",),
)
DONE = Ended(
    namespace="ekonomi",
    job="kassa",
    run="kassa-1",
    result=contract.RunResult.SUCCEEDED,
    reason="Completed",
    message="",
    summary=SUMMARY,
)
FAILED = replace(
    DONE,
    result=contract.RunResult.FAILED,
    reason="SourceFailed",
    message="items.source: rapporter.csv, line 3: must be zero or more [and is not]",
    summary=replace(
        SUMMARY,
        result=contract.RunResult.FAILED,
        counts=contract.Counts(),
        saved=contract.Saved(),
        files=(),
    ),
)
WHERE = Where(temporal="127.0.0.1:7233", ui=None, ledger="l.db", logs="logs")


def shown(ended: Ended) -> list[str]:
    screen = io.StringIO()
    Console(file=screen, width=100).print(results.table(ended))
    return [line.rstrip() for line in screen.getvalue().splitlines()]


def test_a_run_is_shown_with_what_occurred_and_what_it_saved() -> None:
    assert shown(DONE) == [
        "ekonomi/kassa Succeeded",
        "Items                    149",
        "  Completed              132",
        "  Business exceptions    17",
        "Saved by this run        6.0 h gross, 5.8 h net",
        "Saved by the job in all  12.0 h gross, 11.7 h net",
        "Time taken               7.2 s",
    ]


def test_a_failed_run_says_why() -> None:
    assert shown(FAILED)[:3] == [
        "ekonomi/kassa Failed",
        "SourceFailed: items.source: rapporter.csv, line 3: must be zero or more [and is not]",
        "Items                    0",
    ]


def test_a_run_without_a_summary_says_at_least_why() -> None:
    ended = replace(FAILED, reason="Terminated", message="by hand", summary=None)

    assert shown(ended) == ["ekonomi/kassa Failed", "Terminated: by hand"]


def test_programs_get_the_same_figures() -> None:
    assert results.document([DONE], WHERE) == {
        "succeeded": True,
        "runs": [
            {
                "namespace": "ekonomi",
                "job": "kassa",
                "run": "kassa-1",
                "result": "Succeeded",
                "reason": "Completed",
                "message": "",
                "workflowId": "jobrun/ekonomi/kassa-1/uid",
                "startTime": "2026-01-07T12:00:00+00:00",
                "completionTime": "2026-01-07T12:00:07.250000+00:00",
                "seconds": 7.25,
                "items": {
                    "completed": 132,
                    "reviewed": 0,
                    "businessExceptions": 17,
                    "applicationExceptions": 0,
                    "skipped": 0,
                    "abandoned": 0,
                    "total": 149,
                },
                "saved": {
                    "grossSeconds": 21_687,
                    "netSeconds": 21_000,
                    "grossHours": "6.0",
                    "netHours": "5.8",
                },
                "jobSaved": {
                    "grossSeconds": 43_374,
                    "netSeconds": 42_000,
                    "grossHours": "12.0",
                    "netHours": "11.7",
                },
                "files": ["ut/kassa.xlsx"],
            }
        ],
        "temporal": "127.0.0.1:7233",
        "temporalUi": None,
        "ledger": "l.db",
        "logs": "logs",
    }


def test_one_failed_run_is_a_failure_of_all() -> None:
    assert results.document([DONE, FAILED], WHERE)["succeeded"] is False


@pytest.mark.parametrize(
    ("counts", "all_skipped"),
    [
        (contract.Counts(skipped=3), True),
        (contract.Counts(skipped=3, completed=1), False),
        (contract.Counts(), False),
    ],
)
def test_everything_skipped_is_known_as_such(
    counts: contract.Counts,
    *,
    all_skipped: bool,
) -> None:
    assert replace(DONE, summary=replace(SUMMARY, counts=counts)).all_skipped == all_skipped


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 s"),
        (7.25, "7.2 s"),
        (59.9, "59.9 s"),
        (65, "1 min 5 s"),
        (7_265, "2 h 1 min 5 s"),
    ],
)
def test_a_time_is_as_fine_as_it_is_short(seconds: float, text: str) -> None:
    assert results.duration(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0.0 h"), (179, "0.0 h"), (180, "0.1 h"), (24_480, "6.8 h")]
)
def test_hours_have_one_decimal_halves_up(seconds: int, text: str) -> None:
    assert results.hours(seconds) == text
