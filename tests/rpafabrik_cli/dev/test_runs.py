"""`--run` makes a run for each job, and goes on with one that has not ended."""

from rpafabrik_api import contract
from rpafabrik_api.workerjob import WorkerJob
from rpafabrik_cli.dev import runs
from support import examples

from .conftest import Laptop


def declared(laptop: Laptop) -> list[WorkerJob]:
    laptop.cluster.declare([examples.job(), examples.job(metadata__name="annan")])
    return [job for job in laptop.cluster.list("WorkerJob") if isinstance(job, WorkerJob)]


def test_each_job_gets_a_run_with_a_name_of_its_own(laptop: Laptop) -> None:
    jobs = declared(laptop)

    wanted = runs.wanted(laptop.cluster, jobs)

    assert [run.spec.job_ref.name for run in wanted] == ["annan", "avstamning"]
    assert len({run.metadata.uid for run in wanted}) == 2
    assert all(len(run.metadata.name) <= 63 for run in wanted)


def test_an_unfinished_run_goes_on(laptop: Laptop) -> None:
    jobs = declared(laptop)
    first = runs.wanted(laptop.cluster, jobs)

    assert runs.wanted(laptop.cluster, jobs) == first


async def test_after_a_finished_run_there_is_a_new_one(laptop: Laptop) -> None:
    job = declared(laptop)[1]
    (first,) = runs.wanted(laptop.cluster, [job])
    await laptop.following.look(first)
    (workflow_id,) = laptop.world.executions
    laptop.world.finish(workflow_id, contract.RunResult.FAILED)
    await laptop.following.look(first)

    (second,) = runs.wanted(laptop.cluster, [job])

    assert second.metadata.name != first.metadata.name
    assert [run.metadata.name for run in runs.finished(laptop.cluster)] == [first.metadata.name]


def test_a_run_that_a_file_declares_is_the_jobs_run(laptop: Laptop) -> None:
    jobs = declared(laptop)
    laptop.cluster.declare([*jobs, examples.run()])

    wanted = runs.wanted(laptop.cluster, jobs)

    assert [run.spec.job_ref.name for run in wanted] == ["avstamning", "annan"]
    assert wanted[0].metadata.name == "idag"
    assert runs.made_here(laptop.cluster) == [wanted[1]]


def test_jobs_that_are_not_asked_for_are_not_run(laptop: Laptop) -> None:
    jobs = declared(laptop)
    runs.wanted(laptop.cluster, jobs)

    assert [run.spec.job_ref.name for run in runs.wanted(laptop.cluster, jobs[:1])] == ["annan"]
