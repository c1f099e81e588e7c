"""Reconcile on a world in memory: it converges, whatever is declared and wherever it dies."""

import asyncio
import contextlib
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rpafabrik_api import contract, names, reports
from rpafabrik_api.jobrun import JobRun
from rpafabrik_api.reasons import Reason
from rpafabrik_api.workerjob import DeletionPolicy, WorkerJob
from rpafabrik_operator.planning import plan, pods, workerjob, world
from rpafabrik_operator.reconcile import ports
from rpafabrik_operator.reconcile.reconcile import Reconciler
from support import examples
from support.fake_world import CATALOGUE, FakeWorld, KilledError

SCHEDULE = "workerjob/ekonomi/avstamning/job-uid"
ROBOTS = pods.RobotSettings(temporal_address="temporal:7233")
RUN = "jobrun/ekonomi/idag/run-uid"
RESUME = {names.RESUME_ANNOTATION: "driften: lagat"}


def reconciler(fake: FakeWorld) -> Reconciler:
    return Reconciler(fake, fake, fake.clock, ports.Pools(fake, ROBOTS, lambda *_: None))


async def look(fake: FakeWorld, kind: str = "WorkerJob", name: str = "avstamning") -> plan.Outcome:
    return await reconciler(fake).reconcile(kind, "ekonomi", name)


def ready(fake: FakeWorld) -> tuple[str, str]:
    (condition,) = [one for one in the_job(fake).status.conditions if one.type == "Ready"]
    return condition.status.value, condition.reason


def stalled(fake: FakeWorld) -> list[bool]:
    """Whether somebody must act, or else what is going on will mend it."""
    told = [one.type for one in the_job(fake).status.conditions if one.status == "True"]
    return [one == "Stalled" for one in told if one in ("Stalled", "Reconciling")]


def the_job(fake: FakeWorld) -> WorkerJob:
    job = fake.get("WorkerJob", "ekonomi", "avstamning")
    assert isinstance(job, WorkerJob)
    return job


def the_run(fake: FakeWorld) -> JobRun:
    run = fake.get("JobRun", "ekonomi", "idag")
    assert isinstance(run, JobRun)
    return run


def a_world(*manifests: dict[str, Any]) -> FakeWorld:
    fake = FakeWorld()
    for manifest in manifests:
        fake.apply(manifest)
    return fake


async def test_job_gets_its_schedule_and_says_so() -> None:
    fake = a_world(examples.JOB)

    outcome = await look(fake)

    assert outcome == plan.Done()
    assert fake.schedules[SCHEDULE][0].cron == "0 6 * * 1-5"
    assert fake.writes == ["CreateSchedule", "ApplyStatus:rpafabrik-operator"]
    assert ready(fake) == ("True", "Reconciled")
    assert the_job(fake).status.next_run_time == examples.NOW + timedelta(days=1)


async def test_steady_state_writes_nothing() -> None:
    fake = a_world(examples.JOB, examples.RUN)
    await look(fake)
    await look(fake, "JobRun", "idag")
    fake.writes.clear()

    await look(fake)
    await look(fake, "JobRun", "idag")

    assert fake.writes == []


async def test_unknown_resource_is_no_work() -> None:
    fake = a_world()

    assert await look(fake) == plan.Done()
    assert fake.writes == []


async def test_temporal_away_is_told_and_then_mended() -> None:
    fake = a_world(examples.JOB)
    fake.temporal_away = True

    away = await look(fake)
    told = ready(fake)
    fake.temporal_away = False
    back = await look(fake)

    assert isinstance(away, plan.Waiting)
    assert told == ("Unknown", "TemporalUnavailable")
    assert back == plan.Done()
    assert ready(fake) == ("True", "Reconciled")


async def test_deleted_and_edited_schedules_are_repaired() -> None:
    fake = a_world(examples.JOB)
    await look(fake)
    desired = fake.schedules[SCHEDULE][0]

    fake.schedules.clear()
    await look(fake)
    fake.schedules[SCHEDULE] = (
        world.DesiredSchedule(
            id=SCHEDULE,
            cron="* * * * *",
            time_zone="UTC",
            overlap_policy=desired.overlap_policy,
            catchup_window_seconds=60,
            orphan=False,
            request=desired.request,
        ),
        False,
        "",
    )
    await look(fake)

    assert fake.schedules[SCHEDULE][0] == desired


async def test_hold_survives_reapply_and_release_resumes() -> None:
    fake = a_world(examples.JOB)
    await look(fake)
    hold = {names.HOLD_ANNOTATION: "driften: ekonomisystemet svarar fel"}
    fake.apply(examples.changed(examples.JOB, metadata__annotations=hold))
    await look(fake)

    fake.apply(examples.changed(examples.JOB, spec__title="Ny titel"))
    await look(fake)
    suspended = [one for one in the_job(fake).status.conditions if one.type == "Suspended"]
    paused = fake.schedules[SCHEDULE][1:]
    fake.manifests["WorkerJob", "ekonomi", "avstamning"]["metadata"]["annotations"] = {}
    await look(fake)

    assert (suspended[0].status, suspended[0].reason) == ("True", "Held")
    assert suspended[0].message == "held: driften: ekonomisystemet svarar fel"
    assert paused == (True, "rpafabrik: Held")
    assert fake.schedules[SCHEDULE][1:] == (False, "")


async def test_hold_stops_runs_under_way_and_release_lets_them_go_on() -> None:
    fake = a_world(examples.JOB, examples.RUN)
    await look(fake)
    await look(fake, "JobRun", "idag")
    scheduled = fake.start_scheduled(SCHEDULE)
    hold = {names.HOLD_ANNOTATION: "driften: stopp"}
    fake.apply(examples.changed(examples.JOB, metadata__annotations=hold))
    await look(fake)
    await look(fake, "JobRun", "idag")

    held = [fake.executions[run].held for run in (scheduled, RUN)]
    reason = the_run(fake).status.conditions[0].reason
    fake.manifests["WorkerJob", "ekonomi", "avstamning"]["metadata"]["annotations"] = {}
    await look(fake)
    await look(fake, "JobRun", "idag")

    assert held == [True, True]
    assert reason == "Held"
    assert [fake.executions[run].held for run in (scheduled, RUN)] == [False, False]


async def test_run_that_hears_of_a_stop_when_it_is_over_is_released() -> None:
    fake = a_world(examples.JOB)
    await look(fake)
    workflow_id = fake.start_scheduled(SCHEDULE)
    await look(fake)
    await fake.hold_run(workflow_id, "driften: stopp")  # it lay in the history, unread, till now

    await look(fake)

    assert not fake.executions[workflow_id].held


async def test_run_whose_stop_was_not_told_is_resumed() -> None:
    fake = a_world(examples.changed(examples.JOB, metadata__annotations=RESUME))
    await look(fake)
    workflow_id = fake.start_scheduled(SCHEDULE)
    fake.executions[workflow_id] = replace(fake.executions[workflow_id], stopped="5 in a row")

    await look(fake)

    assert fake.executions[workflow_id].resumed == RESUME[names.RESUME_ANNOTATION]


async def test_run_follows_the_emergency_stop_while_its_job_drains() -> None:
    fake = a_world(examples.JOB)
    await look(fake)
    workflow_id = fake.start_scheduled(SCHEDULE)
    delete(fake)

    annotate(fake, {names.HOLD_ANNOTATION: "driften: stopp"})
    await look(fake)
    held = fake.executions[workflow_id].held
    annotate(fake, {})
    await look(fake)

    assert (held, fake.executions[workflow_id].held) == (True, False)


class LateWorld(FakeWorld):
    """A world whose platform is away."""

    async def hold_run(self, workflow_id: str, reason: str) -> None:
        """Temporal keeps it for the run, which hears of it later."""


async def test_hold_that_takes_effect_late_is_told_at_once_and_in_one_event() -> None:
    fake = LateWorld()
    fake.apply(examples.JOB)
    await look(fake)
    fake.start_scheduled(SCHEDULE)
    fake.start_scheduled(SCHEDULE)
    fake.events.clear()
    hold = {names.HOLD_ANNOTATION: "driften: stopp"}
    fake.apply(examples.changed(examples.JOB, metadata__annotations=hold))

    outcome = await look(fake)

    suspended = [one for one in the_job(fake).status.conditions if one.type == "Suspended"]
    assert outcome == plan.Waiting(30, Reason.RECONCILING)
    assert [(one.status, one.reason) for one in suspended] == [("True", "Held")]
    assert fake.schedules[SCHEDULE][1:] == (True, "rpafabrik: Held")
    assert fake.events == [
        ("HoldRun", "driften: stopp"),
        ("UpdateSchedule", "to be paused: Held"),
    ]


async def test_pause_made_in_temporal_is_told_and_left_alone() -> None:
    fake = a_world(examples.JOB)
    await look(fake)
    fake.schedules[SCHEDULE] = (fake.schedules[SCHEDULE][0], True, "stopped by hand")

    await look(fake)
    suspended = [one for one in the_job(fake).status.conditions if one.type == "Suspended"]

    assert fake.schedules[SCHEDULE][1:] == (True, "stopped by hand")
    assert (suspended[0].reason, suspended[0].message) == (
        "PausedInTemporal",
        "paused in Temporal: stopped by hand",
    )


async def test_stopped_run_of_the_schedule_is_resumed_and_what_runs_tell_costs_no_write() -> None:
    fake = a_world(examples.JOB)
    await look(fake)
    scheduled = fake.start_scheduled(SCHEDULE)
    fake.executions[scheduled] = replace(fake.executions[scheduled], stopped="5 in a row failed")
    stop = reports.stop_status("5 in a row failed", examples.NOW)
    await fake.apply_status(the_job(fake), stop, reports.STOP_MANAGER)
    await look(fake)
    fake.writes.clear()

    await look(fake)
    at_rest = list(fake.writes)
    fake.apply(examples.changed(examples.JOB, metadata__annotations=RESUME))
    await look(fake)
    await look(fake)

    assert at_rest == []
    assert fake.writes == ["ResumeRun", "UpdateSchedule"]
    assert fake.executions[scheduled].resumed == "driften: lagat"


async def test_pause_made_in_temporal_outlives_a_change_and_a_hold() -> None:
    fake = a_world(examples.JOB)
    await look(fake)
    fake.schedules[SCHEDULE] = (fake.schedules[SCHEDULE][0], True, "stopped by hand")

    fake.apply(examples.changed(examples.JOB, spec__schedule__cron="0 7 * * *"))
    await look(fake)
    hold = {names.HOLD_ANNOTATION: "driften: stopp"}
    fake.apply(examples.changed(examples.JOB, metadata__annotations=hold))
    await look(fake)
    fake.manifests["WorkerJob", "ekonomi", "avstamning"]["metadata"]["annotations"] = {}
    await look(fake)

    assert fake.schedules[SCHEDULE][1:] == (True, "stopped by hand")


async def test_job_that_breaks_stands_still_and_goes_on_when_mended() -> None:
    fake = a_world(examples.JOB)
    await look(fake)
    broken = examples.changed(examples.JOB, spec__steps__1__when="steps.nothing.found")
    fake.apply(broken)

    outcome = await look(fake)
    stood_still = fake.schedules[SCHEDULE][1:]
    told = ready(fake)
    fake.apply(examples.JOB)
    await look(fake)

    assert outcome == plan.Stalled(Reason.UNKNOWN_STEP)
    assert told == ("False", "UnknownStep")
    assert stood_still == (True, "rpafabrik: invalid")
    assert fake.schedules[SCHEDULE][1:] == (False, "")
    assert [one.type for one in the_job(fake).status.conditions if one.status == "True"] == [
        "Ready",
        "WorkerAvailable",
        "OnSchedule",
        "ItemsOnTime",
    ]


async def test_unknown_activity_schedules_nothing() -> None:
    fake = a_world(examples.JOB)
    fake.worker = contract.Catalogue(activities=("list_items", "fetch"))

    await look(fake)

    (condition,) = [one for one in the_job(fake).status.conditions if one.type == "Ready"]
    assert fake.schedules == {}
    assert condition.reason == "UnknownActivity"
    assert condition.message.startswith("spec.steps[1].activity: must be an activity")


async def test_activity_that_robots_lack_for_now_pauses_nothing_and_is_asked_for_again() -> None:
    fake = a_world(examples.JOB)
    await look(fake)
    fake.apply(examples.changed(examples.JOB, spec__steps__1__activity="compare_anew"))

    outcome = await look(fake)

    assert outcome == plan.Waiting(workerjob.WORKER_RETRY_SECONDS, Reason.UNKNOWN_ACTIVITY)
    assert fake.schedules[SCHEDULE][1:] == (False, "")
    call = fake.schedules[SCHEDULE][0].request.job.steps[1].activity
    assert call
    assert call.activity == "compare_anew"
    assert ready(fake) == ("False", "UnknownActivity")
    assert stalled(fake) == [False]

    fake.now += timedelta(seconds=workerjob.ROLLOUT_SECONDS)
    await look(fake)

    assert stalled(fake) == [True]


async def test_run_starts_once_and_its_lost_report_is_repaired() -> None:
    fake = a_world(examples.JOB, examples.RUN)
    await look(fake, "JobRun", "idag")
    await look(fake, "JobRun", "idag")
    fake.finish(RUN, contract.RunResult.SUCCEEDED)

    await look(fake, "JobRun", "idag")

    assert fake.writes.count("StartRun") == 1
    assert [(one.type, one.status) for one in the_run(fake).status.conditions] == [
        ("Succeeded", "True"),
        ("Reconciling", "False"),
        ("Stalled", "False"),
    ]
    assert the_run(fake).status.result == contract.RunResult.SUCCEEDED


async def test_run_whose_conditions_somebody_took_away_is_asked_for_before_it_is_called_lost() -> (
    None
):
    fake = a_world(examples.JOB, examples.RUN)
    await look(fake, "JobRun", "idag")
    await look(fake, "JobRun", "idag")
    fake.finish(RUN, contract.RunResult.SUCCEEDED)
    fake.manifests["JobRun", "ekonomi", "idag"]["status"] = {"workflowId": RUN}

    await look(fake, "JobRun", "idag")

    assert the_run(fake).status.result == contract.RunResult.SUCCEEDED


async def test_scheduled_run_that_could_not_report_is_told_by_the_next_look() -> None:
    fake = a_world(examples.JOB)
    await look(fake)
    workflow_id = fake.start_scheduled(SCHEDULE)
    fake.finish(workflow_id, contract.RunResult.FAILED)

    await look(fake)

    last = the_job(fake).status.last_run
    assert last is not None
    assert (last.workflow_id, last.result) == (workflow_id, contract.RunResult.FAILED)


@pytest.mark.parametrize(
    ("policy", "left", "state"),
    [
        ("Terminate", [], world.ExecutionState.TERMINATED),
        ("Orphan", [SCHEDULE], world.ExecutionState.RUNNING),
    ],
)
async def test_deletion_ends_or_leaves_what_is_in_temporal(
    policy: str, left: list[str], state: world.ExecutionState
) -> None:
    fake = a_world(examples.changed(examples.JOB, spec__deletionPolicy=policy))
    await look(fake)
    workflow_id = fake.start_scheduled(SCHEDULE)
    delete(fake)

    outcome = await look(fake)

    assert outcome == plan.Done()
    assert list(fake.schedules) == left
    assert fake.executions[workflow_id].state == state


async def test_drain_waits_for_runs_and_is_bounded_in_time() -> None:
    fake = a_world(examples.JOB)
    await look(fake)
    workflow_id = fake.start_scheduled(SCHEDULE)
    delete(fake)

    waiting = await look(fake)
    paused = fake.schedules[SCHEDULE][1:]
    fake.now += timedelta(hours=1)
    late = await look(fake)

    assert isinstance(waiting, plan.Waiting)
    assert paused == (True, "rpafabrik: draining")
    assert late == plan.Done()
    assert fake.schedules == {}
    assert fake.executions[workflow_id].state == world.ExecutionState.TERMINATED


def delete(fake: FakeWorld) -> None:
    metadata = fake.manifests["WorkerJob", "ekonomi", "avstamning"]["metadata"]
    metadata["deletionTimestamp"] = fake.now.isoformat()


def annotate(fake: FakeWorld, annotations: dict[str, str]) -> None:
    fake.manifests["WorkerJob", "ekonomi", "avstamning"]["metadata"]["annotations"] = annotations


JOBS = st.builds(
    lambda stage, suspend, hold, cron, deleted, policy, when: examples.changed(
        examples.JOB,
        spec__stage=stage,
        spec__suspend=suspend,
        spec__deletionPolicy=policy,
        spec__steps__1__when=when,
        metadata__annotations={names.HOLD_ANNOTATION: hold} if hold else {},
        metadata__deletionTimestamp=examples.NOW.isoformat() if deleted else None,
        **({"spec__schedule__cron": cron} if cron else {"spec__schedule": None}),
    ),
    stage=st.sampled_from(["Candidate", "Pilot", "Production", "Retired"]),
    suspend=st.booleans(),
    hold=st.sampled_from(["", "driften: stopp"]),
    cron=st.sampled_from(["", "0 6 * * 1-5", "*/5 * * * *", "none at all ? ?"]),
    deleted=st.booleans(),
    policy=st.sampled_from(["Drain", "Terminate", "Orphan"]),
    when=st.sampled_from([None, "steps.fetch.found", "steps.later.x", "1 +"]),
)


@dataclass(frozen=True)
class Disturbance:
    """What happens around a change of the manifest."""

    worker: contract.Catalogue | None
    pause: str | None
    """Someone unpauses the schedule (""), or pauses it with a note."""
    runs: int
    """Runs that the schedule starts."""
    kill_after: int
    """Writes after which the operator dies."""


DISTURBANCES = st.builds(
    Disturbance,
    worker=st.sampled_from([None, CATALOGUE, contract.Catalogue(activities=("fetch",))]),
    pause=st.sampled_from([None, "", "by hand", "rpafabrik: Held"]),
    runs=st.integers(0, 3),
    kill_after=st.integers(0, 8),
)


@given(before=JOBS, after=JOBS, disturbance=DISTURBANCES)
@settings(max_examples=300)
def test_any_change_converges_whatever_was_there_and_wherever_it_dies(
    before: dict[str, Any], after: dict[str, Any], disturbance: Disturbance
) -> None:
    undisturbed, killed = FakeWorld(), FakeWorld()
    for fake in (undisturbed, killed):
        prepare(fake, before, after, disturbance)

    asyncio.run(look(undisturbed))
    killed.kill_after = len(killed.writes) + disturbance.kill_after
    with contextlib.suppress(KilledError):
        asyncio.run(look(killed))
    killed.kill_after = None
    asyncio.run(look(killed))
    undisturbed.writes.clear()
    asyncio.run(look(undisturbed))

    assert undisturbed.writes == []
    assert killed.schedules == undisturbed.schedules
    assert killed.executions == undisturbed.executions
    assert the_job(killed).status == the_job(undisturbed).status
    assert all_released(undisturbed) == all_released(killed) == set()


def all_released(fake: FakeWorld) -> set[str]:
    """Release the job, look, and tell which runs are held all the same."""
    annotate(fake, {})
    asyncio.run(look(fake))
    running = [one for one in fake.executions.values() if one.state == world.ExecutionState.RUNNING]
    job = the_job(fake)
    orphaned = job.deleting and job.spec.deletion_policy == DeletionPolicy.ORPHAN
    return {one.workflow_id for one in running if one.held and not orphaned}


def prepare(
    fake: FakeWorld, before: dict[str, Any], after: dict[str, Any], disturbance: Disturbance
) -> None:
    fake.apply(before)
    asyncio.run(look(fake))
    fake.worker = disturbance.worker
    for _ in range(disturbance.runs):
        fake.start_scheduled(SCHEDULE)
    if disturbance.pause is not None and SCHEDULE in fake.schedules:
        content = fake.schedules[SCHEDULE][0]
        fake.schedules[SCHEDULE] = (content, bool(disturbance.pause), disturbance.pause)
    fake.apply(after)
