"""What `rpafabrik dev` does once its services are up: jobs made ready, runs followed, results told.

Starts no process, and knows no client: following is all it works through.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rpafabrik_api.jobrun import JobRun
from rpafabrik_api.workerjob import WorkerJob
from rpafabrik_cli.dev import by_schedule, runs
from rpafabrik_cli.dev.asked import Checked, Options
from rpafabrik_cli.dev.following import Following, label
from rpafabrik_cli.dev.results import Ended
from rpafabrik_cli.dev.together import together
from rpafabrik_operator.planning import plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What is asked for, and through what it is done."""

    options: Options
    checked: Checked
    following: Following
    report: Callable[[Ended], None]
    """Called once for every run that ends."""

    def declare(self) -> list[WorkerJob]:
        """Take over what the files declare; the jobs that are asked for."""
        cluster = self.following.cluster
        cluster.suspended = self.options.run
        for ended in runs.finished(cluster):
            cluster.forget(ended)
        cluster.declare(self.checked.resources)
        cluster.resume()
        return [
            job
            for job in cluster.list("WorkerJob")
            if isinstance(job, WorkerJob)
            and (job.metadata.namespace, job.metadata.name) in self.checked.jobs
        ]

    async def do(self, jobs: Sequence[WorkerJob]) -> None:
        """Make the jobs ready, and run them as it is asked for."""
        for job in jobs:
            await self.following.until_ready(job)
            if any(step.human_task for step in job.spec.steps):
                told = "asks people; rpafabrik tasks list shows what waits for an answer"
                self.following.display.tell(f"{label(job)}: {told}")
        await self._let_go()
        cluster = self.following.cluster
        earlier = {run.metadata.name for run in runs.made_here(cluster)}
        wanted = (runs.wanted if self.options.run else runs.unfinished)(cluster, jobs)
        for run in wanted:
            if run.metadata.name in earlier:
                told = f"{label(run)}: going on where it stopped (--fresh starts anew)"
                self.following.display.tell(told)
        following = [self._follow(run) for run in wanted]
        if not self.options.run:
            following.append(by_schedule.follow(self.following, jobs, self.report))
        await together(following)

    async def _follow(self, run: JobRun) -> None:
        self.report(await self.following.until_ended(run))

    async def _let_go(self) -> None:
        """Take down in Temporal what the files declare no more."""
        for kind in ("JobRun", "WorkerJob"):
            for one in self.following.cluster.list(kind):
                if one.deleting:
                    if isinstance(await self.following.look(one), plan.Done):
                        self.following.cluster.forget(one)
                    else:
                        told = f"{label(one)}: gone from the files, and its runs have not ended"
                        self.following.display.tell(told)
