"""Bad input: what the API server refuses at once, and what only the operator can see."""

import asyncio
from typing import Any

import pytest

from support import operator_world
from support.operator_world import Home, World, until

pytestmark = pytest.mark.server

WAIT = {"name": "rest", "wait": {"seconds": 1}}
TASK = {"humanTask": {"group": "ekonomi", "dueAfterSeconds": 60}}
BENEFIT = {"validFrom": "2026-01-01", "manualSeconds": 60, "approvedBy": "Ekonomichef"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"spec__steps__0__wait": {"seconds": 1}},
            "exactly one of activity, wait, workflow, parallel, humanTask must be given",
        ),
        (
            {"spec__steps": [{"name": "both", "parallel": [WAIT, {"name": "ask", **TASK}]}]},
            "spec.steps[0].parallel[1]: Invalid value: humanTask must not stand in parallel",
        ),
        (
            {"spec__steps__0": {"name": "ask", "humanTask": {**TASK["humanTask"], "outcomes": []}}},
            "spec.steps[0].humanTask.outcomes in body should have at least 2 items",
        ),
        (
            {"spec__benefit": {"basis": "PerUnit", "baselines": [BENEFIT]}},
            "spec.benefit: Invalid value: unit must be given when basis is PerUnit, and only then",
        ),
        (
            {"spec__benefit": {"basis": "PerPeriod", "baselines": [BENEFIT]}},
            "period must be given when basis is PerPeriod, and only then",
        ),
        (
            {"spec__benefit": {"basis": "PerRun", "period": "Day", "baselines": [BENEFIT]}},
            "period must be given when basis is PerPeriod, and only then",
        ),
        ({"spec__benefit": None}, "benefit must be given when stage is Production"),
        ({"spec__titel": "Avstämning"}, 'unknown field "spec.titel"'),
        ({"spec__stage": "Produktion"}, 'Unsupported value: "Produktion": supported values'),
        ({"spec__items__concurrency": 0}, "should be greater than or equal to 1"),
        ({"spec__department": None}, "spec.department: Required value"),
        ({"metadata": {"name": "x" * 64}}, "metadata.name: Too long: may not be more than 63"),
        ({"metadata": {"name": "a.b"}}, "metadata.name in body should match"),
    ],
)
async def test_apply_is_refused_with_what_must_be(
    world: World, changes: dict[str, Any], message: str
) -> None:
    said = world.try_apply(world.job("vagrad", **changes))

    assert message in said


async def test_run_cannot_be_given_another_job_or_input(world: World) -> None:
    world.apply(world.jobrun("fast", "finns-inte"))

    said = world.try_apply(world.jobrun("fast", "en-annan"))

    assert "jobRef, purpose and input must stay as they are; a new run is a new JobRun" in said


@pytest.mark.parametrize(
    ("name", "changes", "reason", "message"),
    [
        (
            "cel-fel",
            {"spec__steps__0__when": "item.centre =="},
            "InvalidExpression",
            "spec.steps[0].when: ",
        ),
        (
            "okant-steg",
            {"spec__steps__0__when": "steps.hamta.found"},
            "UnknownStep",
            "spec.steps[0].when: ",
        ),
        (
            "fel-cron",
            {"spec__schedule__cron": "0 25 * * *"},
            "InvalidCron",
            "spec.schedule.cron: must be five fields",
        ),
        (
            "fel-tidszon",
            {"spec__schedule__timeZone": "Europe/Lund"},
            "InvalidTimeZone",
            "spec.schedule.timeZone: must be a name of the IANA time zone database",
        ),
    ],
)
async def test_job_that_only_the_operator_can_refuse_is_not_ready_and_not_scheduled(
    world: World, name: str, changes: dict[str, Any], reason: str, message: str
) -> None:
    world.apply(world.job(name, **changes))

    world.wait(f"wj/{name}", "Ready", reason)

    ready = world.condition(f"wj/{name}", "Ready")
    assert ready[0] == "False"
    assert ready[2].startswith(message), ready[2]
    assert world.condition(f"wj/{name}", "Stalled")[:2] == ("True", reason)
    assert await world.schedule(world.schedule_id(name)) is None


async def test_job_that_names_an_unknown_activity_waits_unscheduled_for_robots_that_have_it(
    world: World,
) -> None:
    world.apply(world.job("okand", spec__steps__0__activity="jamfor"))

    world.wait("wj/okand", "Ready", "UnknownActivity")

    assert world.condition("wj/okand", "Ready")[2] == (
        "spec.steps[0].activity: must be an activity of the digital worker"
        " (compare, list_items, report), and 'jamfor' is none"
    )
    assert world.condition("wj/okand", "Reconciling")[:2] == ("True", "UnknownActivity")
    assert await world.schedule(world.schedule_id("okand")) is None


async def test_mended_job_becomes_ready(world: World) -> None:
    world.apply(world.job("lagad", spec__schedule__cron="0 25 * * *"))
    world.wait("wj/lagad", "Ready", "InvalidCron")

    world.apply(world.job("lagad"))

    world.wait("wj/lagad", "Ready", "Reconciled")
    assert world.condition("wj/lagad", "Stalled") == ("", "", "")


async def test_job_that_breaks_stands_still(world: World) -> None:
    world.apply(world.job("trasig"))
    world.wait("wj/trasig", "Ready", "Reconciled")

    world.apply(world.job("trasig", spec__steps__0__when="steps.hamta.found"))
    world.wait("wj/trasig", "Ready", "UnknownStep")

    found = await world.schedule(world.schedule_id("trasig"))
    assert found is not None
    assert found.schedule.state.paused


async def test_object_that_cannot_be_read_stops_nobody(own_home: Home) -> None:
    """A newer CRD lets through what this operator does not know."""
    world = await operator_world.connected(own_home)
    newer = (operator_world.CRDS / "workerjobs.yaml").read_text()
    newer = newer.replace("- Retired\n", "- Retired\n                - Sandbox\n")
    done = own_home.api.kubectl("apply", "--server-side", "-f", "-", stdin=newer)
    assert done.returncode == 0, done.stderr

    async def admitted() -> bool:
        return "created" in world.try_apply(world.job("framtid", spec__stage="Sandbox"))

    with own_home.run("operator") as operator:
        await until(admitted)
        world.apply(world.job("granne"))
        world.wait("wj/granne", "Ready", "WorkerUnavailable")

        assert "name=framtid" in operator.log.read_text()
        assert world.get("wj/framtid")["status"]["observedGeneration"] == 0


async def test_explain_tells_what_a_field_is(world: World) -> None:
    async def explained() -> str:
        """The API server publishes what it knows of a new kind a moment after it takes it."""
        return world.kubectl("explain", "wj.spec.items").stdout

    told = await until(explained)

    assert "CEL over `item`: text that is unique in the job, for ever." in " ".join(told.split())
    assert "reference\t<string> -required-" in told


async def test_get_shows_what_matters(world: World) -> None:
    world.apply(world.job("visad"), world.jobrun("visad", "visad"))
    world.wait("wj/visad", "Ready", "Reconciled")
    world.wait("jr/visad", "Succeeded", "Completed")

    async def job_told() -> bool:
        """The run tells its own resource first, and then its job."""
        return "lastRun" in world.get("wj/visad")["status"]

    await until(job_told)
    jobs = await asyncio.to_thread(columns, world, "wj")
    runs = await asyncio.to_thread(columns, world, "jr")

    assert jobs["NAME"] == "visad"
    assert (jobs["STAGE"], jobs["READY"], jobs["SUSPENDED"]) == ("Production", "True", "False")
    assert (jobs["RESULT"], jobs["SAVED HOURS"]) == ("Succeeded", "0.0")
    assert (runs["JOB"], runs["SUCCEEDED"], runs["REASON"]) == ("visad", "True", "Completed")
    assert (runs["ITEMS"], runs["COMPLETED"], runs["ERRORS"]) == ("1", "1", "0")


def columns(world: World, kind: str) -> dict[str, str]:
    """One line of `kubectl get`, by the header above it."""
    header, line = world.kubectl("get", kind, "visad").stdout.splitlines()
    starts = [0, *(at for at in range(2, len(header)) if header[at - 2 : at] == "  " != header[at])]
    starts = [at for at in starts if header[at] != " "]
    ends = [*starts[1:], None]
    return {
        header[start:end].strip(): line[start:end].strip()
        for start, end in zip(starts, ends, strict=True)
    }
