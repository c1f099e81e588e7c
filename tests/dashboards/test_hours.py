"""The hours on the managers' board are the ledger's, to the second."""

import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from rpafabrik_platform import benefit, exposition, reading
from rpafabrik_platform.ledger import store
from rpafabrik_platform.ledger.lines import Dimension
from support import board_queries, desk
from support.desk import CASH, INCOME, REMINDERS, Desk
from support.monitoring import Monitoring
from support.prometheus_fixture import Watch

pytestmark = pytest.mark.server

TODAY = datetime.now(reading.ZONE).date()
JANUARY = TODAY.replace(month=1, day=1)
DAYS = [TODAY - timedelta(days=9 * number) for number in range(60)]
MOVED = replace(REMINDERS, department="Servicenämnden")


class Exported(Collector):
    """What the platform tells of a ledger."""

    def __init__(self, ledger: store.Ledger) -> None:
        self._text = exposition.text(ledger.export(TODAY), 0.1, time.time()).decode()

    def collect(self) -> Iterator[Family]:
        yield from text_string_to_metric_families(self._text)


@pytest.fixture
def worked(tmp_path: Path) -> Iterator[Desk]:
    """Runs of a year and a half, of which one job has moved to another department."""
    with store.open_ledger(f"sqlite:///{tmp_path}/ledger.db") as ledger:
        made = Desk(ledger)
        for number, day in enumerate(DAYS):
            noon = datetime.combine(day, datetime.min.time(), reading.ZONE) + timedelta(hours=12)
            seen = desk.ended(f"seen-{number}", noon, person_seconds=97)
            made.run(MOVED if number < 20 else REMINDERS, day, f"a-{number}", f"b-{number}", seen)
            made.run(CASH, day, f"VC1/{number}", f"VC2/{number}")
            made.run(INCOME, day, f"w-{number}")
        yield made


@pytest.fixture
def watched(watch: Watch, worked: Desk) -> Iterator[Monitoring]:
    told = CollectorRegistry(auto_describe=False)
    told.register(Exported(worked.ledger))
    with board_queries.watched_twice(watch, told) as server:
        yield server


def shown(server: Monitoring, title: str, query: int = 0) -> dict[str, int]:
    """The seconds on a panel, by what its series are called."""
    told = board_queries.answered(server, board_queries.of(title)[query])
    return {"".join(labels.values()): round(hours * 3600) for labels, hours in told}


def test_this_year_is_what_the_report_says(watched: Monitoring, worked: Desk) -> None:
    lines = worked.report(Dimension.DEPARTMENT, Dimension.JOB, first=JANUARY).lines

    gross, net = (shown(watched, f"{one} i år (timmar)") for one in ("Brutto", "Netto"))

    expected = sum(benefit.half_up(line.gross) for line in lines)
    assert gross == {"": expected}
    assert net == {"": expected - sum(line.person_seconds for line in lines)}


def test_departments_have_what_was_saved_for_them(watched: Monitoring, worked: Desk) -> None:
    expected: dict[str, int] = defaultdict(int)
    for line in worked.report(Dimension.DEPARTMENT, Dimension.JOB, first=JANUARY).lines:
        expected[str(line.key["department"])] += benefit.half_up(line.gross) - line.person_seconds

    told = shown(watched, "Timmar i år per förvaltning")

    assert told == expected
    assert told.keys() == {"Personal", "Regionservice ekonomi", "Servicenämnden"}


def test_a_job_that_has_moved_keeps_all_its_hours(watched: Monitoring, worked: Desk) -> None:
    told = board_queries.answered(
        watched, *board_queries.of("De tio processer som sparar mest i år (timmar netto)")
    )

    expected = {
        str(line.key["job"]): benefit.half_up(line.gross) - line.person_seconds
        for line in worked.report(Dimension.JOB, first=JANUARY).lines
    }
    found = {labels["job"]: hours * 3600 for labels, hours in told}
    # Two departments' sums are rounded one by one.
    assert found == pytest.approx(expected, abs=1)


def test_months_are_what_the_report_says_and_weeks_of_work_have_bars(
    watched: Monitoring, worked: Desk
) -> None:
    months, weeks = (shown(watched, f"Timmar per {span}") for span in ("månad", "vecka"))

    this_month = f"{TODAY:%Y-%m}"
    lines = worked.report(Dimension.DEPARTMENT, first=TODAY.replace(day=1)).lines
    assert months[this_month] == sum(benefit.half_up(line.gross) for line in lines)
    monday = TODAY - timedelta(weeks=25, days=TODAY.weekday())
    assert weeks.keys() == {f"{day:%G v. %V}" for day in DAYS if day >= monday}
