"""A whole factory for one test: platform worker, one digital worker, a ledger, a witness.

Everything is real but the robot's work; each factory has a Temporal namespace of its own, so
tests never see each other's workflows.
"""

import asyncio
import json
import sqlite3
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from google.protobuf.duration_pb2 import Duration
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client, WorkflowHandle

from rpafabrik import connection
from rpafabrik.runtime import process, worker
from rpafabrik_api import contract, names
from rpafabrik_platform.ledger import store
from rpafabrik_platform.worker import PlatformSettings, run_platform
from support import jobs
from support.reporters import RememberingReporter

ROBOT = "support.witness_robot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Factory:
    """Starts runs, and tells what came of them."""

    client: Client
    settings: connection.Settings
    folder: Path
    ledger: str
    """Its URL."""
    reporter: RememberingReporter = field(default_factory=RememberingReporter)

    @property
    def witness(self) -> Path:
        """What the robot wrote down."""
        return self.folder / "witness.jsonl"

    @asynccontextmanager
    async def platform(self) -> AsyncIterator[None]:
        """Run the platform worker for the length of the block."""
        settings = PlatformSettings(process=self._process(), ledger=self.ledger)
        stop = asyncio.Event()
        async with _until(stop, run_platform(settings, self.reporter, stop=stop)):
            yield

    @asynccontextmanager
    async def robot(self) -> AsyncIterator[None]:
        """Run the digital worker for the length of the block."""
        settings = worker.WorkerSettings(
            process=self._process(), queue=jobs.QUEUE, modules=(ROBOT,)
        )
        stop = asyncio.Event()
        async with _until(stop, worker.run_worker(settings, stop=stop)):
            yield

    async def start(
        self,
        job: contract.Job,
        *,
        name: str | None = None,
        run: str | None = None,
        purpose: contract.Purpose = contract.Purpose.ON_DEMAND,
        **given: Any,
    ) -> WorkflowHandle[Any, contract.RunSummary]:
        """Start a run; what is given beside the job becomes its input."""
        request = contract.RunRequest(
            job=job,
            purpose=purpose,
            input={"witness": str(self.witness), "items": [], "pageSize": 1000, **given},
            name=name,
        )
        return await self.client.start_workflow(
            contract.JOB_RUN_WORKFLOW,
            request,
            id=run or names.run_id("test", "run", str(uuid.uuid4()), trial=purpose.trial),
            task_queue=names.PLATFORM_QUEUE,
            result_type=contract.RunSummary,
        )

    async def run(
        self, job: contract.Job, items: Sequence[dict[str, Any]] = (), **given: Any
    ) -> contract.RunSummary:
        """Run the job on the items to its end."""
        handle = await self.start(job, items=list(items), **given)
        return await handle.result()

    def seen(self) -> list[dict[str, Any]]:
        """The lines of the witness."""
        if not self.witness.exists():
            return []
        return [json.loads(line) for line in self.witness.read_text().splitlines()]

    def begun(self, step: str | None = None) -> list[Any]:
        """The items whose steps (or that step) were begun, in order, each time it was tried."""
        return [
            line["id"]
            for line in self.seen()
            if line.get("event") == "begin" and step in (None, line["step"])
        ]

    def most_at_once(self) -> int:
        """How many steps were in work at the same time, at most."""
        changes = {"begin": 1, "end": -1}
        at_work = most = 0
        for line in self.seen():
            at_work += changes.get(line.get("event", ""), 0)
            most = max(most, at_work)
        return most

    def rows(self, job_uid: str = jobs.UID) -> dict[str, tuple[str, str | None, str | None]]:
        """Outcome, code and message of the job's items in the ledger, by reference."""
        with store.open_ledger(self.ledger) as ledger, ledger._transaction() as connection:
            found = connection.exec_driver_sql(
                "SELECT reference, outcome, code, message FROM items WHERE job_uid = ?", (job_uid,)
            )
            return {reference: tuple(rest) for reference, *rest in found.all()}

    def counts(self, run_id: str) -> contract.Counts:
        """The run's items in the ledger."""
        with store.open_ledger(self.ledger) as ledger:
            return ledger.counts_by_run(run_id)

    @contextmanager
    def nothing_entered(self) -> Iterator[None]:
        """Keep every other writer from the SQLite ledger for the length of the block."""
        path = self.ledger.removeprefix("sqlite:///")
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield

    async def until(self, happened: Callable[[], bool], seconds: float = 120) -> None:
        """Wait until something has happened."""
        async with asyncio.timeout(seconds):
            while not happened():  # noqa: ASYNC110 - what is waited for is a file
                await asyncio.sleep(0.02)

    async def quiet(self, seconds: float) -> None:
        """Wait until the robot has written nothing for so long."""
        lines = -1
        while lines != (lines := len(self.seen())):  # noqa: ASYNC110 - see above
            await asyncio.sleep(seconds)

    def _process(self) -> process.ProcessSettings:
        return process.ProcessSettings(connection=self.settings, drain_seconds=1)


async def prepared(address: str, folder: Path) -> Factory:
    """A factory with a namespace of its own and a SQLite ledger, and nothing running."""
    namespace = f"test-{uuid.uuid4()}"
    root = await Client.connect(address)
    await root.workflow_service.register_namespace(
        RegisterNamespaceRequest(
            namespace=namespace, workflow_execution_retention_period=Duration(seconds=86_400)
        )
    )
    settings = connection.settings(address=address, namespace=namespace)
    return Factory(
        client=await connection.connect(settings),
        settings=settings,
        folder=folder,
        ledger=sqlite(folder),
    )


def sqlite(folder: Path) -> str:
    """URL of a ledger in the folder."""
    return f"sqlite:///{folder / 'ledger.db'}"


@asynccontextmanager
async def _until(stop: asyncio.Event, running: Any) -> AsyncIterator[None]:
    task = asyncio.create_task(running)
    try:
        yield
    finally:
        stop.set()
        await task
