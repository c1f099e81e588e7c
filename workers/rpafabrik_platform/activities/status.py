"""The platform's activities that tell resources how a run goes; where to is the reporter's.

A report that is lost is no loss: the operator's resync reads the same from Temporal.
"""

from collections.abc import Callable
from typing import Any, Protocol

from temporalio import activity

from rpafabrik_platform.activities import calls


class StatusReporter(Protocol):
    """Writes reports into the status of resources; safe to repeat, and raises to be tried again."""

    async def report_progress(self, report: calls.ProgressReport) -> None:
        """Show how far a run has come; a resource that is gone is no error."""

    async def report_stop(self, report: calls.StopReport) -> None:
        """Show that a run waits to be resumed, or no more; on the run and on its job."""

    async def report_run(self, report: calls.RunReport) -> None:
        """Show how a run ended, on the run and on its job; those that are gone are no error."""


class NoResources:
    """The reporter where there are no resources: `rpafabrik dev` asks the workflows themselves."""

    async def report_progress(self, report: calls.ProgressReport) -> None:
        """Nobody to tell."""

    async def report_stop(self, report: calls.StopReport) -> None:
        """Nobody to tell."""

    async def report_run(self, report: calls.RunReport) -> None:
        """Nobody to tell."""


class StatusActivities:
    """Activities that share one reporter."""

    def __init__(self, reporter: StatusReporter) -> None:
        self._reporter = reporter

    @activity.defn(name=calls.REPORT_PROGRESS)
    async def report_progress(self, report: calls.ProgressReport) -> None:
        """Tell how far a run has come."""
        await self._reporter.report_progress(report)

    @activity.defn(name=calls.REPORT_STOP)
    async def report_stop(self, report: calls.StopReport) -> None:
        """Tell that a run stopped, or that it goes on."""
        await self._reporter.report_stop(report)

    @activity.defn(name=calls.REPORT_RUN)
    async def report_run(self, report: calls.RunReport) -> None:
        """Tell how a run ended."""
        await self._reporter.report_run(report)

    @property
    def all(self) -> tuple[Callable[..., Any], ...]:
        """What a worker registers."""
        return (self.report_progress, self.report_stop, self.report_run)
