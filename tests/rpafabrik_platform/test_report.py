"""A report against the same figures reckoned by hand, on SQLite and PostgreSQL."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from rpafabrik_api import contract
from rpafabrik_platform import report
from rpafabrik_platform.ledger import database, entries, schema, store
from rpafabrik_platform.ledger.lines import Dimension
from support.desk import CASH, INCOME, INVOICES, REMINDERS, Desk, baseline, ended, job

pytestmark = pytest.mark.long(40)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/ledger.db"
    found = str(request.getfixturevalue("postgres_url"))
    store.migrate(found)
    return found


@pytest.fixture
def ledger(url: str) -> Iterator[store.Ledger]:
    with store.open_ledger(url) as opened:
        yield opened


@pytest.fixture
def desk(ledger: store.Ledger) -> Desk:
    return Desk(ledger)


def test_a_year_of_four_jobs_saves_what_the_baselines_say_however_it_is_parted(desk: Desk) -> None:
    reminders, income = (
        replace(job, uid=f"{job.uid}-i-tre", name=f"{job.name}-i-tre")
        for job in (REMINDERS, INCOME)
    )
    monday = date(2026, 1, 5)
    days = [monday + timedelta(days=7 * (day // 5) + day % 5) for day in range(250)]
    for number, day in enumerate(days):
        tills = (1,) if number % 10 else (1, 2)
        desk.run(
            CASH, day, *(f"VC{centre}/K{till}/{day}" for centre in range(149) for till in tills)
        )
        desk.run(INVOICES, day, f"report/{day}")
    for week in range(50):
        invoices = [f"F-{week}-{one}" for one in range(500)]
        desk.run(REMINDERS, days[5 * week], *invoices)
        for part in range(3):
            desk.run(reminders, days[5 * week], *invoices[part::3])
    for week in range(52):
        desk.run(INCOME, monday + timedelta(days=7 * week), f"w{week}")
        for run in range(3):
            desk.run(income, monday + timedelta(days=7 * week + run), f"w{week}/{run}")

    told = desk.report()

    hours = {line.key["job"]: line.gross / 3600 for line in told.lines}
    assert hours == {
        "paminnelser": 2_100,
        "paminnelser-i-tre": 2_100,
        "kassa": 1_700,
        "inkomst": 546,
        "inkomst-i-tre": 546,
        "fakturor": 100,
    }
    assert told.total.gross == (4_446 + 2_100 + 546) * 3_600


def test_lines_are_parted_by_department_job_month_and_class_and_add_up(desk: Desk) -> None:
    moved = replace(REMINDERS, department="Serviceförvaltningen")
    desk.run(REMINDERS, date(2026, 3, 31), "a", "b")
    desk.run(REMINDERS, date(2026, 4, 1), "c")
    desk.run(moved, date(2026, 4, 2), "d")
    desk.run(INVOICES, date(2026, 4, 2), "e")

    by_all = desk.report(*Dimension)
    by_department = desk.report(Dimension.DEPARTMENT)

    share = Fraction(7_560_000, 25_000)
    assert [(*line.key.values(), line.gross) for line in by_all.lines] == [
        ("Regionservice ekonomi", "ekonomi", "fakturor", "2026-04", "Yellow", 1440),
        ("Regionservice ekonomi", "ekonomi", "paminnelser", "2026-03", "Yellow", 2 * share),
        ("Regionservice ekonomi", "ekonomi", "paminnelser", "2026-04", "Yellow", share),
        ("Serviceförvaltningen", "ekonomi", "paminnelser", "2026-04", "Yellow", share),
    ]
    assert {line.key["department"]: line.gross for line in by_department.lines} == {
        "Regionservice ekonomi": 1440 + 3 * share,
        "Serviceförvaltningen": share,
    }
    assert by_all.total.gross == by_department.total.gross == 1440 + 4 * share


def test_a_figure_tells_the_baselines_that_it_rests_on_after_the_job_has_changed(
    desk: Desk,
) -> None:
    desk.run(INVOICES, date(2026, 3, 2), "a")
    assert INVOICES.benefit
    newer = replace(baseline(1800, since="2026-04-01"), source="Estimated", approved_by="HR-chef")
    changed = replace(INVOICES, benefit=replace(INVOICES.benefit, baselines=(newer,)))
    desk.run(changed, date(2026, 4, 2), "b")

    (line,) = desk.report().lines

    told = {
        (part.valid_from, part.manual_seconds, part.source, part.approved_by, part.units)
        for part in line.rests_on
    }
    assert told == {
        ("2026-01-01", 1440, "Measured", "Ekonomichef", 1),
        ("2026-04-01", 1800, "Estimated", "HR-chef", 1),
    }
    assert line.gross == 1440 + 1800


def test_trials_are_in_no_figure(desk: Desk) -> None:
    desk.run(REMINDERS, date(2026, 3, 2), "a")
    before = desk.report()
    for purpose in (contract.Purpose.SHADOW, contract.Purpose.DRY_RUN):
        for one in (REMINDERS, CASH, INCOME, INVOICES):
            desk.run(one, date(2026, 3, 2), "a", "b", purpose=purpose)

    assert desk.report().lines == before.lines


def test_scope_picks_jobs_departments_namespaces_and_days(desk: Desk) -> None:
    desk.run(REMINDERS, date(2026, 3, 1), "a")
    desk.run(REMINDERS, date(2026, 3, 2), "b")
    desk.run(INCOME, date(2026, 3, 2), "c")

    def jobs(**scope: Any) -> list[tuple[str | None, int]]:
        return [(line.key["job"], line.items["completed"]) for line in desk.report(**scope).lines]

    assert jobs(first=date(2026, 3, 2)) == [("inkomst", 1), ("paminnelser", 1)]
    assert jobs(last=date(2026, 3, 1)) == [("paminnelser", 1)]
    assert jobs(departments=("Personal",)) == [("inkomst", 1)]
    assert jobs(jobs=("paminnelser", "inkomst"), departments=("Personal",)) == [("inkomst", 1)]
    assert jobs(jobs=("ekonomi/inkomst", "annan/paminnelser")) == [("inkomst", 1)]
    assert jobs(namespaces=("annan",)) == []


def test_period_counts_on_the_day_of_its_first_run_whatever_is_asked_for(desk: Desk) -> None:
    desk.run(INCOME, date(2026, 3, 31), "a")
    desk.run(INCOME, date(2026, 4, 1), "b")  # of the same week

    march, april = desk.report(Dimension.MONTH).lines

    assert [march.gross, april.gross] == [Fraction(37_800), Fraction(0)]
    assert desk.report(first=date(2026, 4, 1)).total.gross == 0


def test_plan_of_a_job_is_kept_by_date_and_department(desk: Desk) -> None:
    aimed = job(
        "kassa",
        contract.Basis.PER_UNIT,
        baseline(60),
        targets=contract.Targets(hours_per_year=1_700),
    )
    assert aimed.benefit
    raised = replace(
        aimed,
        department="Omdöpt",
        benefit=replace(aimed.benefit, targets=contract.Targets(hours_per_year=3_650)),
    )
    desk.run(aimed, date(2026, 1, 1), "a")
    desk.run(raised, date(2026, 3, 3), "b")

    told = desk.report(Dimension.DEPARTMENT, Dimension.MONTH, last=date(2026, 3, 31))

    hours = {tuple(line.key.values()): line.planned / 3600 for line in told.lines if line.planned}
    assert hours == {
        ("Regionservice ekonomi", "2026-01"): Fraction(1_700 * 31, 365),
        ("Regionservice ekonomi", "2026-02"): Fraction(1_700 * 28, 365),
        ("Regionservice ekonomi", "2026-03"): Fraction(1_700 * 2, 365),
        ("Omdöpt", "2026-03"): Fraction(3_650 * 29, 365),
    }


def test_plan_of_a_whole_year_is_what_the_target_says_in_leap_years_too(desk: Desk) -> None:
    aimed = replace(
        INVOICES,
        benefit=replace(
            INVOICES.benefit or pytest.fail("has one"), targets=contract.Targets(hours_per_year=100)
        ),
    )
    desk.run(aimed, date(2027, 6, 1), "a")
    desk.run(aimed, date(2028, 6, 1), "b")

    told = desk.report(first=date(2028, 1, 1), last=date(2028, 12, 31))

    assert told.total.planned == 100 * 3600
    assert desk.report(last=date(2027, 6, 30)).total.planned == Fraction(100 * 3600 * 30, 365)


def realising(hours: int, month: int = 3, **more: Any) -> entries.Realising:
    given = {
        "entry_id": f"{hours}-{month}",
        "namespace": "ekonomi",
        "job": "fakturor",
        "month": date(2026, month, 1),
        "seconds": hours * 3600,
        "entered_at": datetime(2026, 5, 1, tzinfo=UTC),
        "entered_by": "förändringsansvarig ekonomi",
        "because": "färre vikarier",
        **more,
    }
    return entries.Realising(**given)


def test_what_came_true_is_a_sum_of_entries_and_none_counts_twice(desk: Desk) -> None:
    desk.run(INVOICES, date(2026, 3, 2), "a")
    desk.run(replace(INVOICES, department="Omdöpt"), date(2026, 4, 2), "b")

    for entry in (realising(8), realising(8), realising(-3), realising(5, month=4)):
        stands = desk.ledger.realise(entry)

    assert stands == entries.Realised(
        department="Omdöpt", month=date(2026, 4, 1), seconds=18_000, month_seconds=18_000
    )
    told = desk.report(Dimension.DEPARTMENT, Dimension.MONTH)
    assert {tuple(line.key.values()): (line.realised, line.entries) for line in told.lines} == {
        ("Regionservice ekonomi", "2026-03"): (18_000, 2),
        ("Omdöpt", "2026-04"): (18_000, 1),
    }


def test_lead_times_are_told_by_rank_and_against_the_target_of_the_day(desk: Desk) -> None:
    slow = job(
        "a", contract.Basis.PER_ITEM, baseline(60), targets=contract.Targets(lead_time_seconds=40)
    )
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    items = [
        ended(f"i{seconds}", noon, arrived_at=noon - timedelta(seconds=seconds))
        for seconds in (10, 20, 30, 40, 50, 60, 70, 80, 90, 1000)
    ]
    desk.run(slow, date(2026, 3, 2), *items, ended("unknown", noon))
    desk.run(
        replace(slow, name="b", uid="b"),
        date(2026, 3, 2),
        ended("one", noon, arrived_at=noon - timedelta(seconds=5)),
        ended("gone", noon, contract.Outcome.ABANDONED, arrived_at=noon),
    )

    told = desk.report()

    lead = [line.lead_time for line in told.lines]
    assert lead == [
        report.LeadTime(
            items=10,
            median_seconds=50,
            p90_seconds=90,
            with_target=10,
            within_target=4,
            target_seconds=40,
        ),
        report.LeadTime(
            items=1,
            median_seconds=5,
            p90_seconds=5,
            with_target=1,
            within_target=1,
            target_seconds=40,
        ),
    ]
    assert told.total.lead_time
    assert (told.total.lead_time.items, told.total.lead_time.median_seconds) == (11, 50)


def test_automation_rate_is_of_what_the_robot_had_its_try_at(desk: Desk) -> None:
    aimed = job(
        "a",
        contract.Basis.PER_ITEM,
        baseline(60),
        targets=contract.Targets(automation_rate_percent=85),
    )
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    outcomes = [outcome for outcome in contract.Outcome if outcome != contract.Outcome.SKIPPED]
    items = [ended(f"{outcome}", noon, outcome) for outcome in outcomes]
    desk.run(aimed, date(2026, 3, 2), *items, "more", skipped=7)

    (line,) = desk.report().lines

    assert line.items == {
        "completed": 2,
        "reviewed": 1,
        "business_exception": 1,
        "application_exception": 1,
        "abandoned": 1,
    }
    assert (line.skipped, line.runs, line.successful_runs) == (7, 1, 1)
    assert [line.automation_rate, line.automation_target] == [Fraction(40), Fraction(85)]


def test_deleted_job_that_is_made_anew_under_its_name_goes_on_in_its_line(desk: Desk) -> None:
    made = aimed(INVOICES, 1_700)
    desk.run(made, date(2026, 1, 1), "a")
    desk.run(replace(made, uid="another", title="Nytt namn"), date(2026, 1, 2), "a")

    (line,) = desk.report().lines

    assert (line.gross, line.title) == (Fraction(2 * 1440), "Nytt namn")
    assert line.planned == 1_700 * 3600


def test_targets_of_a_job_that_was_made_anew_follow_one_upon_the_other(desk: Desk) -> None:
    desk.run(aimed(INVOICES, 365), date(2026, 1, 1), "a")
    desk.run(aimed(INVOICES, 3_650), date(2026, 1, 11), "b")
    # Twice on one day, by uids in both orders: what came last is in force.
    for uid, hours in (("z", 730), ("a", 7_300)):
        desk.run(replace(aimed(INVOICES, hours), uid=uid), date(2026, 1, 21), "c")

    (line,) = desk.report(first=date(2026, 1, 1), last=date(2026, 1, 30)).lines

    assert line.planned == (10 * 1 + 10 * 10 + 10 * 20) * 3600


def test_plans_that_were_written_by_uid_are_of_one_job(desk: Desk, url: str) -> None:
    desk.run(aimed(INVOICES, 1_700), date(2026, 1, 1), "a")
    engine = database.engine(url)
    with engine.begin() as connection:
        (plan,) = connection.execute(sa.select(schema.plans)).mappings()
        again = {**plan, "job_uid": "another", "valid_from": date(2026, 1, 2)}
        connection.execute(sa.insert(schema.plans), [again])
    engine.dispose()

    (line,) = desk.report().lines

    assert line.planned == 1_700 * 3600


def aimed(job: contract.Job, hours_per_year: int) -> contract.Job:
    assert job.benefit
    targets = contract.Targets(hours_per_year=hours_per_year)
    return replace(job, benefit=replace(job.benefit, targets=targets))


def test_empty_ledger_gives_no_lines(desk: Desk) -> None:
    told = desk.report()

    assert (list(told.lines), told.total.gross) == ([], Fraction(0))


def test_sql_that_is_shown_gives_the_figures_when_a_person_runs_it(desk: Desk, url: str) -> None:
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    aimed = replace(
        REMINDERS,
        name="o'brien",
        benefit=replace(
            REMINDERS.benefit or pytest.fail("has one"),
            targets=contract.Targets(
                hours_per_year=1_000, automation_rate_percent=85, lead_time_seconds=60
            ),
        ),
    )
    items = [
        ended(f"i{number}", noon, arrived_at=noon - timedelta(seconds=number))
        for number in range(50)
    ]
    refused = ended("x", noon, contract.Outcome.BUSINESS_EXCEPTION, person_seconds=600)
    desk.run(aimed, date(2026, 3, 2), *items, refused)
    desk.ledger.realise(realising(8, job="o'brien"))

    told = desk.report(*Dimension, jobs=("o'brien",), last=date(2026, 3, 2))

    shown = {name: by_hand(url, sql) for name, sql in told.answers.sql.items()}
    (line,) = told.lines
    tenth = Fraction(1, 20)
    figures = {
        ("saved", "gross_hours"): line.gross / 3600,
        ("saved", "net_hours"): line.net / 3600,
        ("items", "automation_rate_percent"): line.automation_rate or 0,
        ("planned", "planned_hours"): (line.planned or Fraction()) / 3600,
        ("realised", "realised_hours"): Fraction(line.realised, 3600),
    }
    for (name, column), exact in figures.items():
        assert all(abs(Fraction(row[column]) - exact) <= tenth for row in shown[name]), name
    assert line.lead_time
    each = next(row for row in shown["lead_time"] if row["line"])
    assert (int(each["median_seconds"]), int(each["p90_seconds"])) == (
        line.lead_time.median_seconds,
        line.lead_time.p90_seconds,
    )
    assert [row["runs"] for row in shown["runs"]] == ["1"]
    assert [row["title"] for row in shown["titles"]] == ["Paminnelser"]


def by_hand(url: str, sql: str) -> list[dict[str, str]]:
    """What psql or sqlite3 says, row by row."""
    if url.startswith("sqlite"):
        command = ["sqlite3", "-header", "-separator", "\t", url.removeprefix("sqlite:///")]
    else:
        command = ["psql", "-X", "-A", "-F", "\t", "-P", "footer=off", url]
    said = subprocess.run(command, input=f"{sql};", capture_output=True, text=True, check=True)
    titles, *rows = [line.split("\t") for line in said.stdout.splitlines()]
    return [dict(zip(titles, row, strict=True)) for row in rows]
