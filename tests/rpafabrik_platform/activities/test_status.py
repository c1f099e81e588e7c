"""What resources are told of runs."""

from datetime import UTC, datetime

from rpafabrik_api import contract
from rpafabrik_platform.activities import calls
from rpafabrik_platform.activities.status import StatusActivities
from support.reporters import RememberingReporter

ABOUT = calls.Reported(namespace="test", job="job", job_uid="u", run_id="run/1", run="monday")
AT = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


async def test_reports_reach_the_reporter_as_they_are() -> None:
    reporter = RememberingReporter()
    activities = StatusActivities(reporter)
    progress = calls.ProgressReport(
        about=ABOUT,
        progress=contract.Progress(counts=contract.Counts(), listed=0, listing_done=False),
    )
    summary = contract.RunSummary(
        run_id="run/1", result=contract.RunResult.SUCCEEDED, started_at=AT, finished_at=AT
    )
    ended = calls.RunReport(about=ABOUT, summary=summary)

    await activities.report_progress(progress)
    await activities.report_run(ended)

    assert (reporter.progress, reporter.runs) == ([progress], [ended])
