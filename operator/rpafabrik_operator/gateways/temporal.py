"""Temporal as the operator sees it; implements `ports.Temporal`.

Every call goes over one line, which knows when Temporal is away. What the calls are is said in
`schedules`, `executions` and `catalogues`.
"""

import contextlib
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta

from temporalio.client import ActivityFailureError, Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.runtime import Runtime
from temporalio.service import RetryConfig, RPCError

from rpafabrik import connection, tracing
from rpafabrik_api import contract
from rpafabrik_operator.gateways import away
from rpafabrik_operator.gateways.catalogues import Catalogues
from rpafabrik_operator.gateways.executions import Executions
from rpafabrik_operator.gateways.queues import Queues
from rpafabrik_operator.gateways.schedules import Schedules
from rpafabrik_operator.planning import world
from rpafabrik_operator.reconcile import ports

_RETRY = RetryConfig(max_elapsed_time_millis=3_000, max_retries=3)
_CATALOGUE_WITHIN = timedelta(seconds=2)
_CATALOGUE_CALL = timedelta(seconds=5)


async def connect(to: connection.Settings, runtime: Runtime | None = None) -> Client:
    """Return a client that connects when it is first used, so Temporal may be away now."""
    return await Client.connect(
        **to.to_client_connect_config(),
        data_converter=pydantic_data_converter,
        plugins=tracing.plugins("operator"),
        retry_config=_RETRY,
        runtime=runtime,
        lazy=True,
    )


class TemporalGateway:
    """Temporal, for the operator of one owner."""

    def __init__(self, client: Client, owner: str, guard: ports.Guard = ports.unguarded) -> None:
        self._client = client
        self._guard = guard
        self._line = away.Line()
        self._schedules = Schedules(client, owner, guard)
        self._executions = Executions(client)
        self._robots: Mapping[str, world.Robots] = {}
        self._catalogues = Catalogues(self._ask_catalogue, self._lives)
        self._queues = Queues(client)

    @property
    def answered(self) -> bool | None:
        """Whether Temporal answered when it was last asked; None before the first time."""
        return self._line.answered

    async def schedule(self, schedule_id: str) -> world.Schedule | None:
        """The schedule; None when there is none."""
        async with self._line.calling():
            seen = await self._schedules.describe(schedule_id)
            return await self._schedules.read(schedule_id, seen) if seen else None

    async def running(self, schedule_id: str) -> tuple[world.Execution, ...]:
        """The schedule's runs that are under way."""
        async with self._line.calling():
            seen = await self._schedules.describe(schedule_id)
            # The schedule knows at once what it started, save runs that may overlap; visibility
            # knows all, a moment later.
            ids = {one.workflow_id for one in seen.info.running_workflows} if seen else set()
            ids |= await self._executions.listed(schedule_id)
            found = [await self._executions.get(one) for one in sorted(ids)]
        return tuple(one for one in found if one and one.state == world.ExecutionState.RUNNING)

    async def execution(self, workflow_id: str) -> world.Execution | None:
        """The run, with its result once it has one; None when there is none."""
        async with self._line.calling():
            return await self._executions.get(workflow_id)

    async def catalogue(self, queue: str) -> contract.Catalogue | None:
        """What the digital worker on the queue can do; None when none answers in time."""
        return await self._catalogues.get(queue)

    async def robots(self) -> Mapping[str, world.Robots] | None:
        """The robots of each queue; None where the server counts none."""
        async with self._line.calling():
            found = await self._queues.robots()
        self._robots = found or {}
        return found

    async def queue(self, name: str, robots: Mapping[str, world.Robots] | None) -> world.Queue:
        """A queue, given what `robots` said."""
        async with self._line.calling():
            found = await self._queues.describe(name, robots)
        # Whoever looks at a job has asked for it; nobody is asked for this alone.
        known = self._catalogues.known(name)
        credential = world.Credential(known.credential_expires) if known else None
        return replace(found, credential=credential)

    async def create_schedule(self, desired: world.DesiredSchedule) -> None:
        """Make the schedule."""
        async with self._writing():
            await self._schedules.create(desired)

    async def update_schedule(self, desired: world.DesiredSchedule) -> None:
        """Write content and pause in one atomic update, with the conflict token."""
        async with self._writing(), _unless_absent():
            await self._schedules.update(desired)

    async def pause_schedule(self, schedule_id: str, note: str) -> None:
        """Pause it, with a note, and leave its content."""
        async with self._writing(), _unless_absent():
            await self._schedules.pause(schedule_id, note)

    async def delete_schedule(self, schedule_id: str) -> None:
        """Delete it."""
        async with self._writing(), _unless_absent():
            await self._schedules.delete(schedule_id)

    async def start_run(self, workflow_id: str, request: contract.RunRequest) -> None:
        """Start the run, unless it was started before."""
        async with self._writing():
            await self._executions.start(workflow_id, request)

    async def hold_run(self, workflow_id: str, reason: str) -> None:
        """Signal the run to start no more items."""
        async with self._writing(), _unless_absent():
            await self._executions.signal(workflow_id, contract.HOLD_SIGNAL, reason)

    async def release_run(self, workflow_id: str) -> None:
        """Signal the run to go on."""
        async with self._writing(), _unless_absent():
            await self._executions.signal(workflow_id, contract.RELEASE_SIGNAL)

    async def resume_run(self, workflow_id: str, because: str) -> None:
        """Signal the run to go on after its stop."""
        async with self._writing(), _unless_absent():
            await self._executions.signal(workflow_id, contract.RESUME_SIGNAL, because)

    async def terminate_run(self, workflow_id: str, reason: str) -> None:
        """End the run at once."""
        async with self._writing(), _unless_absent():
            await self._executions.terminate(workflow_id, reason)

    async def owned_schedules(self) -> list[str]:
        """Ids of all schedules that this owner's operator made."""
        async with self._line.calling():
            return await self._schedules.owned()

    async def is_orphan(self, schedule_id: str) -> bool:
        """Whether the schedule is meant to outlive its resource."""
        async with self._line.calling():
            return await self._schedules.is_orphan(schedule_id)

    @contextlib.asynccontextmanager
    async def _writing(self) -> AsyncIterator[None]:
        self._guard()
        async with self._line.calling():
            yield

    def _lives(self, queue: str) -> bool:
        return self._robots.get(queue, world.Robots()).alive > 0

    async def _ask_catalogue(self, queue: str) -> contract.Catalogue | None:
        try:
            async with self._line.calling():
                answer: contract.Catalogue = await self._client.execute_activity(
                    contract.CATALOGUE_ACTIVITY,
                    id=f"catalogue/{queue}/{uuid.uuid4().hex}",
                    task_queue=queue,
                    result_type=contract.Catalogue,
                    schedule_to_close_timeout=_CATALOGUE_WITHIN,
                    rpc_timeout=_CATALOGUE_CALL,
                )
                return answer
        except ActivityFailureError:
            return None


@contextlib.asynccontextmanager
async def _unless_absent() -> AsyncIterator[None]:
    """What is gone or has ended already needs nothing more."""
    try:
        yield
    except RPCError as error:
        if not away.is_absent(error):
            raise
