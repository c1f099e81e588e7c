"""What Prometheus is told, against the report of the same ledger and figures reckoned by hand."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from rpafabrik_api import contract, telemetry
from rpafabrik_platform import benefit, exposition, report
from rpafabrik_platform.ledger import entries, store
from rpafabrik_platform.ledger.lines import Dimension
from rpafabrik_platform.ledger.scope import Scope
from support import desk as desks
from support import ledger_entries
from support.desk import CASH, INCOME, INVOICES, REMINDERS, Desk

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
JOB = {"namespace": "ekonomi", "job": "paminnelser", "department": "Regionservice ekonomi"}
SHARE = benefit.gross([benefit.Group(manual_seconds=7_560_000, per=25_000, units=1)])


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    url = f"sqlite:///{tmp_path}/ledger.db"
    if request.param == "postgresql":
        url = str(request.getfixturevalue("postgres_url"))
        store.migrate(url)
    with store.open_ledger(url) as ledger:
        yield Desk(ledger)


class Told:
    """The samples of a scrape."""

    def __init__(self, ledger: store.Ledger, today: date = TODAY) -> None:
        self.text = exposition.text(ledger.export(today), 0.5, NOW.timestamp())
        families = text_string_to_metric_families(self.text.decode())
        self.samples = [sample for family in families for sample in family.samples]

    def __call__(self, metric: telemetry.Metric, **labels: str) -> dict[tuple[str, ...], float]:
        """Values by the labels that were not asked for."""
        return {
            tuple(one.labels[name] for name in metric.labels if name not in labels): one.value
            for one in self.samples
            if one.name == metric.name and labels.items() <= one.labels.items()
        }


def test_every_sample_is_of_a_metric_that_is_named_and_has_its_labels(desk: Desk) -> None:
    desk.run(REMINDERS, TODAY, "a")
    desk.ledger.realise(realising())

    named = {metric.name: set(metric.labels) for metric in telemetry.METRICS}
    ours = {one.name: set(one.labels) for one in Told(desk.ledger).samples}

    assert ours == {name: named[name] for name in ours}
    assert {one.name for one in telemetry.METRICS if one.source is telemetry.Source.LEDGER} - {
        *ours
    } == {
        # For jobs that say so, as others here do.
        telemetry.AUTOMATION_TARGET_RATIO.name,
        telemetry.LEAD_TIME_TARGET.name,
        telemetry.ON_TIME_RATIO.name,
        telemetry.PLANNED_SECONDS.name,
        telemetry.VOLUME_DEVIATION.name,
        # For jobs that have had five runs.
        telemetry.SUCCESS_RATIO.name,
        # And for those that people are asked about.
        telemetry.HUMAN_TASKS_OPEN.name,
    }


@pytest.mark.parametrize("today", [TODAY, date(2026, 1, 3), date(2027, 1, 1)])
def test_saved_time_is_what_the_report_says_of_the_same_days(desk: Desk, today: date) -> None:
    for number in range(60):
        day = date(2025, 12, 15) + timedelta(days=number * 6)
        desk.run(REMINDERS, day, *(f"F-{number}-{one}" for one in range(number % 7)))
        desk.run(CASH, day, f"VC1/{number}", f"VC2/{number}", result=_result(number))
        desk.run(INCOME, day, f"w{number}")
        desk.run(INVOICES, day, f"r{number}")

    told = Told(desk.ledger, today)

    assert told(telemetry.SAVED_SECONDS, measure="gross") == reported(desk)
    month = today.replace(day=1)
    before = (month - timedelta(days=1)).replace(day=1)
    spans: dict[telemetry.Period, tuple[date, date | None]] = {
        telemetry.Period.MONTH_TO_DATE: (month, None),
        telemetry.Period.PREVIOUS_MONTH: (before, month - timedelta(days=1)),
        telemetry.Period.YEAR_TO_DATE: (today.replace(month=1, day=1), None),
    }
    for period, span in spans.items():
        found = told(telemetry.PERIOD_SAVED_SECONDS, measure="gross", period=period)
        assert {key: value for key, value in found.items() if value} == reported(desk, *span)


def reported(
    desk: Desk, first: date | None = None, last: date | None = None
) -> dict[tuple[str, ...], float]:
    scope = Scope(first=first, last=last)
    answers = desk.ledger.answers((Dimension.DEPARTMENT, Dimension.JOB), scope, date(2027, 12, 31))
    return {
        (str(line.key["namespace"]), str(line.key["job"]), str(line.key["department"])): float(
            benefit.half_up(line.gross)
        )
        for line in report.of(answers).lines
        if line.gross
    }


def _result(number: int) -> contract.RunResult:
    return contract.RunResult.FAILED if number % 5 == 0 else contract.RunResult.SUCCEEDED


def test_months_and_weeks_have_each_their_figure_by_department(desk: Desk) -> None:
    old = desks.baseline(7_560_000, 25_000, since="2024-01-01")
    reminders = desks.job("paminnelser", contract.Basis.PER_ITEM, old)
    elsewhere = replace(reminders, department="Servicenämnden", uid="uid-2", name="annan")
    desk.run(reminders, date(2024, 11, 30), "too", "old")
    desk.run(reminders, date(2024, 12, 1), "a")
    desk.run(elsewhere, date(2026, 11, 15), "b", "c")
    desk.run(reminders, date(2026, 11, 16), "d", desks.ended("e", NOW, person_seconds=100))

    told = Told(desk.ledger)

    one, two = benefit.half_up(SHARE), benefit.half_up(2 * SHARE)
    assert told(telemetry.MONTH_SAVED_SECONDS, measure="gross") == {
        ("Regionservice ekonomi", "2024-12"): one,
        ("Regionservice ekonomi", "2026-11"): two,
        ("Servicenämnden", "2026-11"): two,
    }
    assert told(telemetry.WEEK_SAVED_SECONDS) == {
        ("Regionservice ekonomi", "gross", "2026-W47"): two,
        ("Regionservice ekonomi", "net", "2026-W47"): two - 100,
        ("Servicenämnden", "gross", "2026-W46"): two,
        ("Servicenämnden", "net", "2026-W46"): two,
    }


def test_items_and_runs_are_counted_and_what_never_came_is_0(desk: Desk) -> None:
    refused = desks.ended("b", NOW, contract.Outcome.BUSINESS_EXCEPTION)
    desk.run(REMINDERS, TODAY, "a", refused, skipped=3)
    desk.run(REMINDERS, TODAY, result=contract.RunResult.FAILED)
    desk.run(REMINDERS, TODAY, "t", purpose=contract.Purpose.SHADOW)
    desk.ledger.requeue(ledger_entries.requeue("b", job_uid=REMINDERS.uid))
    desk.run(REMINDERS, TODAY, "b")

    told = Told(desk.ledger)

    # The exception was, though it was made good.
    assert told(telemetry.ITEMS, **JOB) == {
        ("Completed",): 2,
        ("BusinessException",): 1,
        ("Skipped",): 3,
        ("Reviewed",): 0,
        ("ApplicationException",): 0,
        ("Abandoned",): 0,
    }
    assert told(telemetry.RUNS, **JOB) == {
        ("Succeeded",): 2,
        ("CompletedWithErrors",): 0,
        ("Failed",): 1,
        ("Cancelled",): 0,
    }
    assert told(telemetry.AUTOMATION_RATIO) == {tuple(JOB.values()): 1}


def test_targets_stand_beside_what_came_of_them(desk: Desk) -> None:
    targets = contract.Targets(
        hours_per_year=3_650, automation_rate_percent=85, lead_time_seconds=60
    )
    assert REMINDERS.benefit
    aimed = replace(REMINDERS, benefit=replace(REMINDERS.benefit, targets=targets))
    took = [(name, seconds) for name, seconds in [("a", 60), ("b", 61), ("c", 0), ("d", 59)]]
    desk.run(
        aimed,
        date(2026, 1, 1),
        *(
            desks.ended(name, NOW, arrived_at=NOW - timedelta(seconds=seconds))
            for name, seconds in took
        ),
        desks.ended("e", NOW, contract.Outcome.APPLICATION_EXCEPTION),
    )
    desk.ledger.realise(realising())

    told = Told(desk.ledger)

    assert told(telemetry.AUTOMATION_TARGET_RATIO) == {tuple(JOB.values()): 0.85}
    assert told(telemetry.AUTOMATION_RATIO) == {tuple(JOB.values()): 0.8}
    assert told(telemetry.LEAD_TIME_TARGET) == {tuple(JOB.values()): 60}
    assert told(telemetry.ON_TIME_RATIO) == {tuple(JOB.values()): 0.75}
    assert told(telemetry.PLANNED_SECONDS, **JOB) == {
        ("month_to_date",): 21 * 36_000,
        ("previous_month",): 31 * 36_000,
        ("year_to_date",): 325 * 36_000,
        ("year",): 365 * 36_000,
    }
    assert told(telemetry.REALISED_SECONDS, **JOB) == {
        ("month_to_date",): 7_200,
        ("year_to_date",): 7_200,
    }


def realising() -> entries.Realising:
    return entries.Realising(
        entry_id="1",
        namespace="ekonomi",
        job="paminnelser",
        month=date(2026, 11, 1),
        seconds=7_200,
        entered_at=NOW,
        entered_by="chef",
        because="tjänst",
    )


def test_what_was_saved_stays_with_its_department_and_the_job_goes_on_in_the_next(
    desk: Desk,
) -> None:
    desk.run(REMINDERS, date(2026, 11, 1), "a")
    desk.run(replace(REMINDERS, department="Ny nämnd"), date(2026, 11, 2), "b")

    told = Told(desk.ledger)

    one = benefit.half_up(SHARE)
    assert {
        key[2]: value for key, value in told(telemetry.SAVED_SECONDS, measure="net").items()
    } == {
        "Regionservice ekonomi": one,
        "Ny nämnd": one,
    }
    assert [key[2] for key in told(telemetry.LAST_RUN)] == ["Ny nämnd"]


def test_health_of_a_job_is_told(desk: Desk) -> None:
    desk.run(REMINDERS, date(2026, 11, 18), "a")
    for day in (19, 20):
        desk.run(REMINDERS, date(2026, 11, day), result=contract.RunResult.FAILED)
    under_way = entries.run(
        REMINDERS, "run/now", contract.Purpose.SCHEDULED, NOW - timedelta(minutes=5)
    )
    terminated = replace(under_way, run_id="run/terminated", started_at=NOW - timedelta(days=9))
    for run in (terminated, under_way):
        desk.ledger.open_run(run)

    told = Told(desk.ledger)

    job = tuple(JOB.values())
    assert told(telemetry.FAILED_RUNS) == {job: 2}
    success = datetime(2026, 11, 18, 12, tzinfo=UTC)
    assert told(telemetry.LAST_SUCCESS) == {job: success.timestamp()}
    assert told(telemetry.LAST_RUN) == {job: (NOW - timedelta(minutes=5)).timestamp()}
    assert told(telemetry.OLDEST_OPEN_ITEM) == {job: 300}


def test_success_rate_is_that_of_the_last_twenty_runs_from_the_fifth_on(desk: Desk) -> None:
    failed, cancelled = contract.RunResult.FAILED, contract.RunResult.CANCELLED
    ended = [failed, failed, failed, cancelled, *[contract.RunResult.SUCCEEDED] * 20, failed]
    rates = []
    for day, result in enumerate(ended):
        desk.run(REMINDERS, date(2026, 10, 1 + day), result=result)
        rates.append(Told(desk.ledger)(telemetry.SUCCESS_RATIO).get(tuple(JOB.values())))

    assert rates[3:6] == [None, None, 2 / 5]
    assert rates[-2:] == [1.0, 19 / 20]


def test_item_that_waits_for_the_next_run_is_open(desk: Desk) -> None:
    failed = desks.ended("a", NOW, contract.Outcome.APPLICATION_EXCEPTION, item={"id": "a"})
    desk.run(REMINDERS, TODAY, failed)
    an_hour_ago = NOW - timedelta(hours=1)
    desk.ledger.requeue(ledger_entries.requeue("a", job_uid=REMINDERS.uid, at=an_hour_ago))

    waits = Told(desk.ledger)
    desk.run(REMINDERS, TODAY, "a")
    done = Told(desk.ledger)

    assert waits(telemetry.OLDEST_OPEN_ITEM) == {tuple(JOB.values()): 3_600}
    assert done(telemetry.OLDEST_OPEN_ITEM) == {tuple(JOB.values()): 0}


def test_tasks_that_wait_for_people_are_told_by_job_and_group(desk: Desk) -> None:
    desk.run(REMINDERS, TODAY)
    desk.run(CASH, TODAY)
    desk.run(REMINDERS, TODAY, purpose=contract.Purpose.SHADOW)
    for number, (run_id, group) in enumerate(
        [
            ("run/1", "ekonomi"),
            ("run/1", "ekonomi"),
            ("run/1", "ekonomi"),
            ("run/1", "juridik"),
            ("run/2", "ekonomi"),
            ("run/3", "ekonomi"),
        ]
    ):
        desk.ledger.open_task(ledger_entries.task(f"task-{number}", run_id, group=group))
    desk.ledger.withdraw_task("task-0", NOW)
    desk.ledger.answer_task("task-1", ledger_entries.answer())

    told = Told(desk.ledger)

    assert told(telemetry.HUMAN_TASKS_OPEN) == {
        (*JOB.values(), "ekonomi"): 1,
        (*JOB.values(), "juridik"): 1,
        ("ekonomi", "kassa", "Regionservice ekonomi", "ekonomi"): 1,
    }


@pytest.mark.parametrize(
    ("listed", "least", "most", "told"),
    [(9, 10, 20, -1), (10, 10, 20, 0), (23, 10, 20, 3), (0, 10, None, -10), (5, None, 4, 1)],
)
def test_volume_beside_its_band_is_told(
    desk: Desk, listed: int, least: int | None, most: int | None, told: int
) -> None:
    desk.run(REMINDERS, TODAY)
    end = ledger_entries.ended("run/1", at=NOW)
    volume = contract.Volume(listed=listed, minimum=least, maximum=most)
    desk.ledger.close_run(replace(end, volume=volume))

    assert Told(desk.ledger)(telemetry.VOLUME_DEVIATION) == {tuple(JOB.values()): told}


def test_five_hundred_jobs_stay_within_bounds_and_no_label_names_a_run_or_an_item(
    desk: Desk,
) -> None:
    assert REMINDERS.benefit
    targets = contract.Targets(hours_per_year=100, automation_rate_percent=85, lead_time_seconds=60)
    benefits = replace(REMINDERS.benefit, targets=targets)
    outcomes = [one for one in contract.Outcome if one is not contract.Outcome.SKIPPED]
    for number in range(500):
        job = replace(
            REMINDERS,
            uid=f"uid-{number}",
            name=f"jobb-{number}",
            department=f"förvaltning {number % 25}",
            benefit=benefits,
        )
        day = date(2026, 1, 1) + timedelta(days=number % 300)
        endings = (
            desks.ended(f"secret-{one}", NOW, one, arrived_at=NOW - timedelta(seconds=9))
            for one in outcomes
        )
        desk.run(job, day, *endings, skipped=1)
        for group in ("ekonomi", "juridik"):
            open_task = ledger_entries.task(f"{group}-{number}", f"run/{desk.runs}", group=group)
            desk.ledger.open_task(open_task)

    told = Told(desk.ledger)

    series = Counter(one.name for one in told.samples)
    assert sum(series.values()) < 18_000, series  # the processes have some of their own
    assert "secret" not in told.text.decode()
    assert "run/" not in told.text.decode()


def test_figures_are_the_same_however_often_they_are_read(desk: Desk) -> None:
    desk.run(REMINDERS, TODAY, "a", "b")
    desk.run(CASH, TODAY, "VC1/a")

    assert Told(desk.ledger).text == Told(desk.ledger).text
