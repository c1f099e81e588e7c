"""The platform's reporter on a real API server: it tells the right resource, or nobody."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from kubernetes.aio.client import ApiException

from rpafabrik_api import contract, names
from rpafabrik_platform import kubernetes_status
from rpafabrik_platform.activities import calls
from rpafabrik_platform.kubernetes_status import KubernetesReporter
from support import operator_world, rights
from support.operator_world import Home, World

pytestmark = pytest.mark.server

THEN = datetime(2026, 1, 7, 6, 0, tzinfo=UTC)


@pytest.fixture
async def alone(lonely_home: Home) -> World:
    return await operator_world.connected(lonely_home)


@pytest.fixture
async def reporter(lonely_home: Home) -> AsyncIterator[KubernetesReporter]:
    async with kubernetes_status.connected(lonely_home.kubeconfig(rights.PLATFORM)) as reporter:
        yield reporter


async def test_progress_and_result_stand_beside_what_the_operator_wrote(
    alone: World, reporter: KubernetesReporter
) -> None:
    alone.apply(alone.job("jobb"), alone.jobrun("korning", "jobb"))
    operators = '{"status": {"scheduleId": "workerjob/x"}}'
    alone.kubectl("patch", "wj/jobb", "--subresource=status", "--type=merge", "-p", operators)
    about = reported(alone)

    await reporter.report_progress(calls.ProgressReport(about=about, progress=progress()))
    on_its_way = alone.get("jr/korning")["status"]
    await reporter.report_run(calls.RunReport(about=about, summary=summary(about)))
    await reporter.report_run(calls.RunReport(about=about, summary=summary(about)))

    assert (on_its_way["items"]["completed"], on_its_way["listed"]) == (2, 5)
    assert alone.condition("jr/korning", "Succeeded") == ("True", "Completed", "")
    job = alone.get("wj/jobb")["status"]
    assert job["scheduleId"] == "workerjob/x"
    assert job["lastRun"]["items"]["completed"] == 5


async def test_stop_is_told_on_run_and_job_beside_all_else_and_goes(
    alone: World, reporter: KubernetesReporter
) -> None:
    alone.apply(alone.job("jobb"), alone.jobrun("korning", "jobb"))
    about = reported(alone)
    volume = contract.Volume(listed=1, minimum=2)
    marked = replace(summary(about), volume=volume)
    await reporter.report_run(calls.RunReport(about=about, summary=marked))
    stop = calls.StopReport(about=about, because="5 items in a row failed", at=THEN)

    await reporter.report_stop(stop)
    told = [alone.condition(one, "Stopped") for one in ("jr/korning", "wj/jobb")]
    beside = alone.get("wj/jobb")["status"]
    await reporter.report_stop(replace(stop, because=None))

    assert told == [("True", "StoppedOnFailures", "5 items in a row failed")] * 2
    assert beside["lastRun"]["items"]["completed"] == 5
    assert alone.condition("wj/jobb", "Stopped") == ("", "", "")
    # On the job it is the operator that judges: it knows what was said before.
    assert alone.get("wj/jobb")["status"]["volume"] == {"listed": 1, "min": 2}
    assert alone.condition("jr/korning", "VolumeAsExpected") == (
        "False",
        "FewerItemsThanExpected",
        "the source listed 1 items, and at least 2 are expected",
    )


async def test_trial_is_told_on_its_run_and_its_job_is_left_alone(
    alone: World, reporter: KubernetesReporter
) -> None:
    run = alone.jobrun("korning", "jobb")
    alone.apply(alone.job("jobb"), {**run, "spec": {**run["spec"], "purpose": "Shadow"}})
    about = reported(alone)
    ended = replace(summary(about), purpose=contract.Purpose.SHADOW)

    await reporter.report_run(calls.RunReport(about=about, summary=ended))

    assert alone.get("jr/korning")["status"]["purpose"] == "Shadow"
    assert "Shadow" in alone.kubectl("get", "jr", "-o", "wide").stdout
    assert "lastRun" not in alone.get("wj/jobb").get("status", {})


async def test_resources_that_are_gone_are_no_error(
    alone: World, reporter: KubernetesReporter
) -> None:
    about = reported(alone, job_uid="gone", run_uid="gone")

    await reporter.report_progress(calls.ProgressReport(about=about, progress=progress()))
    await reporter.report_run(calls.RunReport(about=about, summary=summary(about)))

    assert alone.kubectl("get", "wj,jr").stdout == ""


async def test_resource_that_was_made_again_is_not_told_of_its_predecessor(
    alone: World, reporter: KubernetesReporter
) -> None:
    alone.apply(alone.job("jobb"), alone.jobrun("korning", "jobb"))
    gone = "00000000-0000-4000-8000-000000000000"
    about = reported(alone, job_uid=gone, run_uid=gone)

    await reporter.report_run(calls.RunReport(about=about, summary=summary(about)))

    assert alone.condition("jr/korning", "Succeeded") == ("", "", "")
    assert alone.get("jr/korning")["status"]["workflowId"] == ""
    assert "lastRun" not in alone.get("wj/jobb").get("status", {})


async def test_refused_report_is_an_error_so_that_it_is_tried_again(
    alone: World, reporter: KubernetesReporter
) -> None:
    alone.apply(alone.job("jobb"), alone.jobrun("korning", "jobb"))
    about = reported(alone)
    too_many = calls.ProgressReport(
        about=about,
        progress=contract.Progress(counts=contract.Counts(), listed=-1, listing_done=False),
    )

    with pytest.raises(ApiException):
        await reporter.report_progress(too_many)


def reported(world: World, job_uid: str = "", run_uid: str = "") -> calls.Reported:
    namespace = world.home.namespace
    return calls.Reported(
        namespace=namespace,
        job="jobb",
        job_uid=job_uid or world.uid("wj/jobb"),
        run_id=names.run_id(namespace, "korning", run_uid or world.uid("jr/korning")),
        run="korning",
    )


def progress() -> contract.Progress:
    return contract.Progress(counts=contract.Counts(completed=2), listed=5, listing_done=True)


def summary(about: calls.Reported) -> contract.RunSummary:
    return contract.RunSummary(
        run_id=about.run_id,
        result=contract.RunResult.SUCCEEDED,
        started_at=THEN,
        finished_at=THEN,
        counts=contract.Counts(completed=5),
    )
