"""A JobRun on a real cluster: it runs once, tells how it ended, and costs few requests."""

import pytest

from support.operator_world import World, until

pytestmark = pytest.mark.server


async def test_jobrun_runs_and_tells_how_it_ended(world: World) -> None:
    world.apply(world.job("kord"))
    world.wait("wj/kord", "Ready", "Reconciled")

    world.apply(world.jobrun("kord-idag", "kord", spec__input={"items": 3}))
    world.wait("jr/kord-idag", "Succeeded", "Completed")

    status = world.get("jr/kord-idag")["status"]
    assert world.condition("jr/kord-idag", "Succeeded")[0] == "True"
    assert status["result"] == "Succeeded"
    assert status["files"] == ["avstamning.xlsx"]
    assert (status["items"]["completed"], status["items"]["total"], status["listed"]) == (3, 3, 3)
    # 3 of 37 250 units, which took 6 120 000 s by hand.
    assert status["saved"] == {"grossSeconds": 493, "netSeconds": 493, "hours": "0.1"}
    job = world.get("wj/kord")["status"]
    assert job["lastRun"]["workflowId"] == status["workflowId"]
    assert job["saved"] == status["saved"]


async def test_second_run_skips_what_the_first_one_did(world: World) -> None:
    world.apply(world.job("tva"), world.jobrun("tva-forst", "tva"))
    world.wait("jr/tva-forst", "Succeeded", "Completed")

    world.apply(world.jobrun("tva-sedan", "tva"))
    world.wait("jr/tva-sedan", "Succeeded", "Completed")

    items = world.get("jr/tva-sedan")["status"]["items"]
    assert (items["completed"], items["skipped"]) == (0, 1)


async def test_run_waits_for_its_job(world: World) -> None:
    world.apply(world.jobrun("tidig", "sen"))
    world.wait("jr/tidig", "Succeeded", "UnknownJob")

    world.apply(world.job("sen"))

    world.wait("jr/tidig", "Succeeded", "Completed")


async def test_run_of_a_retired_job_never_starts(world: World) -> None:
    world.apply(world.job("pensionerad", spec__stage="Retired"))
    world.wait("wj/pensionerad", "Ready", "NotScheduled")

    world.apply(world.jobrun("for-sent", "pensionerad"))

    world.wait("jr/for-sent", "Succeeded", "JobRetired")
    assert world.condition("jr/for-sent", "Succeeded")[0] == "False"


async def test_lost_report_is_read_from_temporal(world: World) -> None:
    """The platform could not write when the run ended."""
    world.apply(world.job("tappad"), world.jobrun("tappad-idag", "tappad"))
    world.wait("jr/tappad-idag", "Succeeded", "Completed")
    told = world.get("jr/tappad-idag")["status"]
    lost = '{"status": {"conditions": [], "result": null, "files": [], "items": {"completed": 0}}}'

    world.kubectl("patch", "jr/tappad-idag", "--subresource=status", "--type=merge", "-p", lost)
    # As after a restart: a finished run is looked at no more.
    world.kubectl("annotate", "jr/tappad-idag", "rpafabrik.dev/hold=titta igen")
    world.wait("jr/tappad-idag", "Succeeded", "Completed")

    found = world.get("jr/tappad-idag")["status"]
    assert (found["result"], found["files"]) == (told["result"], told["files"])
    assert found["items"] == told["items"]


async def test_run_of_the_schedule_is_told_on_the_job(world: World) -> None:
    world.apply(world.job("schemalagd"))
    world.wait("wj/schemalagd", "Ready", "Reconciled")

    await world.client.get_schedule_handle(world.schedule_id("schemalagd")).trigger()

    async def told() -> bool:
        return "lastRun" in world.get("wj/schemalagd")["status"]

    await until(told, every=0.3)
    run = world.get("wj/schemalagd")["status"]["lastRun"]
    assert run["workflowId"].startswith(world.schedule_id("schemalagd"))
    assert (run["result"], run["items"]["completed"]) == ("Succeeded", 1)


async def test_jobrun_costs_few_writes(world: World) -> None:
    world.apply(world.job("snal"))
    world.wait("wj/snal", "Ready", "Reconciled")
    world.apply(world.jobrun("snal-forst", "snal"))
    # The first run of all tells that runs succeed; those that follow say nothing new.
    world.wait("wj/snal", "RunsSucceeding", "RunsSucceed")
    start = world.version()
    world.apply(world.jobrun("snal", "snal"))
    world.wait("jr/snal", "Succeeded", "Completed")

    async def job_told() -> bool:
        return bool(world.writes("workerjobs", "snal", since=start))

    await until(job_told)

    # kubectl's own; the finalizer, the start, the end.
    runs = world.writes("jobruns", "snal", since=start)
    assert runs[0] == "ADDED"
    assert runs[1:] == ["MODIFIED"] * len(runs[1:])
    assert len(runs[1:]) <= 3
    assert world.writes("workerjobs", "snal", since=start) == ["MODIFIED"]
