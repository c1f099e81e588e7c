"""A year of Västra Götalandsregionen's four jobs, through all that a run goes through.

Manifests, mapped by the operator's planning, become runs on a Temporal server whose clock jumps
from one working day to the next; a platform and a digital worker do them, and the ledger tells what
they saved. Items fail, are re-queued, are listed twice; runs fail and are made up for; jobs are
tried. The figures are the region's all the same.
"""

import functools
import json
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from temporalio.testing import WorkflowEnvironment
from typer.testing import CliRunner

from rpafabrik import connection
from rpafabrik_api import contract, reports
from rpafabrik_cli import main
from support import process
from year import driver, story, working_days

pytestmark = pytest.mark.long(90)

HOUR = 3_600
CENTRE_DAYS = 149 * 250
YEARS = {
    story.REMINDERS: (25_000, Fraction("302.4")),
    story.CASH: (CENTRE_DAYS, Fraction(1_700 * HOUR, CENTRE_DAYS)),
    story.INCOME: (52, Fraction("10.5") * HOUR),
    story.SUPPLIERS: (250, Fraction(24 * 60)),
}
"""What counts in a year, and what one of it takes by hand in seconds: the region's own figures."""
HOURS = {
    story.REMINDERS: 2_100,
    story.CASH: 1_700,
    story.INCOME: 546,
    story.SUPPLIERS: 100,
}
BY_HAND = {
    # Five of a hundred stood in the next morning's list too, and were done by then.
    (story.REMINDERS, contract.Purpose.BACKFILL): (28_728, 95, 10),
    (story.REMINDERS, contract.Purpose.ON_DEMAND): (0, 0, 106),
    (story.REMINDERS, contract.Purpose.SHADOW): (0, 105, 0),
    (story.REMINDERS, contract.Purpose.DRY_RUN): (0, 105, 0),
    (story.CASH, contract.Purpose.BACKFILL): (24_480, 162, 0),
    # One centre whose only register had failed in the morning; and one run for nothing.
    (story.CASH, contract.Purpose.ON_DEMAND): (164, 1, 326),
    (story.CASH, contract.Purpose.SHADOW): (0, 162, 0),
    # The week of the day that it makes up for had its run on Friday morning.
    (story.INCOME, contract.Purpose.BACKFILL): (0, 2, 0),
    (story.INCOME, contract.Purpose.ON_DEMAND): (0, 0, 2),
    (story.INCOME, contract.Purpose.DRY_RUN): (0, 2, 0),
    (story.SUPPLIERS, contract.Purpose.BACKFILL): (1_440, 12, 0),
    (story.SUPPLIERS, contract.Purpose.ON_DEMAND): (0, 0, 12),
    (story.SUPPLIERS, contract.Purpose.SHADOW): (0, 12, 0),
    (story.SUPPLIERS, contract.Purpose.DRY_RUN): (0, 12, 0),
}
"""Of the runs that people started: seconds saved, items completed, items skipped."""


def test_volumes_and_times_by_hand_give_the_hours_that_the_region_tells() -> None:
    assert {job: count * each for job, (count, each) in YEARS.items()} == {
        job: hours * HOUR for job, hours in HOURS.items()
    }
    assert sum(HOURS.values()) == 4_446


def test_working_days_are_as_many_as_the_region_counts_with() -> None:
    assert len(working_days.DAYS) == 250
    assert len({day.isocalendar()[:2] for day in working_days.DAYS}) == 52
    told = {*story.ITEMS_AWAY, *story.RETRIES, *(extra.day for extra in story.EXTRAS)}
    assert told.union(*story.JOB_AWAY.values()) <= {*working_days.DAYS}


def test_jobs_can_be_applied_and_the_digital_worker_can_do_them() -> None:
    told = said("validate", str(driver.MANIFESTS), "--worker", "ekonomi=year.robot")

    assert told.startswith("4 WorkerJobs in 4 files: all is well")


@pytest.mark.server
@pytest.mark.timeout(600)
async def test_year_saves_what_the_region_says_to_the_second(tmp_path: Path) -> None:
    ledger = f"sqlite:///{tmp_path}/ledger.db"

    ended = await lived(tmp_path, ledger)

    by_job, in_all = reported(ledger)
    assert by_job == {
        job: (count, HOURS[job] * HOUR, HOURS[job]) for job, (count, _) in YEARS.items()
    }
    assert in_all == (CENTRE_DAYS + 25_302, 4_446 * HOUR, 4_446)
    assert shown_at_last(ended) == {job: f"{hours}.0" for job, hours in HOURS.items()}
    assert failed(ended) == {
        **{(job, day): "SourceFailed" for job, days in story.JOB_AWAY.items() for day in days},
        (story.REMINDERS, story.TOO_MANY_AWAY): "FailureLimitExceeded",
    }
    assert by_hand(ended) == BY_HAND
    assert mailed(tmp_path / "outbox") == (25_000, 25_000)


async def lived(folder: Path, ledger: str) -> list[driver.Ended]:
    """How the year's runs ended."""
    async with await WorkflowEnvironment.start_time_skipping(
        test_server_existing_path=process.find("temporal-test-server")
    ) as environment:
        address = environment.client.service_client.config.target_host
        year = driver.Year(
            environment=environment,
            # This one leaves the clock alone, which the environment's own lets jump at each wait.
            client=await connection.connect(
                connection.settings(address=address, namespace="default")
            ),
            jobs=driver.jobs(),
            retry=functools.partial(retried, ledger),
        )
        with driver.processes(address, ledger, folder):
            await year.live()
    return year.ended


def retried(ledger: str, job: str) -> None:
    """Re-queue what failed because a system was away."""
    because = ["--code", "SystemAway", "--because", "systemet svarar igen", "--by", "driften"]
    said("items", "retry", job, *because, "--ledger", ledger)


Figures = tuple[int, int, float]
"""What counts, its seconds, its hours."""


def reported(ledger: str) -> tuple[dict[str, Figures], Figures]:
    """The year's figures by job, and in all, as a manager asks for them."""
    span = ["--from", f"{working_days.YEAR}-01-01", "--to", f"{working_days.YEAR}-12-31"]
    told = json.loads(said("report", "--by", "job", *span, "-o", "json", "--ledger", ledger))
    return {line["job"]: _figures(line) for line in told["lines"]}, _figures(told["total"])


def _figures(line: dict[str, Any]) -> Figures:
    units = sum(part["units"] for part in line["baselines"])
    return units, line["exact_seconds"]["gross"], line["gross_hours"]


def shown_at_last(ended: list[driver.Ended]) -> dict[str, str]:
    """The hours that `kubectl get workerjobs` shows when the year is over."""
    return {one.job: reports.saved(one.summary.job_saved).hours for one in ended}


def failed(ended: list[driver.Ended]) -> dict[tuple[str, date], str]:
    """Why runs failed, by job and day."""
    return {
        (one.job, one.day): one.summary.reason for one in ended if not one.summary.result.successful
    }


def by_hand(
    ended: list[driver.Ended],
) -> dict[tuple[str, contract.Purpose | None], tuple[int, int, int]]:
    """What became of the runs that people started, as `BY_HAND` tells it."""
    found: dict[tuple[str, contract.Purpose | None], tuple[int, int, int]] = {}
    for one in ended:
        summary = one.summary
        if summary.purpose is contract.Purpose.SCHEDULED:
            continue
        key = one.job, summary.purpose
        saved, completed, skipped = found.get(key, (0, 0, 0))
        found[key] = (
            saved + summary.saved.gross_seconds,
            completed + summary.counts.completed,
            skipped + summary.counts.skipped,
        )
    return found


def mailed(outbox: Path) -> tuple[int, int]:
    """How many invoices were answered, and how many mails left."""
    lines = outbox.read_text().splitlines()
    keys, invoices = zip(*(line.split()[:2] for line in lines), strict=True)
    return len({*invoices}), len({*keys})


def said(*words: str) -> str:
    result = CliRunner().invoke(main.app, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout
