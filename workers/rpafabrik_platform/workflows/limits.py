"""When failed items stop a run, and what a run's failures make of its result. Pure.

An application exception is a failure, and so is an item that somebody ended by hand. A business
exception is an answer, and a skipped item tells nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from rpafabrik_api import contract
from rpafabrik_api.reasons import Reason
from rpafabrik_platform.workflows import run_scope

_FAILURES = frozenset({contract.Outcome.APPLICATION_EXCEPTION, contract.Outcome.ABANDONED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What has ended, in the order of ending."""

    counts: contract.Counts = field(default_factory=contract.Counts)
    in_a_row: int = 0
    """Failures since the last item that went as it should."""
    stopped_because: str | None = None

    def after(self, outcomes: Iterable[contract.Outcome], limit: contract.FailureLimit) -> "Tally":
        """The tally once these have ended too; a stop lasts until it is lifted."""
        counts, in_a_row, stopped = self.counts, self.in_a_row, self.stopped_because
        for outcome in outcomes:
            counts = run_scope.counted(counts, outcome)
            if outcome in _FAILURES:
                in_a_row += 1
            elif outcome is not contract.Outcome.SKIPPED:
                in_a_row = 0
            if stopped is None and in_a_row == limit.consecutive:
                stopped = f"{in_a_row} items in a row failed; the run waits to be resumed"
        return Tally(counts=counts, in_a_row=in_a_row, stopped_because=stopped)

    def resumed(self) -> "Tally":
        """The tally once somebody has looked at the failures: they count no more."""
        return replace(self, in_a_row=0, stopped_because=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What a run's items make of it."""

    result: contract.RunResult
    reason: Reason
    message: str = ""


def ending(counts: contract.Counts, items: contract.Items | None) -> Ending:
    """How a run ends whose items have all ended."""
    failed = counts.application_exceptions + counts.abandoned
    begun = counts.total - counts.skipped
    if not failed:
        return Ending(result=contract.RunResult.SUCCEEDED, reason=Reason.COMPLETED)
    if items is None:
        message = "the run is the job's one item, and it failed"
        return Ending(result=contract.RunResult.FAILED, reason=Reason.ITEM_FAILED, message=message)
    told = f"{failed} of {begun} items failed"
    percent = items.failure_limit.percent
    if percent is not None and failed > _allowed(begun, percent):
        message = f"{told}, and items.failureLimit.percent allows {percent} %"
        reason = Reason.FAILURE_LIMIT_EXCEEDED
        return Ending(result=contract.RunResult.FAILED, reason=reason, message=message)
    return Ending(
        result=contract.RunResult.COMPLETED_WITH_ERRORS,
        reason=Reason.COMPLETED_WITH_ERRORS,
        message=told,
    )


def _allowed(begun: int, percent: int) -> int:
    """How many may fail: the percentage, and always one, unless that is all there is."""
    return max(begun * percent // 100, min(1, begun - 1))
