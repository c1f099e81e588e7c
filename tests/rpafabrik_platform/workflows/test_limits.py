"""When failures stop a run, and what they make of its result."""

import hypothesis
import pytest
from hypothesis import strategies as st

from rpafabrik_api import contract
from rpafabrik_api.contract import Outcome, RunResult
from rpafabrik_api.reasons import Reason
from rpafabrik_platform.workflows import limits
from support import jobs

WELL, REVIEWED, REFUSED = Outcome.COMPLETED, Outcome.REVIEWED, Outcome.BUSINESS_EXCEPTION
FAILED, ABANDONED, SKIPPED = Outcome.APPLICATION_EXCEPTION, Outcome.ABANDONED, Outcome.SKIPPED
THREE = contract.FailureLimit(consecutive=3)


def items(percent: int | None = None) -> contract.Items:
    return contract.Items(
        source=jobs.SOURCE,
        reference="item.id",
        failure_limit=contract.FailureLimit(percent=percent),
    )


@pytest.mark.parametrize(
    ("outcomes", "in_a_row", "stopped"),
    [
        ([], 0, False),
        ([FAILED, FAILED], 2, False),
        ([FAILED, FAILED, FAILED], 3, True),
        ([FAILED, ABANDONED, FAILED], 3, True),
        ([FAILED, FAILED, WELL, FAILED], 1, False),
        ([FAILED, FAILED, REVIEWED, FAILED], 1, False),
        ([FAILED, FAILED, REFUSED, FAILED], 1, False),
        ([FAILED, FAILED, SKIPPED, FAILED], 3, True),
        ([FAILED, FAILED, FAILED, WELL], 0, True),
    ],
)
def test_failures_in_a_row_stop_the_run(
    outcomes: list[Outcome], *, in_a_row: int, stopped: bool
) -> None:
    tally = limits.Tally().after(outcomes, THREE)

    message = "3 items in a row failed; the run waits to be resumed" if stopped else None
    assert (tally.in_a_row, tally.stopped_because) == (in_a_row, message)


def test_without_a_limit_nothing_stops_the_run() -> None:
    tally = limits.Tally().after([FAILED] * 1_000, contract.FailureLimit())

    assert tally.stopped_because is None


def test_run_that_is_resumed_counts_anew_and_stops_again() -> None:
    stopped = limits.Tally().after([FAILED] * 4, THREE)

    resumed = stopped.resumed()

    assert (resumed.in_a_row, resumed.stopped_because) == (0, None)
    assert resumed.counts == contract.Counts(application_exceptions=4)
    assert resumed.after([FAILED] * 2, THREE).stopped_because is None
    assert resumed.after([FAILED] * 3, THREE).stopped_because is not None


@hypothesis.given(st.lists(st.sampled_from(list(Outcome))), st.integers(0, 50), st.integers(1, 5))
def test_outcomes_told_together_count_as_one_by_one(
    outcomes: list[Outcome], cut: int, consecutive: int
) -> None:
    limit = contract.FailureLimit(consecutive=consecutive)
    one_by_one = limits.Tally()
    for outcome in outcomes:
        one_by_one = one_by_one.after([outcome], limit)

    together = limits.Tally().after(outcomes[:cut], limit).after(outcomes[cut:], limit)

    assert together == one_by_one
    assert together.counts.total == len(outcomes)


@pytest.mark.parametrize(
    ("counts", "percent", "result", "message"),
    [
        (contract.Counts(), 10, RunResult.SUCCEEDED, ""),
        (contract.Counts(completed=9, business_exceptions=9), 10, RunResult.SUCCEEDED, ""),
        (
            contract.Counts(completed=90, application_exceptions=10),
            None,
            RunResult.COMPLETED_WITH_ERRORS,
            "10 of 100 items failed",
        ),
        (
            contract.Counts(completed=90, application_exceptions=9, abandoned=1),
            10,
            RunResult.COMPLETED_WITH_ERRORS,
            "10 of 100 items failed",
        ),
        (
            contract.Counts(completed=89, application_exceptions=11),
            10,
            RunResult.FAILED,
            "11 of 100 items failed, and items.failureLimit.percent allows 10 %",
        ),
        (
            contract.Counts(completed=8, skipped=900, application_exceptions=2),
            10,
            RunResult.FAILED,
            "2 of 10 items failed, and items.failureLimit.percent allows 10 %",
        ),
        (
            contract.Counts(completed=2, application_exceptions=1),
            10,
            RunResult.COMPLETED_WITH_ERRORS,
            "1 of 3 items failed",
        ),
        (
            contract.Counts(skipped=5, application_exceptions=1),
            10,
            RunResult.FAILED,
            "1 of 1 items failed, and items.failureLimit.percent allows 10 %",
        ),
        (
            contract.Counts(application_exceptions=7),
            100,
            RunResult.COMPLETED_WITH_ERRORS,
            "7 of 7 items failed",
        ),
    ],
)
def test_result_by_the_share_that_failed(
    counts: contract.Counts, percent: int | None, result: RunResult, message: str
) -> None:
    reasons = {
        RunResult.SUCCEEDED: Reason.COMPLETED,
        RunResult.COMPLETED_WITH_ERRORS: Reason.COMPLETED_WITH_ERRORS,
        RunResult.FAILED: Reason.FAILURE_LIMIT_EXCEEDED,
    }

    ended = limits.ending(counts, items(percent))

    assert ended == limits.Ending(result=result, reason=reasons[result], message=message)


def test_run_that_is_its_own_item_fails_with_it() -> None:
    ended = limits.ending(contract.Counts(application_exceptions=1), None)

    assert (ended.result, ended.reason) == (RunResult.FAILED, Reason.ITEM_FAILED)
