"""Files play the part of the API server: identity, generation, and whose field is whose."""

import uuid
from pathlib import Path

import pytest

from rpafabrik_api import reports
from rpafabrik_api.jobrun import JobRun
from rpafabrik_api.resource import Resource
from rpafabrik_api.workerjob import WorkerJob
from rpafabrik_cli.dev.file_cluster import FileCluster
from support import examples

KEY = ("WorkerJob", "ekonomi", "avstamning")


def opened(folder: Path, identity: int = 1) -> FileCluster:
    return FileCluster(folder, uuid.UUID(int=identity), lambda: examples.NOW)


@pytest.fixture
def cluster(tmp_path: Path) -> FileCluster:
    return opened(tmp_path)


def the_job(cluster: FileCluster) -> WorkerJob:
    job = cluster.get(*KEY)
    assert isinstance(job, WorkerJob)
    return job


def test_a_job_has_the_same_uid_at_every_start(tmp_path: Path, cluster: FileCluster) -> None:
    cluster.declare([examples.job()])
    first = the_job(cluster).metadata.uid

    again = opened(tmp_path)
    again.declare([examples.job()])

    assert the_job(again).metadata.uid == first


def test_another_folder_gives_a_job_another_uid(tmp_path: Path, cluster: FileCluster) -> None:
    (tmp_path / "other").mkdir()
    other = opened(tmp_path / "other", identity=2)
    for one in (cluster, other):
        one.declare([examples.job()])

    assert the_job(cluster).metadata.uid != the_job(other).metadata.uid


def test_only_a_changed_spec_is_a_new_generation(cluster: FileCluster) -> None:
    generations = []
    for title in ("Avstämning", "Avstämning", "Ny"):
        cluster.declare([examples.job(spec__title=title)])
        generations.append(the_job(cluster).metadata.generation)

    assert generations == [1, 1, 2]


async def test_status_outlives_the_process_and_a_changed_spec(
    tmp_path: Path, cluster: FileCluster
) -> None:
    cluster.declare([examples.job()])
    await cluster.apply_status(the_job(cluster), {"scheduleId": "x"}, "operator")

    again = opened(tmp_path)
    again.declare([examples.job(spec__title="Ny")])

    assert the_job(again).status.schedule_id == "x"


async def test_a_manager_takes_back_only_what_it_alone_has_set(cluster: FileCluster) -> None:
    cluster.declare([examples.job()])
    job = the_job(cluster)
    saved = {"grossSeconds": 3_600, "netSeconds": 3_600, "hours": "1.0"}

    await cluster.apply_status(job, {"scheduleId": "x", "observedGeneration": 1}, "operator")
    await cluster.apply_status(job, {"saved": saved, "observedGeneration": 1}, "runs")
    await cluster.apply_status(job, {}, "operator")

    status = the_job(cluster).status
    assert (status.schedule_id, status.saved.hours, status.observed_generation) == ("", "1.0", 1)


async def test_status_of_what_is_gone_is_no_error(cluster: FileCluster) -> None:
    await cluster.apply_status(examples.job(), {"scheduleId": "x"}, "operator")

    assert cluster.get(*KEY) is None


def test_what_the_files_declare_no_more_is_to_be_deleted_until_it_is_let_go(
    tmp_path: Path, cluster: FileCluster
) -> None:
    cluster.declare([examples.job()])
    cluster.declare([])

    assert the_job(cluster).deleting

    cluster.forget(the_job(cluster))

    assert opened(tmp_path).list("WorkerJob") == []


def test_what_comes_back_is_deleted_no_more(cluster: FileCluster) -> None:
    for resources in ([examples.job()], [], [examples.job()]):
        cluster.declare(resources)

    assert not the_job(cluster).deleting


def test_a_run_that_was_made_here_needs_no_file(cluster: FileCluster) -> None:
    cluster.make(examples.run())
    cluster.declare([])

    (run,) = cluster.list("JobRun")
    assert isinstance(run, JobRun)
    assert not run.deleting


def test_a_suspended_cluster_suspends_jobs_and_only_as_long_as_it_is(cluster: FileCluster) -> None:
    cluster.declare([examples.job(), examples.run()])
    shown: list[tuple[bool, Resource | None]] = []
    for suspended in (True, False):
        cluster.suspended = suspended
        shown.append((the_job(cluster).spec.suspend, cluster.get("JobRun", "ekonomi", "idag")))

    assert [suspend for suspend, _ in shown] == [True, False]
    assert shown[0][1] == shown[1][1]


async def test_conditions_have_their_own_managers(cluster: FileCluster) -> None:
    cluster.declare([examples.job()])
    stop = reports.stop_status("5 items in a row failed", examples.NOW)
    ready = {**stop["conditions"][0], "type": "Ready", "reason": "Reconciled"}

    await cluster.apply_status(the_job(cluster), {"conditions": [ready]}, "operator")
    await cluster.apply_status(the_job(cluster), stop, reports.STOP_MANAGER)
    both = [one.type for one in the_job(cluster).status.conditions]
    await cluster.apply_status(the_job(cluster), {}, reports.STOP_MANAGER)

    assert both == ["Ready", "Stopped"]
    assert [one.type for one in the_job(cluster).status.conditions] == ["Ready"]


def test_who_starts_again_resumes_what_had_stopped(cluster: FileCluster) -> None:
    cluster.declare([examples.job()])

    cluster.resume()

    assert the_job(cluster).resume == f"{examples.NOW.isoformat()} started again"
